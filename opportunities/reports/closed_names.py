"""The names of what closed opportunities are counted by, and which of them the reader may filter by."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.functional import cached_property

from opportunities import access
from opportunities.customers.models import Competitor
from opportunities.models import StatusReason
from opportunities.pipeline.conditions import ME
from opportunities.pipeline.tracks import Tracks
from opportunities.reports import closed
from opportunities.reports.closed import NOTHING, Dimension, Outcomes
from opportunities.reports.tables import Filters
from salesflow.users.models import Unit, User
from stages.models import Process, Stage


class Names:
    """Each kind of name is read by one query, when it is needed first."""

    def __init__(self, reader: User, found: Mapping[Dimension, Mapping[str | None, Outcomes]]) -> None:
        self.reader = reader
        self.found = found

    @cached_property
    def reasons(self) -> dict[int, str]:
        """The name of each status reason by its id, in order."""
        return {reason.pk: reason.name for reason in StatusReason.objects.order_by("status", "order", "pk")}

    @cached_property
    def competitors(self) -> dict[str | None, str]:
        named = Competitor.objects.filter(pk__in=self._ids(Dimension.RIVAL) | self._ids(Dimension.LOST_TO))
        return {str(competitor.pk): str(competitor) for competitor in named}

    def stages(self, process: Process | None) -> Iterator[tuple[Stage, str]]:
        """Every stage with its name, those of the process first. Those of another have its name, too."""
        for stage in sorted(Tracks().stages, key=lambda stage: (stage.process != process, stage.place)):
            yield stage, stage.name if stage.process == process else f"{stage.process.name}: {stage.name}"

    def owner(self, key: str | None) -> str:
        return str(self._owners[int(str(key))])

    def owner_filters(self, key: str | None) -> Filters | None:
        """The filters that find the opportunities of this owner; None if the reader may not filter by the person."""
        owner = int(str(key))
        if owner == self.reader.pk:
            return {"owner": ME}
        return {"owner": str(owner)} if access.sees_others(self.reader) and owner in self._seen else None

    @cached_property
    def units(self) -> list[Unit]:
        """Every unit, by name; none for a reader who may filter by none."""
        return list(Unit.objects.all()) if self._named_units else []

    @cached_property
    def _named_units(self) -> set[int]:
        """The ids of the units by which the reader may filter."""
        return set(access.units(self.reader).order_by().values_list("pk", flat=True))

    def has_parts(self, unit: Unit) -> bool:
        return any(each.parent_id == unit.pk for each in self.units)

    def by_unit(self, by_owner: Mapping[str | None, Outcomes]) -> Iterator[tuple[Unit | None, Outcomes]]:
        """The units that have outcomes, each with those below it, in the order of the tree; None: in no unit.

        Only those by which the reader may filter.

        Leaves out a unit that has none of its own and only one below it with any, because it would repeat that one.
        """
        own: dict[int | None, Outcomes] = {}
        for key, outcomes in by_owner.items():
            of = self._owners[int(str(key))].unit_id
            own[of] = own.get(of, NOTHING) + outcomes
        for unit in self.units:
            if unit.parent_id is None:
                yield from self._with_parts(unit, own)[1]
        if own_of_none := own.get(None):
            yield None, own_of_none

    def _with_parts(
        self, unit: Unit, own: Mapping[int | None, Outcomes]
    ) -> tuple[Outcomes, list[tuple[Unit | None, Outcomes]]]:
        """The outcomes of the unit and those below it; and the rows of all of them."""
        parts = [self._with_parts(part, own) for part in self.units if part.parent_id == unit.pk]
        counted = [outcomes for outcomes, _rows in parts if outcomes.count]
        mine = own.get(unit.pk, NOTHING)
        outcomes = closed.total([mine, *counted])
        rows = [row for _outcomes, below in parts for row in below]
        is_needed = unit.pk in self._named_units and (bool(mine.count) or len(counted) > 1)
        return outcomes, [(unit, outcomes), *rows] if is_needed else rows

    @cached_property
    def _owners(self) -> dict[int, User]:
        return User.objects.in_bulk(self._ids(Dimension.OWNER))

    @cached_property
    def _seen(self) -> set[int]:
        owners: Any = access.owners(self.reader).filter(pk__in=self._ids(Dimension.OWNER))
        return set(owners.order_by().values_list("pk", flat=True))

    def _ids(self, dimension: Dimension) -> set[int]:
        return {int(key) for key in self.found[dimension] if key is not None}
