"""The filters about the waivers of an opportunity: one act, by its kind, step, person and day."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import waiver_conditions as waivers
from opportunities.pipeline.conditions import ME
from opportunities.pipeline.filters import rows
from opportunities.pipeline.filters.kinds import ChoiceCondition, Condition, DayCondition, RowCondition
from opportunities.pipeline.waiver_conditions import ASKED, GIVEN, IMPORTED, KINDS, WITHDRAWN

KIND, STEP, BY, FIRST, LAST = NAMES = ("waiver", "waiver_step", "waiver_by", "waiver_from", "waiver_to")
ANY = _("All")


class _Part:
    """The first part that an address has selects for all of them. Without a kind, any kind of act counts."""

    name: str
    parent: Any

    def filter(self, found: OpportunityQuerySet, value: Any) -> OpportunityQuerySet:
        given: dict[str, Any] = self.parent.values
        if self.name != next(name for name in NAMES if name in given):
            return found
        by = given.get(BY)
        return found.matching(
            waivers.has_act(
                [given[KIND]] if KIND in given else KINDS,
                step=int(given[STEP]) if STEP in given else None,
                by=None if by is None else self.parent.about.reader.pk if by == ME else int(by),
                first=given.get(FIRST),
                last=given.get(LAST),
            )
        )


class _WaiverKind(_Part, ChoiceCondition):
    pass


class _Row(_Part, RowCondition):
    pass


class _Day(_Part, DayCondition):
    pass


def _all_together(value: Any, about: Any) -> Any:
    raise NotImplementedError("The parts of a waiver select together.")


WAIVERS: dict[str, Condition] = {
    KIND: _WaiverKind(
        label=_("Waiver"),
        choices=[(ASKED, _("Asked for")), (GIVEN, _("Given")), (IMPORTED, _("Imported")), (WITHDRAWN, _("Withdrawn"))],
        empty_label=ANY,
        where=_all_together,
    ),
    STEP: _Row(label=_("Waiver of the step"), rows=rows.STEPS, empty_label=ANY, where=_all_together),
    BY: _Row(label=_("Waiver by"), rows=rows.WAIVER_PEOPLE, empty_label=_("Everybody"), where=_all_together),
    FIRST: _Day(label=_("Waiver from"), where=_all_together),
    LAST: _Day(label=_("Waiver until"), where=_all_together),
}
