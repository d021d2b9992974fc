"""Reads the lanes of the board: the sums of all their opportunities, and the first cards.

The sums take one query. The cards take two: their ids, and the rows of these ids.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils.functional import cached_property

from opportunities import access
from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import totals
from opportunities.pipeline.board.filters import BoardFilter
from opportunities.pipeline.totals import Totals
from stages.models import Process, Stage

FIRST_CARDS = 8
"""The cards of a lane that a page is sent with: more than a screen shows."""

CARDS = 50
"""How many more cards a lane gets each time. A card that arrives has its place among the first of so many."""

_READ = (
    *("name", "account__name", "owner__first_name", "owner__last_name", "owner__username"),
    "owner__is_active",
    *("estimated_revenue", "estimated_close_date", "next_step", "next_step_due", "version", "status", "modified_at"),
    *("active_stage", "stage_counted_from", "is_finished", "is_on_hold", "is_ready"),
    *("steps_met", "steps_required", "steps_waived", "unmet_steps", "missing_behind"),
)


@dataclass(frozen=True)
class Lane:
    """A stage of the board with the sums of all its opportunities. `following` is the stage after it."""

    stage: Stage
    following: Stage | None
    sums: Totals
    cards: list[Opportunity]

    @property
    def shown(self) -> int:
        return len(self.cards)

    @property
    def more(self) -> int:
        """How many opportunities have no card on the page."""
        return max(self.sums.count - self.shown, 0)

    @property
    def onward(self) -> str:
        """What Next Stage posts as the target of a card."""
        return str(self.following.pk) if self.following else "finish"


class Board:
    """The lanes of one process, of what the reader may see and the filter finds. Closed opportunities have no card."""

    def __init__(self, filter: BoardFilter) -> None:
        self.filter = filter
        self.rows: OpportunityQuerySet = filter.rows.open()

    @cached_property
    def _groups(self) -> dict[int, list[totals.StageGroup]]:
        """What is summed, by the id of the stage, of every process. One query."""
        found: dict[int, list[totals.StageGroup]] = {}
        for group in totals.groups(self.rows):
            found.setdefault(group.by, []).append(group)
        return found

    @cached_property
    def stages(self) -> list[Stage]:
        """The stages in use, and archived ones in which an opportunity is."""
        return [stage for stage in self.filter.stages if not stage.is_archived or stage.pk in self._groups]

    @property
    def processes(self) -> list[Process]:
        """The processes to choose from."""
        return self.filter.processes(set(self._groups))

    def _totals(self, stages: Iterable[Stage]) -> Totals:
        found = [group for stage in stages for group in self._groups.get(stage.pk, ())]
        return totals.total(found, self.filter.tracks.probabilities)

    @cached_property
    def total(self) -> Totals:
        """Of all lanes."""
        return self._totals(self.stages)

    @property
    def count(self) -> int:
        return self.total.count

    @cached_property
    def lanes(self) -> list[Lane]:
        """All lanes with their first cards. Two queries besides the sums."""
        return self.lanes_of(self.stages)

    def lanes_of(self, stages: Iterable[Stage]) -> list[Lane]:
        cards = self.cards([stage.pk for stage in stages], most=FIRST_CARDS)
        return [self.lane(stage, cards.get(stage.pk, ())) for stage in stages]

    def lane(self, stage: Stage, cards: Iterable[Opportunity] = ()) -> Lane:
        every = self.filter.stages
        later = every[every.index(stage) + 1 :] if stage in every else []
        following = next((each for each in later if not each.is_archived), None)
        return Lane(stage, following, self._totals([stage]), list(cards))

    def cards(self, stages: Collection[int], *, after: int = 0, most: int = CARDS) -> dict[int, list[Opportunity]]:
        """The cards of these stages by the id of the stage, in the order of the filter. Two queries."""
        ids = self.ids_by_stage(stages, after=after, most=most)
        every = [pk for of_stage in ids.values() for pk in of_stage]
        rows = self._rows(Opportunity.objects.filter(pk__in=every)) if every else {}
        return {stage: [rows[pk] for pk in of_stage if pk in rows] for stage, of_stage in ids.items()}

    def ids_by_stage(self, stages: Collection[int], *, after: int = 0, most: int = CARDS) -> dict[int, list[int]]:
        """The ids of at most so many cards of each stage, without the first `after`. One query."""
        numbered = self._first_of_each if access.sees_everything(self.filter.request.user) else self._numbered
        found: dict[int, list[int]] = {}
        for stage, pk in numbered(stages, after, most).values_list("active_stage", "pk"):
            found.setdefault(stage, []).append(pk)
        return found

    def _first_of_each(self, stages: Collection[int], after: int, most: int) -> OpportunityQuerySet:
        """A query for each stage, which stops at its last card: for a reader who sees all."""
        lanes = (self.rows.filter(active_stage=stage)[after : after + most].values("pk") for stage in stages)
        parts = [Opportunity.objects.filter(pk__in=lane).order_by().values("pk") for lane in lanes]
        if not parts:
            return self.rows.none()
        first, *others = parts
        return Opportunity.objects.filter(pk__in=first.union(*others, all=True)).order_by(*self._order)

    def _numbered(self, stages: Collection[int], after: int, most: int) -> OpportunityQuerySet:
        """A number for each row, so that what the reader may see is found once."""
        place = Window(RowNumber(), partition_by=F("active_stage"), order_by=list(self._order))
        placed = self.rows.filter(active_stage__in=stages).annotate(place=place).order_by("place")
        return placed.filter(place__gt=after, place__lte=after + most)

    @property
    def _order(self) -> Any:
        return self.rows.query.order_by or self.rows.model._meta.ordering

    def only(self, ids: Collection[int]) -> dict[int, Opportunity]:
        """Those of these opportunities that are on the board, by id, also below the first cards. One query."""
        return self._rows(self.rows.filter(pk__in=ids, active_stage__in=self.filter.stages).order_by())

    def _rows(self, rows: OpportunityQuerySet) -> dict[int, Opportunity]:
        stages = {stage.pk: stage for stage in self.filter.tracks.stages}
        found = {row.pk: row for row in rows.select_related("account", "owner").only(*_READ)}
        for row in found.values():
            row.active_stage = stages[row.active_stage_id]
        return found
