"""The filters behind the figures of the bridge: a part of it, the days that it is about, and the horizon."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.forms import fields
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import bridge_rows, conditions
from opportunities.pipeline.bridge_parts import Horizon, Part, PipelineChange
from opportunities.pipeline.filters.about import About
from opportunities.pipeline.filters.kinds import ChoiceCondition, Condition, DayCondition

PART_NAMES: dict[Part, Promise] = {
    Part.OPENING: _("Open at the beginning"),
    Part.NEW: pgettext_lazy("change of the pipeline", "New"),
    Part.REOPENED: pgettext_lazy("change of the pipeline", "Reopened"),
    Part.PULLED_IN: _("Pulled in"),
    Part.GROWN: _("Grown"),
    Part.SHRUNK: _("Shrunk"),
    Part.PUSHED_OUT: _("Pushed out"),
    Part.LOST: pgettext_lazy("change of the pipeline", "Lost"),
    Part.WON: pgettext_lazy("change of the pipeline", "Won"),
    Part.CLOSING: _("Open at the end"),
}

HORIZON_NAMES: dict[Horizon, Promise] = {
    Horizon.QUARTER: _("Closes in the quarter of the last day"),
    Horizon.YEAR: _("Closes in the year of the last day"),
}

PART, FIRST, LAST, HORIZON = "change", "change_from", "change_to", "change_horizon"


class _PartField(forms.ChoiceField):
    """Refuses a part without its two days."""

    has_days = True

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not self.has_days:
            raise ValidationError(_("Say from and until which day."), code="days")


class PartCondition(ChoiceCondition):
    """A part of the bridge. Its days and the horizon are filters beside it, which select nothing by themselves."""

    field_class = _PartField

    @property
    def field(self) -> forms.Field:
        field: _PartField = super().field
        field.has_days = all(_is_day(self.parent.asked.get(name, "")) for name in (FIRST, LAST))
        return field

    def filter(self, rows: OpportunityQuerySet, value: str) -> OpportunityQuerySet:
        if not value:
            return rows
        values = self.parent.values
        horizon = Horizon(values[HORIZON]) if values.get(HORIZON) else None
        return rows.matching(bridge_rows.condition(Part(value), PipelineChange(values[FIRST], values[LAST], horizon)))


def of_part(part: Part, change: PipelineChange) -> dict[str, str]:
    """The filters of the list with the opportunities of a part."""
    days = {FIRST: change.first.isoformat(), LAST: change.last.isoformat()}
    horizon = {HORIZON: change.horizon.value} if change.horizon else {}
    return {"status": conditions.ALL, PART: part.value, **days, **horizon}


def _is_day(typed: str) -> bool:
    try:
        return fields.DateField(required=False).clean(typed) is not None
    except ValidationError:
        return False


def _all(value: object, about: About) -> Q:
    return Q()


CHANGES: dict[str, Condition] = {
    PART: PartCondition(
        label=_("Change of the pipeline"),
        choices=[(part.value, label) for part, label in PART_NAMES.items()],
        empty_label=_("All"),
        where=_all,
    ),
    FIRST: DayCondition(label=_("Changed from"), where=_all),
    LAST: DayCondition(label=_("Changed until"), where=_all),
    HORIZON: ChoiceCondition(
        label=_("Horizon of the change"),
        choices=[(horizon.value, label) for horizon, label in HORIZON_NAMES.items()],
        empty_label=_("All"),
        where=_all,
    ),
}
