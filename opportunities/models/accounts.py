from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from opportunities import text
from salesflow import folding


def searched(row: models.Model) -> str:
    """What `search_text` of a named row must be."""
    return text.folded(row.name)[:400]  # type: ignore[attr-defined]


class Searchable(models.Model):
    """A named row that is found by any part of its name, whatever the case and the accents.

    `search_text` is derived from the name on each save, by the function that folds what is searched for. `sort_text`
    is derived from the name, too: lists are sorted by it.
    """

    search_text = models.CharField(max_length=400, editable=False, db_default="")
    sort_text = folding.SortTextField(of="name")

    may_share_names = False  # two rows of one name are created on purpose only

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_text = searched(self)
        super().save(*args, **kwargs)


class Account(Searchable):
    """A company or body that buys."""

    name = models.CharField(_("name"), max_length=200)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=100, blank=True)
    industry = models.CharField(_("industry"), max_length=100, blank=True)
    website = models.URLField(_("website"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    history = HistoricalRecords(excluded_fields=["search_text", "sort_text"])

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["sort_text", "pk"]
        indexes = [models.Index(fields=["sort_text", "id"], name="account_by_name")]

    def __str__(self) -> str:
        return self.name


class Contact(Searchable):
    """A person at an account, or one whose account is not known yet."""

    may_share_names = True

    name = models.CharField(_("name"), max_length=200)
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="contacts", verbose_name=_("account")
    )
    job_title = models.CharField(_("job title"), max_length=100, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    history = HistoricalRecords(excluded_fields=["search_text", "sort_text"])

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["sort_text", "pk"]
        indexes = [models.Index(fields=["sort_text", "id"], name="contact_by_name")]

    def __str__(self) -> str:
        return self.name
