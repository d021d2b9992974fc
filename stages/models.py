import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from salesflow import folding, safe_text
from stages import vocabulary, write_guard
from stages.bilingual import Bilingual
from stages.versions import Versioned

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


LINE = [safe_text.refuse_unsafe]
LINES = [safe_text.refuse_unsafe_lines]
NAME = [*LINE, safe_text.refuse_unseen]
LARGEST = 32767  # of a small integer on PostgreSQL; SQLite takes more
WITHOUT_NORWEGIAN = _("Without it, Norwegian readers see the English name.")


class LostGate(models.TextChoices):
    """Which steps must be met before an opportunity may be closed as lost."""

    COMPLETE = "complete", _("Every required step of every stage")
    REACHED = "reached", _("The required steps of the stages reached")
    ANY = "any", _("Nothing but a reason and a comment")


class Process(Versioned, Bilingual):
    """A business process flow: the stages of an opportunity, in order."""

    name_en = models.CharField(_("name (English)"), max_length=100, validators=NAME)
    name_nb = models.CharField(
        _("name (Norwegian)"), max_length=100, blank=True, validators=NAME, help_text=WITHOUT_NORWEGIAN
    )
    key = models.SlugField(_("key"), max_length=60, unique=True, null=True, blank=True, editable=False)
    lost_gate = models.CharField(
        _("close as lost asks for"), max_length=10, choices=LostGate, default=LostGate.COMPLETE
    )
    is_default = models.BooleanField(_("used for new opportunities"), default=False)
    is_archived = models.BooleanField(_("archived"), default=False)
    revision = models.UUIDField(default=uuid.uuid4, editable=False)
    """Changes with each change of the process, its stages or its steps. `definition_cache` reads it."""
    sort_text = folding.SortTextField(of="name_en")
    history = HistoricalRecords(excluded_fields=["revision", "sort_text"])

    if TYPE_CHECKING:
        stages: "RelatedManager[Stage]"

    class Meta:
        verbose_name = _("process")
        verbose_name_plural = _("processes")
        ordering = ["-is_default", "sort_text", "pk"]
        constraints = [
            models.UniqueConstraint(
                "is_default",
                condition=models.Q(is_default=True),
                name="one_default_process",
                violation_error_message=_("Another process is already used for new opportunities."),
            ),
            models.CheckConstraint(
                condition=models.Q(is_default=False) | models.Q(is_archived=False),
                name="default_process_is_not_archived",
                violation_error_message=_("The process used for new opportunities cannot be archived."),
            ),
            models.CheckConstraint(
                condition=models.Q(lost_gate__in=LostGate.values), name="process_lost_gate_is_known"
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        is_new = self._state.adding
        super().save(*args, **kwargs)
        if is_new:
            write_guard.process_was_created(self.pk)

    def clean(self) -> None:
        if self.is_default and self.is_archived:
            sentence = _("The process used for new opportunities cannot be archived.")
            raise ValidationError({"is_archived": sentence})

    @property
    def place(self) -> tuple[bool, str, int]:
        """Sorts processes for the reader: the default one first, then by the name in the reader's language."""
        return not self.is_default, folding.sort_text(self.name), self.pk


class PipelinePhase(Versioned, Bilingual):
    """What the stages of several processes have in common, for a report of all. Sorted by `order`, then by age."""

    order = models.PositiveSmallIntegerField(_("order"), default=0, validators=[MaxValueValidator(LARGEST)])
    name_en = models.CharField(_("name (English)"), max_length=100, validators=NAME)
    name_nb = models.CharField(
        _("name (Norwegian)"), max_length=100, blank=True, validators=NAME, help_text=WITHOUT_NORWEGIAN
    )
    history = HistoricalRecords()
    is_archived = False  # it is deleted when no stage has it

    class Meta:
        verbose_name = _("pipeline phase")
        verbose_name_plural = _("pipeline phases")
        ordering = ["order", "pk"]


class Stage(write_guard.DefinitionRow, Bilingual):
    """A stage of a process. Stages are sorted by `order`, then by age."""

    process = models.ForeignKey(Process, models.PROTECT, related_name="stages", verbose_name=_("process"))
    order = models.PositiveSmallIntegerField(_("order"), default=0, validators=[MaxValueValidator(LARGEST)])
    name_en = models.CharField(_("name (English)"), max_length=100, validators=NAME)
    name_nb = models.CharField(
        _("name (Norwegian)"), max_length=100, blank=True, validators=NAME, help_text=WITHOUT_NORWEGIAN
    )
    guidance_en = models.TextField(_("guidance (English)"), max_length=1000, blank=True, validators=LINES)
    guidance_nb = models.TextField(_("guidance (Norwegian)"), max_length=1000, blank=True, validators=LINES)
    probability = models.PositiveSmallIntegerField(
        _("probability (%)"), default=0, validators=[MaxValueValidator(100)], help_text=_("Used for weighted revenue.")
    )
    target_days = models.PositiveSmallIntegerField(
        _("target days in the stage"), null=True, blank=True, validators=[MaxValueValidator(LARGEST)]
    )
    phase = models.ForeignKey(
        PipelinePhase, models.PROTECT, null=True, blank=True, related_name="stages", verbose_name=_("pipeline phase")
    )
    is_archived = models.BooleanField(_("archived"), default=False)
    objects = write_guard.DefinitionQuerySet["Stage"].as_manager()
    history = HistoricalRecords()

    if TYPE_CHECKING:
        steps: "RelatedManager[Step]"
        process_id: int
        phase_id: int | None

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ["process", "order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(probability__gte=0, probability__lte=100),
                name="stage_probability_is_a_percentage",
                violation_error_message=_("Probability is a number from 0 to 100."),
            ),
        ]

    @property
    def changed_process_id(self) -> int:
        return self.process_id

    @property
    def guidance(self) -> str:
        return self.in_readers_language("guidance")

    @property
    def place(self) -> tuple[Any, ...]:
        """Sorts the stages of several processes for the reader. Reads the process."""
        return self.process.place, self.order, self.pk

    def is_in(self, process_id: int, *, including: int | None = None) -> bool:
        """Whether `stages_of` with these arguments has this stage."""
        return self.process_id == process_id and (not self.is_archived or self.pk == including)


class Step(write_guard.DefinitionRow, Bilingual):
    """A line of a stage's checklist: it asks for a field and, for a tick, perhaps for evidence.

    `field` and `evidence` are names of the vocabulary (`stages.vocabulary`). A name that is no longer known makes the
    step unmet and raises no error.
    """

    stage = models.ForeignKey(Stage, models.PROTECT, related_name="steps", verbose_name=_("stage"))
    order = models.PositiveSmallIntegerField(_("order"), default=0, validators=[MaxValueValidator(LARGEST)])
    name_en = models.CharField(_("name (English)"), max_length=100, validators=NAME)
    name_nb = models.CharField(
        _("name (Norwegian)"), max_length=100, blank=True, validators=NAME, help_text=WITHOUT_NORWEGIAN
    )
    help_en = models.CharField(_("guidance (English)"), max_length=300, blank=True, validators=LINE)
    help_nb = models.CharField(_("guidance (Norwegian)"), max_length=300, blank=True, validators=LINE)
    field = models.CharField(_("field"), max_length=60)
    required = models.BooleanField(_("required"), default=True)
    evidence = models.CharField(_("evidence"), max_length=60, blank=True)
    is_archived = models.BooleanField(_("archived"), default=False)
    objects = write_guard.DefinitionQuerySet["Step"].as_manager()
    history = HistoricalRecords()

    if TYPE_CHECKING:
        stage_id: int

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["stage", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "field"],
                condition=models.Q(is_archived=False),
                name="one_step_per_field_in_a_stage",
                violation_error_message=_("This stage already has a step for that field."),
            ),
        ]

    @property
    def changed_process_id(self) -> int:
        return self.stage.process_id

    @property
    def help(self) -> str:
        return self.in_readers_language("help")

    def clean(self) -> None:
        fields, evidence = vocabulary.fields(), vocabulary.evidence()
        if self.field and self.field not in fields:
            raise ValidationError({"field": _("No field is called “%(field)s”.") % {"field": self.field}})
        if self.evidence and self.evidence not in evidence:
            raise ValidationError(
                {"evidence": _("No evidence is called “%(evidence)s”.") % {"evidence": self.evidence}}
            )
        if self.evidence and self.field and fields[self.field].kind is not vocabulary.FieldKind.TICK:
            raise ValidationError({"evidence": _("Only a step that is ticked can ask for evidence.")})


def stages_of(process_id: int, *, including: int | None = None) -> list[Stage]:
    """The stages of a process in order, with their steps. Two queries; `definition_cache` often needs none.

    Leaves out archived stages, except the one with the id `including`, which an opportunity is in.
    """
    in_use = models.Q(is_archived=False) | models.Q(pk=including)
    stages = Stage.objects.filter(in_use, process_id=process_id)
    return list(stages.order_by("order", "pk").prefetch_related(_steps_in_order()))


def all_stages_of(process_ids: Iterable[int]) -> list[Stage]:
    """The stages of several processes in order, with their steps, archived ones too. Two queries."""
    stages = Stage.objects.filter(process__in=set(process_ids))
    return list(stages.order_by("order", "pk").prefetch_related(_steps_in_order()))


def _steps_in_order() -> "models.Prefetch[Any]":
    """The order within a stage alone: the default order joins the stages and the processes, only to sort by them."""
    return models.Prefetch("steps", queryset=Step.objects.order_by("order", "pk"))
