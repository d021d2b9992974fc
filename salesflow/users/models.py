"""The user, the three roles, and the units."""

import datetime
import unicodedata
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from salesflow import folding, safe_text, trees
from salesflow.users import standing
from salesflow.users.absences import Absence as Absence
from salesflow.users.standing import Away, Standing
from salesflow.users.start_pages import StartPage

# A role is membership in the group of that name; the migrations create them. A user in several has the last of them.
COLLEAGUE = "Colleague (read only)"
SALESPERSON = "Salesperson"
SALES_MANAGER = "Sales manager"
ROLE_LABELS = {
    COLLEAGUE: _("Colleague (read only)"),
    SALESPERSON: _("Salesperson"),
    SALES_MANAGER: _("Sales manager"),
}
ROLES = tuple(ROLE_LABELS)
SELLING_ROLES = (SALESPERSON, SALES_MANAGER)
"""The roles that may own opportunities."""


def default_language() -> str:
    """The organisation's language, until the user chooses one."""
    return settings.LANGUAGE_CODE


NAME_TAKEN = _("Another user has this name already, perhaps in upper or lower case.")


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


def _refuse_unsafe(row: "User | Unit", name: str) -> None:
    try:
        text = getattr(row, name) or ""
        safe_text.refuse_unsafe(text)
        if text:
            safe_text.refuse_unseen(text)
    except ValidationError as refusal:
        raise ValidationError({name: refusal}) from refusal


def with_role(users: models.QuerySet[Any], roles: Sequence[str] = ROLES) -> models.QuerySet[Any]:
    """Those of the users who are active and have one of these roles. A superuser has the role of a manager."""
    has_role = models.Q(pk__in=User.groups.through.objects.filter(group__name__in=roles).values("user"))
    also = models.Q(is_superuser=True) if SALES_MANAGER in roles else models.Q()
    return users.filter(also | has_role, is_active=True)


def able_to_own(users: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Those of the users who may own opportunities and tasks."""
    return with_role(users, SELLING_ROLES)


class User(AbstractUser):
    """A person who signs in.

    Roles are groups and are read once per instance, with the units that the user leads. A user without a role sees
    only a page that says so.
    """

    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default=default_language)
    theme = models.CharField(_("theme"), max_length=10, choices=Theme, default=Theme.SYSTEM)
    start_page = models.CharField(_("start page"), max_length=20, choices=StartPage, default=StartPage.MY_DAY)
    unit = models.ForeignKey(
        "users.Unit", models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("unit")
    )
    sees_all = models.BooleanField(
        _("sees all opportunities"),
        default=False,
        help_text=_(
            "For sales managers. Without it a manager sees the opportunities of the units that they lead and of the "
            "units below, their own, and those on whose sales team they are."
        ),
    )
    sort_text = folding.SortTextField(of="shown_name")

    class Meta(AbstractUser.Meta):
        ordering = ["sort_text", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="user_name_is_unique_in_any_case",
                violation_error_message=NAME_TAKEN,
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="mail_address_belongs_to_one_user",
                violation_error_message=_("Another user has this mail address."),
            ),
            # Sign-in takes a user name or a mail address, so no user name may be the mail address of another user.
            # These two constraints ensure it, together with the two above.
            models.CheckConstraint(
                condition=~models.Q(username__contains="@") | models.Q(Exact(Lower("username"), Lower("email"))),
                name="user_name_with_at_sign_is_own_mail_address",
                violation_error_message=_("A user name with @ must be the mail address of the same user."),
            ),
            models.CheckConstraint(
                condition=models.Q(email="") | models.Q(email__contains="@"),
                name="mail_address_has_at_sign",
                violation_error_message=_("A mail address has an @."),
            ),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name that pages show, and lists sort by."""
        return self.get_full_name() or self.username

    def clean(self) -> None:
        """Stores the mail address in lower case, in which sign-in and password reset compare it."""
        super().clean()
        self.email = unicodedata.normalize("NFKC", self.email).lower()
        for name in ("username", "first_name", "last_name"):
            _refuse_unsafe(self, name)
        self._refuse_taken_username()

    def _refuse_taken_username(self) -> None:
        """Compares user names in any case. On SQLite the constraint does so for the letters A to Z only."""
        if not self.username or self.username.isascii():
            return
        others = User.objects.exclude(pk=self.pk).values_list("username", flat=True)
        if self.username.casefold() in {name.casefold() for name in others.iterator()}:
            raise ValidationError({"username": NAME_TAKEN})

    @property
    def has_signed_in(self) -> bool:
        """Whether the user ever signed in. Such a user may be named in the history, and is disabled, not deleted."""
        return self.last_login is not None

    @cached_property
    def standing(self) -> Standing:
        return self.standing_on(timezone.localdate())

    def standing_on(self, day: datetime.date) -> Standing:
        return standing.of(self.pk, day=day)

    def away(self, on: datetime.date | None = None) -> list["User"]:
        """The people for whom this user is the deputy on that day, by default today. They act for nobody."""
        found = self.standing if on is None else self.standing_on(on)
        return [_person_away(each) for each in found.away]

    away_until: datetime.date | None = None

    @property
    def roles(self) -> frozenset[str]:
        """The names of the user's groups."""
        return self.standing.roles

    @property
    def is_manager(self) -> bool:
        return self.is_active and (self.is_superuser or SALES_MANAGER in self.roles)

    @property
    def is_salesperson(self) -> bool:
        return self.is_active and SALESPERSON in self.roles

    @property
    def is_colleague(self) -> bool:
        """Whether the user may only read."""
        return self.is_active and COLLEAGUE in self.roles and not (self.is_manager or self.is_salesperson)

    @property
    def has_role(self) -> bool:
        return self.is_manager or self.is_salesperson or self.is_colleague

    @property
    def sees_everything(self) -> bool:
        """Whether the user sees all opportunities: a manager with this right, until there are units every manager."""
        is_granted = self.is_superuser or self.sees_all or not self.standing.unit_count
        return self.is_manager and is_granted


def _person_away(found: Away) -> User:
    """The person with the columns that `access` reads, and the name."""
    values = {"id": found.pk, **found.values}
    names = [field.attname for field in User._meta.concrete_fields if field.attname in values]
    person = User.from_db(None, names, [values[name] for name in names])
    person.standing, person.away_until = found.standing, found.last_day
    return person


class Unit(models.Model):
    """A part of the organisation. Units form a tree, and a person belongs to one of them or to none.

    The lead sees the opportunities of the people of the unit and of all units below. One person may lead several.
    """

    name = models.CharField(
        _("name"), max_length=100, unique=True, error_messages={"unique": _("Another unit has this name.")}
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of")
    )
    lead = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="units_led", verbose_name=_("lead")
    )
    sort_text = folding.SortTextField(of="name")

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["sort_text", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("id")),
                name="unit_is_not_part_of_itself",
                violation_error_message=_("A unit cannot be part of itself."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        _refuse_unsafe(self, "name")
        if self.lead is not None and not self.lead.is_manager:
            said = _("%(person)s is not a sales manager with an active account.") % {"person": self.lead}
            raise ValidationError({"lead": said})
        self._refuse_circle()

    def _refuse_circle(self) -> None:
        """Refuses a parent that is a part of this unit."""
        if self.pk is None or self.parent_id is None:
            return
        if self.pk in (self.parent_id, *trees.above(Unit, self.parent_id)):
            said = _("“%(parent)s” is part of “%(unit)s”.") % {"parent": self.parent, "unit": self.name}
            raise ValidationError({"parent": said})
