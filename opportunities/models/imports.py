from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.customers.models import Account, Contact
from opportunities.models.opportunity import Opportunity
from salesflow import private_files
from stages.models import Stage

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from opportunities.models.import_acts import ImportAct

NAME_LENGTH = 255
KEY_LENGTH = 64  # of a SHA-256, in hexadecimal


def _stored_name() -> "models.CharField[str, str]":
    return models.CharField(_("name in the storage"), max_length=private_files.NAME_LENGTH * 2, blank=True)


class Import(models.Model):
    """A file that a person brings in: how it is read, what its columns mean, and since when it runs.

    It is begun with the file, then mapped, then counted: each row gets its fate. It writes nothing before its start.
    `reading`, `mapping` and `history_reading` are what `imports.reading` and `imports.mapping` write as JSON;
    `history_columns` has the field of each heading of the second file, that of the history. `sources` has the values of
    the columns with choices, by field, each with the number of its rows. `day_examples` has days that several orders of
    day and month fit; then a person chooses. `refusal` is a sentence if the file could not be read to its end. The
    files are deleted when the run is finished.
    """

    class Noun(models.TextChoices):
        OPPORTUNITIES = "opportunities", _("Opportunities")
        ACCOUNTS = "accounts", _("Accounts")
        CONTACTS = "contacts", _("Contacts")

    class Keeps(models.TextChoices):
        MAPPED = "mapped", _("The stage of the file. What is missing there is waived, and shown as waived.")
        EARLIEST = "earliest", _("The last stage up to that of the file that the data opens.")
        ASKED = "asked", _("The last stage that the data opens, until a manager agrees to the stage of the file.")

    class Answer(models.TextChoices):
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    noun = models.CharField(_("what"), max_length=13, choices=Noun)
    name = models.CharField(_("file"), max_length=NAME_LENGTH)
    stored_name = _stored_name()
    sha256 = models.CharField("SHA-256", max_length=64)
    reading = models.JSONField(_("how it is read"))
    history_name = models.CharField(_("file of history"), max_length=NAME_LENGTH, blank=True)
    history_stored_name = _stored_name()
    history_reading = models.JSONField(_("how the file of history is read"), null=True)
    history_columns = models.JSONField(_("columns of the file of history"), default=dict)
    mapping = models.JSONField(_("mapping"))
    sources = models.JSONField(_("values of choices"), default=dict)
    day_examples = models.JSONField(_("examples of days"), default=list)
    keeps = models.CharField(pgettext_lazy("import", "open deals get"), max_length=8, choices=Keeps)

    made_at = models.DateTimeField(_("made at"))
    mapped_at = models.DateTimeField(_("mapped at"), null=True)
    counted_at = models.DateTimeField(_("counted at"), null=True)
    refusal = models.TextField(_("why it cannot be read"), blank=True)
    blank_rows = models.PositiveIntegerField(_("blank rows"), default=0)
    repeated_headers = models.PositiveIntegerField(_("repeated headings"), default=0)
    started_at = models.DateTimeField(_("started at"), null=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    asked_at = models.DateTimeField(_("asked at"), null=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("answered by")
    )
    answer = models.CharField(_("answer"), max_length=8, blank=True, choices=Answer)

    if TYPE_CHECKING:
        rows: "RelatedManager[ImportRow]"
        acts: "RelatedManager[ImportAct]"
        by_id: int
        answered_by_id: int | None

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(started_at__isnull=True, stopped_at__isnull=True, finished_at__isnull=True)
                | Q(started_at__isnull=False, counted_at__isnull=False),
                name="import_is_counted_before_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True, answered_by__isnull=True)
                | (~Q(answer="") & Q(asked_at__isnull=False, answered_at__isnull=False, answered_by__isnull=False)),
                name="answer_of_an_import_has_a_person_and_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["by", "-id"], name="import_of_person"),
            models.Index(
                fields=["id"],
                condition=Q(started_at__isnull=False, stopped_at__isnull=True, finished_at__isnull=True),
                name="import_under_way",
            ),
            models.Index(
                fields=["id"], condition=Q(asked_at__isnull=False, answer=""), name="import_that_waits_for_answer"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_mapped(self) -> bool:
        return self.mapped_at is not None

    @property
    def is_counted(self) -> bool:
        """Whether each row has its fate: the preview is complete."""
        return self.counted_at is not None

    @property
    def is_started(self) -> bool:
        return self.started_at is not None

    @property
    def is_under_way(self) -> bool:
        return self.started_at is not None and self.stopped_at is None and self.finished_at is None

    @property
    def waits_for_answer(self) -> bool:
        """Whether a request to keep the stages of the file has no answer yet."""
        return self.asked_at is not None and not self.answer


class ImportRow(models.Model):
    """One row of an import: what the file says, what was found in it, and what became of it.

    `fate` is what the preview says, `outcome` what the run did; empty until then. `cells` are those of the row as
    `reading.cells` writes them, `history` the entries of the second file about it. `key` is a digest of its external
    id, or of its cells. `problems` are what `imports.problems` writes; of a row
    that is written, a hint. `stage` is the one of the file: before the run
    that of each open opportunity, after it only if the opportunity did not get there. `opportunity`, `account` and
    `contact` are what the row created or changed; they are empty if that was deleted. An account or a contact of an
    opportunity is there only if the row created it; so is the account of a contact. `also_created` has the ids of other
    customers that the row created, also of the parent of an account: `{"contact": [3], "competitor": [7]}`.
    `written_version` is the version that the import wrote.
    """

    class Fate(models.TextChoices):
        CREATE = "create", _("Will be created")
        UPDATE = "update", _("Will be changed")
        SAME = "same", _("Is there already")
        SKIP = "skip", _("Is left out")
        REFUSE = "refuse", _("Is refused")

    class Outcome(models.TextChoices):
        CREATED = "created", _("Created")
        UPDATED = "updated", _("Changed")
        SAME = "same", _("Was there already")
        SKIPPED = "skipped", _("Left out")
        REFUSED = "refused", _("Refused")
        UNDONE = "undone", _("Undone")

    run = models.ForeignKey(  # the index of the constraint begins with it
        Import, models.CASCADE, related_name="rows", verbose_name=_("import"), db_index=False
    )
    number = models.PositiveIntegerField(_("row"))
    cells = models.JSONField(_("cells"))
    history = models.JSONField(_("history"), default=list)
    also_created = models.JSONField(_("also created"), default=dict)
    key = models.CharField(_("key"), max_length=KEY_LENGTH)
    fate = models.CharField(_("fate"), max_length=6, choices=Fate)
    outcome = models.CharField(_("outcome"), max_length=7, blank=True, choices=Outcome)
    problems = models.JSONField(_("problems"), default=list)
    stage = models.ForeignKey(
        Stage, models.SET_NULL, null=True, related_name="+", verbose_name=_("stage"), db_index=False
    )
    opportunity = models.ForeignKey(
        Opportunity, models.SET_NULL, null=True, related_name="+", verbose_name=_("opportunity")
    )
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+", verbose_name=_("account"))
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+", verbose_name=_("contact"))
    written_version = models.PositiveIntegerField(_("written version"), null=True)

    if TYPE_CHECKING:
        run_id: int
        stage_id: int | None
        opportunity_id: int | None
        account_id: int | None
        contact_id: int | None

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="one_row_per_number_of_an_import"),
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(outcome="created", opportunity__isnull=False),
                name="one_opportunity_per_key_of_imports",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["created", "updated"], written_version__isnull=False)
                | (~Q(outcome__in=["created", "updated"]) & Q(written_version__isnull=True)),
                name="import_row_is_done_by_a_write",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "outcome", "id"], name="import_row_by_outcome"),
            models.Index(fields=["run", "fate", "id"], name="import_row_by_fate"),
            models.Index(fields=["key", "id"], name="import_row_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.number}"

    @property
    def created(self) -> Any:
        """The row of the noun that it created or changed; None if there is none any more."""
        return self.opportunity or self.contact or self.account


class SavedMapping(models.Model):
    """A mapping that a person keeps for files with these headings (`shape`).

    The one without a name is that of the last import of such a file. Those with a name are saved from the page.
    """

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("by"))
    noun = models.CharField(_("what"), max_length=13, choices=Import.Noun)
    shape = models.CharField(_("shape of the file"), max_length=KEY_LENGTH)
    name = models.CharField(_("name"), max_length=100, blank=True)
    mapping = models.JSONField(_("mapping"))
    saved_at = models.DateTimeField(_("saved at"))

    if TYPE_CHECKING:
        by_id: int

    class Meta:
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        ordering = ["-saved_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["by", "noun", "shape", "name"], name="one_mapping_of_a_name_for_a_shape_of_files"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.shape
