"""Saved views of the list of opportunities, and what each person has chosen for them."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salesflow import folding

ROWS_A_PAGE = (25, 50, 100)
LONGEST_QUERY = 2000


class SavedView(models.Model):
    """A filter with a name, as the query of an address. A view that was deleted can be restored, so its row stays.

    `unit` is empty if the view is shared with a unit that no longer exists.
    """

    class Sharing(models.TextChoices):
        NOBODY = "nobody", _("Only me")
        UNIT = "unit", _("A team")
        EVERYBODY = "all", _("Everybody")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=100)
    sort_text = folding.SortTextField(of="name")
    query = models.CharField(_("filters"), max_length=LONGEST_QUERY, blank=True)
    columns = models.JSONField(_("columns"), default=list, blank=True)
    sharing = models.CharField(_("who sees it"), max_length=6, choices=Sharing, default=Sharing.NOBODY)
    unit = models.ForeignKey(
        "users.Unit", models.SET_NULL, null=True, blank=True, related_name="saved_views", verbose_name=_("team")
    )
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)

    if TYPE_CHECKING:
        owner_id: int
        unit_id: int | None

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["sort_text", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sharing__in=["nobody", "unit", "all"]), name="saved_view_sharing_is_known"
            ),
            models.CheckConstraint(
                condition=Q(unit__isnull=True) | Q(sharing="unit"), name="only_a_shared_view_has_a_unit"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_of_gone_unit(self) -> bool:
        return self.sharing == self.Sharing.UNIT and self.unit_id is None


class ViewChoice(models.Model):
    """What one person has chosen for one view: columns, rows on a page, pinned, first.

    `key` names a view that ships with the product; it is empty for a saved view, and for the list without a view.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    view = models.ForeignKey(SavedView, models.CASCADE, null=True, related_name="choices")
    key = models.CharField(max_length=10, blank=True)
    columns = models.JSONField(_("columns"), default=list)
    rows_a_page = models.PositiveSmallIntegerField(_("rows on a page"), null=True)
    is_pinned = models.BooleanField(_("pinned"), default=False)
    is_default = models.BooleanField(_("first view"), default=False)

    if TYPE_CHECKING:
        view_id: int | None

    class Meta:
        verbose_name = _("choice of a view")
        verbose_name_plural = _("choices of views")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "view"], condition=Q(view__isnull=False), name="one_choice_per_saved_view"
            ),
            models.UniqueConstraint(
                fields=["user", "key"], condition=Q(view__isnull=True), name="one_choice_per_shipped_view"
            ),
            models.UniqueConstraint(fields=["user"], condition=Q(is_default=True), name="one_first_view_per_person"),
            models.CheckConstraint(condition=Q(view__isnull=True) | Q(key=""), name="a_choice_is_of_one_view"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.view_id or self.key}"
