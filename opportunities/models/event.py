import datetime
import enum
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.customers import erased
from opportunities.models.opportunity import Opportunity
from opportunities.models.write_guard import Guarded, GuardedQuerySet, UnguardedWrite
from stages.bilingual import Bilingual
from stages.models import Stage


class WaiverChange(enum.StrEnum):
    """What happened to a request for a waiver, or to a waiver. What ends a request has the name of its outcome."""

    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    NOT_NEEDED = "not_needed"
    WITHDRAWN = "withdrawn"


class Event(Guarded):
    """An entry of the history of an opportunity: what one write changed, by whom, when. It is never changed or deleted.

    `changes` holds `{"field", "old", "new"}`; `children` holds `{"table", "id", "name", "what", "changes"}` for each
    child row that was added, changed or removed, and `subject` if its table has one: the id of the person or competitor
    (events of older versions lack it); `waived_steps` holds the steps that were waived. `waiver_changes` has
    `{"step", "what"}` for each request for a waiver that was made or ended, and each waiver that was withdrawn: `what`
    is a `WaiverChange`. `merged` has `{"noun", "gone", "into"}` if two accounts, contacts or competitors were merged,
    or parted again: the changes are about the same person or company as before. Values are those of `log_value`. `page`
    is the token of the page that sent the change; empty when no page did.
    An import writes the events of the past with the moments of its file: `imported_at` says when they were really
    written. The event of the kind `IMPORTED` follows them, at that moment, with the steps that the import waived.
    A migration wrote those of the kind `CONVERTED`, in the name of the person who made the change before. The timeline
    leaves them out. Erasing a person replaces personal values in place (`editing.rewriting`).
    """

    class Kind(models.TextChoices):
        STARTED = "started", _("Created")
        EDITED = "edited", _("Edited")
        ADVANCED = "advanced", _("Moved to the next stage")
        JUMPED = "jumped", _("Moved ahead")
        WENT_BACK = "went_back", _("Went back")
        FINISHED = "finished", _("Finished the process")
        WON = "won", _("Closed as won")
        LOST = "lost", _("Closed as lost")
        REOPENED = "reopened", _("Reopened")
        HELD = "held", pgettext_lazy("event", "Put on hold")
        RESUMED = "resumed", _("Resumed")
        WAIVED = "waived", _("Waived a step")
        ASKED = "asked", _("Asked a manager to close it")
        DECLINED = "declined", _("Declined to close it")
        TOOK_BACK = "withdrew", _("Took back the request to close it")
        ASKED_WAIVER = "asked_waiver", _("Asked a manager to waive a step")
        TOOK_BACK_WAIVER = "took_back_waiver", _("Took back the request to waive a step")
        DECLINED_WAIVER = "declined_waiver", _("Declined to waive a step")
        WITHDREW_WAIVER = "withdrew_waiver", _("Withdrew a waiver")
        MERGED = "merged", _("Merged two customers")
        UNMERGED = "unmerged", _("Undid a merge")
        ERASED = "erased", _("Erased the data of a person")
        CONVERTED = "converted", _("Turned the next step into a task")
        IMPORTED = "imported", _("Imported")

    opportunity = models.ForeignKey(  # three indexes begin with it
        Opportunity, models.CASCADE, related_name="events", db_index=False
    )
    version = models.PositiveIntegerField(_("version"))
    at = models.DateTimeField(_("at"))
    imported_at = models.DateTimeField(_("imported"), null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    page = models.CharField(_("page"), max_length=40, blank=True, default="", editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    from_stage = models.ForeignKey(Stage, models.PROTECT, null=True, related_name="+", verbose_name=_("from stage"))
    to_stage = models.ForeignKey(Stage, models.PROTECT, null=True, related_name="+", verbose_name=_("to stage"))
    reason = models.TextField(_("reason"), blank=True)
    changes = models.JSONField(_("changes"), default=list)
    children = models.JSONField(_("child rows"), default=list)
    waived_steps = models.JSONField(_("waived steps"), default=list)
    waiver_changes = models.JSONField(_("changes of requests and waivers"), default=list)
    merged = models.JSONField(_("merged rows"), default=dict)

    objects = GuardedQuerySet["Event"].as_manager()

    if TYPE_CHECKING:
        opportunity_id: int
        by_id: int
        from_stage_id: int | None
        to_stage_id: int | None

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "version"], name="one_event_per_version"),
            models.CheckConstraint(
                condition=Q(imported_at__isnull=True) | Q(imported_at__gte=F("at")),
                name="imported_event_was_written_later",
                violation_error_message=_("An imported event was written after the moment that it is about."),
            ),
        ]
        indexes = [
            # The timeline of one person, and the people of a timeline.
            models.Index(fields=["opportunity", "by", "version"], name="event_by_person"),
            # What others did since a version, without reading the row.
            models.Index(fields=["opportunity", "version", "by", "kind"], name="event_since"),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.get_kind_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise UnguardedWrite("History is only added to.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise UnguardedWrite("History is only added to.")


WAIVES_AS_IMPORTED = frozenset({Event.Kind.IMPORTED, Event.Kind.JUMPED})
"""The events whose waivers are of the kind *imported*. A jump waives only when the stage of an import is kept later."""


def log_value(value: Any) -> Any:
    """The value as JSON for the log. Two results are equal exactly when the values are."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Bilingual):
        return {"id": value.pk, "name_en": value.in_language("name", "en"), "name_nb": value.in_language("name", "nb")}
    if isinstance(value, models.Model):
        return {"id": value.pk, "name": erased.logged(value)}
    return value
