"""The log of merges of two accounts, contacts or competitors, with what each moved, so that it can be undone."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Merge(models.Model):
    """One row became part of another one, which stayed. `opportunities.merging` writes it.

    The row that is gone does not exist any more: `gone` has its columns, and its address leads to the one that stayed,
    unless the merge was undone. `moved` has an entry `{"model", "id", "opportunity", "what", "before", "after"}` for
    each row that the merge changed or removed, in order: `before` and `after` have the columns that it wrote.
    """

    class Noun(models.TextChoices):
        ACCOUNT = "account", _("account")
        CONTACT = "contact", _("contact")
        COMPETITOR = "competitor", _("competitor")

    noun = models.CharField(_("noun"), max_length=10, choices=Noun)
    gone_id = models.BigIntegerField(_("number of the row that is gone"))
    survivor_id = models.BigIntegerField(_("number of the row that stayed"))
    gone_name = models.CharField(_("name of the row that is gone"), max_length=200)
    survivor_name = models.CharField(_("name of the row that stayed"), max_length=200)
    gone: Any = models.JSONField(_("the row that is gone"))
    moved: Any = models.JSONField(_("rows that were moved"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("undone by")
    )

    if TYPE_CHECKING:
        by_id: int

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["noun", "survivor_id"], name="merge_by_survivor"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["noun", "gone_id"],
                condition=Q(undone_at__isnull=True),
                name="a_row_is_merged_once",
                violation_error_message=_("It has been merged already."),
            ),
            models.CheckConstraint(condition=~Q(gone_id=F("survivor_id")), name="a_row_is_merged_into_another_one"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="a_merge_was_undone_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gone_name} → {self.survivor_name}"

    @property
    def is_in_force(self) -> bool:
        return self.undone_at is None


def parts_of(noun: str, pk: int) -> set[int]:
    """The ids of the rows that were merged into this one, also by way of others. One query for each of the levels."""
    found: set[int] = set()
    newer = {pk}
    while newer:
        of_level = Merge.objects.filter(noun=noun, survivor_id__in=newer, undone_at__isnull=True)
        newer = set(of_level.values_list("gone_id", flat=True)) - found - {pk}
        found |= newer
    return found


def survivor_id(noun: str, pk: int) -> int | None:
    """The id of the row that this one, which is gone, is part of now; None if it was not merged. One query a merge."""
    found, known = pk, {pk}
    while merge := Merge.objects.filter(noun=noun, gone_id=found, undone_at__isnull=True).only("survivor_id").first():
        found = merge.survivor_id
        if found in known:  # no merge makes a circle
            return None
        known.add(found)
    return None if found == pk else found
