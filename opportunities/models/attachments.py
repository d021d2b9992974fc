from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.models.opportunity import Opportunity
from opportunities.models.write_guard import Guarded, GuardedQuerySet

PREVIEW = ".preview"
NEWEST_FIRST = ("-created_at", "-pk")


class AttachmentQuerySet(GuardedQuerySet["Attachment"]):
    def latest_versions(self) -> "AttachmentQuerySet":
        """Of each file the last version. A list of files shows these."""
        return self.filter(is_latest=True)


class Attachment(Guarded):
    """One version of a file of an opportunity. Everybody who may see the opportunity may download it.

    The versions of a file have the same `series`, and the last one `is_latest`. The content is a private file with the
    name `storage_name`, which exists before the row and until the row is gone. A closed opportunity takes files, too.
    """

    class Kind(models.TextChoices):
        PROPOSAL = "proposal", pgettext_lazy("file", "Proposal")
        FINAL_PROPOSAL = "final_proposal", pgettext_lazy("file", "Final proposal")
        DEBRIEF = "debrief", pgettext_lazy("file", "Debrief")
        QUOTE = "quote", pgettext_lazy("file", "Quote")
        OTHER = "other", pgettext_lazy("file", "Other")

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="attachments")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.OTHER)
    name = models.CharField(pgettext_lazy("file", "name"), max_length=255)
    series = models.CharField(max_length=32, editable=False)
    number = models.PositiveIntegerField(_("version"), default=1, editable=False)
    is_latest = models.BooleanField(_("latest version"), default=True, editable=False)
    size = models.PositiveBigIntegerField(_("size"), editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False)
    content_type = models.CharField(_("content type"), max_length=100, editable=False)
    storage_name = models.CharField(max_length=100, editable=False)
    created_at = models.DateTimeField(_("uploaded"), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by"), editable=False
    )

    objects = AttachmentQuerySet.as_manager()

    if TYPE_CHECKING:
        opportunity_id: int
        created_by_id: int
        preview: "AttachmentPreview"

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "number"],
                name="attachment_version_once",
                violation_error_message=_("Another person uploaded a version of this file at the same time."),
            ),
            models.UniqueConstraint(
                fields=["series"],
                condition=Q(is_latest=True),
                name="attachment_one_latest",
                violation_error_message=_("Another person uploaded a version of this file at the same time."),
            ),
            models.UniqueConstraint(fields=["storage_name"], name="attachment_storage_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ending(self) -> str:
        """The ending of its name, as an icon shows it."""
        return self.name.rpartition(".")[2][:4].upper()

    @property
    def preview_name(self) -> str:
        """The private file with its preview, if it has one."""
        return f"{self.storage_name}{PREVIEW}"


class AttachmentPreview(models.Model):
    """The picture of a file, which the worker makes. No part of the opportunity: it can be made again at any time.

    The picture is a private file, too: `Attachment.preview_name`.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        MADE = "made", "made"
        FAILED = "failed", "failed"

    attachment = models.OneToOneField(Attachment, models.CASCADE, primary_key=True, related_name="preview")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    content_type = models.CharField(max_length=20, blank=True)
    width = models.PositiveSmallIntegerField(default=0)
    height = models.PositiveSmallIntegerField(default=0)

    if TYPE_CHECKING:
        attachment_id: int

    class Meta:
        verbose_name = _("preview")
        verbose_name_plural = _("previews")

    def __str__(self) -> str:
        return f"{self.attachment_id} {self.state}"

    @property
    def is_made(self) -> bool:
        return self.state == self.State.MADE
