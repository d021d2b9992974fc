from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Lower, Upper
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from opportunities.customers import erased, name_keys, parents
from opportunities.customers.merges import Merge
from salesflow import folding

__all__ = ["Account", "Competitor", "Contact", "Customer", "LegalBasis", "Merge", "Searchable", "searched"]

WEB_SCHEMES = ("http", "https")
NUMBER_LENGTH = 40  # characters of an organisation number, as it is written in any country
PHONE_LENGTH = 128  # that of django-phonenumber-field
LANGUAGE_LENGTH = 12  # characters of a language code, such as nb or pt-br


DERIVED = ["search_text", "sort_text", "name_key"]
"""The columns that follow from the name: no history keeps them."""


def searched(row: models.Model) -> str:
    """The right `search_text` of a named row."""
    return folding.folded(row.name)[:400]  # type: ignore[attr-defined]


class Searchable(models.Model):
    """A named row that is found by any part of its name, without case and accents.

    Each save derives `search_text` from the name, by the function that also folds search texts, and `sort_text`, which
    sorts lists.
    """

    search_text = models.CharField(max_length=400, editable=False, db_default="")
    sort_text = folding.SortTextField(of="name")

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_text = searched(self)
        super().save(*args, **kwargs)


class Customer(Searchable):
    """The common columns of accounts, contacts and competitors.

    An archived row stays where it is used; pickers do not offer it, and lists show it only if asked.
    `version` counts the changes, to find conflicts of two people who edit one row at once (`customers.changing`).
    """

    despite: Collection[int] = ()
    """The ids of the likely duplicates that the person has seen who saves this new row all the same."""

    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    is_archived = models.BooleanField(_("archived"), default=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return erased.shown(self.name)

    def get_absolute_url(self) -> str:
        return self.address_of(self.pk)

    @classmethod
    def address_of(cls, pk: int) -> str:
        """The address of the page of one row, without reading the row."""
        return reverse(f"{cls._meta.model_name}_page", args=[pk])

    @property
    def logged_name(self) -> str:
        return self.name

    @property
    def is_erased(self) -> bool:
        """Whether this is a person whose data was erased. Nobody chooses such a person any more."""
        return self.name == erased.ERASED


def website_column() -> "models.URLField[str, str]":
    return models.URLField(_("website"), blank=True, validators=[URLValidator(WEB_SCHEMES)])


def phone_column() -> "models.CharField[str, str]":
    return models.CharField(_("phone"), max_length=PHONE_LENGTH, blank=True)


def website_is_on_the_web(name: str) -> models.CheckConstraint:
    """Allows only http and https, no address that runs a script or opens a program."""
    condition = Q(website="")
    for scheme in WEB_SCHEMES:
        condition |= Q(website__istartswith=f"{scheme}://")
    return models.CheckConstraint(
        condition=condition,
        name=name,
        violation_error_message=_("A website begins with http:// or https://."),
    )


class Account(Customer):
    """A company or organisation that buys."""

    organisation_number = models.CharField(_("organisation number"), max_length=NUMBER_LENGTH, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent account")
    )
    industry = models.CharField(_("industry"), max_length=100, blank=True)
    website = website_column()
    phone = phone_column()
    street = models.CharField(_("street"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("Two letters, such as NO."))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts",
        verbose_name=_("owner"),
    )
    name_key = name_keys.NameKeyField(key=name_keys.of_company)
    history = HistoricalRecords(excluded_fields=DERIVED)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["sort_text", "pk"]
        indexes = [
            models.Index(fields=["sort_text", "id"], name="account_by_name"),
            models.Index(fields=["name_key", "id"], name="account_by_name_key"),
            models.Index(fields=["organisation_number", "id"], name="account_by_number"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="an_account_is_not_its_own_parent",
                violation_error_message=_("An account cannot be its own parent."),
            ),
            models.CheckConstraint(
                condition=Q(country="") | Q(Exact(Length("country"), 2)) & Q(Exact(F("country"), Upper("country"))),
                name="country_is_a_code_of_two_letters",
                violation_error_message=_("Write the country as two capital letters, such as NO."),
            ),
            website_is_on_the_web("website_of_account_is_on_the_web"),
        ]

    def clean(self) -> None:
        super().clean()
        parents.refuse_circle(self)


class LegalBasis(models.TextChoices):
    """The grounds on which data about a person may be kept (GDPR, article 6)."""

    CONSENT = "consent", _("Consent")
    CONTRACT = "contract", _("Contract")
    LEGAL_OBLIGATION = "legal_obligation", _("Legal obligation")
    LEGITIMATE_INTEREST = "legitimate_interest", _("Legitimate interest")


class Contact(Customer):
    """A person at an account, or one whose account is not known yet."""

    job_title = models.CharField(_("job title"), max_length=100, blank=True)
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="contacts", verbose_name=_("account")
    )
    email = models.EmailField(_("e-mail"), blank=True)
    phone = phone_column()
    language = models.CharField(_("language"), max_length=LANGUAGE_LENGTH, blank=True, choices=settings.LANGUAGES)
    do_not_contact = models.BooleanField(_("do not contact"), default=False)
    data_source = models.CharField(
        _("source of the data"),
        max_length=200,
        blank=True,
        help_text=_("Where the data about this person comes from."),
    )
    legal_basis = models.CharField(
        _("legal basis"), max_length=20, blank=True, choices=LegalBasis, help_text=_("Why we may keep the data.")
    )
    name_key = name_keys.NameKeyField(key=name_keys.of_person)
    history = HistoricalRecords(excluded_fields=DERIVED)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["sort_text", "pk"]
        indexes = [
            models.Index(fields=["sort_text", "id"], name="contact_by_name"),
            models.Index(fields=["name_key", "id"], name="contact_by_name_key"),
            models.Index(Lower("email"), "id", name="contact_by_email"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(legal_basis__in=["", *LegalBasis.values]),
                name="legal_basis_is_one_of_the_list",
                violation_error_message=_("Choose one of the legal bases listed."),
            ),
        ]


PROFILE = ("description", "strengths", "weaknesses", "opportunities", "threats", "key_products")
"""The texts about a competitor, in the order of its page."""


class Competitor(Customer):
    """A company that sells to the same customers, and what is known about it."""

    website = website_column()
    description = models.TextField(_("overview"), max_length=4000, blank=True)
    strengths = models.TextField(_("strengths"), max_length=4000, blank=True)
    weaknesses = models.TextField(_("weaknesses"), max_length=4000, blank=True)
    opportunities = models.TextField(
        pgettext_lazy("competitor", "opportunities"),
        max_length=4000,
        blank=True,
        help_text=_("Where we can win against this competitor."),
    )
    threats = models.TextField(
        _("threats"), max_length=4000, blank=True, help_text=_("Where this competitor can win against us.")
    )
    key_products = models.TextField(_("key products"), max_length=4000, blank=True)
    name_key = name_keys.NameKeyField(key=name_keys.of_company)
    history = HistoricalRecords(excluded_fields=DERIVED)

    class Meta:
        verbose_name = _("competitor")
        verbose_name_plural = _("competitors")
        ordering = ["sort_text", "pk"]
        indexes = [
            models.Index(fields=["sort_text", "id"], name="competitor_by_name"),
            models.Index(fields=["name_key", "id"], name="competitor_by_name_key"),
        ]
        constraints = [website_is_on_the_web("website_of_competitor_is_on_the_web")]
