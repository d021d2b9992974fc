"""The user and the two roles."""

import unicodedata
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from salesflow import folding, safe_text

# A role is membership in the group of that name; the migrations create both.
SALESPERSON = "Salesperson"
SALES_MANAGER = "Sales manager"
ROLES = (SALESPERSON, SALES_MANAGER)
ROLE_LABELS = {SALESPERSON: _("Salesperson"), SALES_MANAGER: _("Sales manager")}


def default_language() -> str:
    """The organisation's language, until the user chooses one."""
    return settings.LANGUAGE_CODE


NAME_TAKEN = _("Another user has this name already, perhaps in upper or lower case.")


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


def _refuse_unsafe(user: "User", name: str) -> None:
    try:
        text = getattr(user, name) or ""
        safe_text.refuse_unsafe(text)
        if text:
            safe_text.refuse_unseen(text)
    except ValidationError as refusal:
        raise ValidationError({name: refusal}) from refusal


def with_role(users: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Those of the users who may be chosen as owners and colleagues: active, and with a role."""
    has_role = models.Q(pk__in=User.groups.through.objects.filter(group__name__in=ROLES).values("user"))
    return users.filter(models.Q(is_superuser=True) | has_role, is_active=True)


class User(AbstractUser):
    """A person who signs in.

    Roles are groups and are read once per instance. A user without a role sees only a page that says so.
    """

    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default=default_language)
    theme = models.CharField(_("theme"), max_length=10, choices=Theme, default=Theme.SYSTEM)
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
    def roles(self) -> frozenset[str]:
        """The names of the user's groups."""
        return frozenset(self.groups.values_list("name", flat=True))

    @property
    def is_manager(self) -> bool:
        return self.is_active and (self.is_superuser or SALES_MANAGER in self.roles)

    @property
    def is_salesperson(self) -> bool:
        return self.is_active and SALESPERSON in self.roles

    @property
    def has_role(self) -> bool:
        return self.is_manager or self.is_salesperson
