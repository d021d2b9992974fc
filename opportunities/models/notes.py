from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.models.opportunity import Opportunity
from opportunities.models.write_guard import Guarded, GuardedQuerySet

PINNED_FIRST = ("-is_pinned", "-created_at", "-pk")
"""The pinned notes, then the others, the newest first."""

NAME_LENGTH = 60


class Note(Guarded):
    """A text about an opportunity. Everybody who may see the opportunity reads it.

    A closed opportunity takes notes, too.
    """

    class Kind(models.TextChoices):
        GENERAL = "general", pgettext_lazy("note", "General")
        APPROACH = "approach", pgettext_lazy("note", "Approach")
        MEETING = "meeting", pgettext_lazy("note", "Meeting")
        DEBRIEF = "debrief", pgettext_lazy("note", "Debrief")

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="notes")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.GENERAL)
    text = models.TextField(_("text"), max_length=4000)
    is_pinned = models.BooleanField(pgettext_lazy("note", "pinned"), default=False)
    created_at = models.DateTimeField(pgettext_lazy("note", "written"), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"), editable=False
    )

    objects = GuardedQuerySet["Note"].as_manager()

    if TYPE_CHECKING:
        opportunity_id: int
        created_by_id: int

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["pk"]

    def __str__(self) -> str:
        """The beginning of its first line."""
        return first_line(self.text)


def first_line(text: str) -> str:
    """The beginning of the first line that is not empty."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= NAME_LENGTH else f"{line[: NAME_LENGTH - 1].rstrip()}…"
