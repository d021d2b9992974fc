"""What a row of a file says besides its name, as it was read: the customer, the stage, the owner and the revenue."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from opportunities import money
from opportunities.imports import fields, making, values
from opportunities.imports.bad_cell import BadCell
from opportunities.imports.mapping import ON_HOLD, SKIP, StageMeaning, stage_source
from opportunities.imports.reading import cells
from opportunities.imports.reading.cells import Cell
from opportunities.models import Import, ImportRow, Opportunity
from opportunities.pipeline.tracks import Tracks
from salesflow.users.models import User

PLAIN: Mapping[str, tuple[str, ...]] = {
    fields.ACCOUNTS: ("organisation_number", "city"),
    fields.CONTACTS: ("account", "email"),
}
"""The fields of customers whose cells are shown as they are."""

CUSTOMER = ("account", "contact", "contact_email")
REVENUE = ("estimated_revenue", "amount", "actual_revenue")
"""The first of these that has a cell is shown."""

CLOSED = (Opportunity.Status.WON, Opportunity.Status.LOST)


class RowFacts:
    """The facts of the rows of a page. At most two queries, and none for each row. `tracks` has the stages."""

    def __init__(self, run: Import, rows: Iterable[ImportRow], tracks: Tracks) -> None:
        self._run, self._mapping = run, making.mapping_of(run)
        headings = making.reading_of(run).headings
        self._places = {
            name: headings.index(heading) for heading, name in self._mapping.columns.items() if heading in headings
        }
        self._cells = {row.pk: [cells.from_json(cell) for cell in row.cells] for row in rows}
        if run.noun == Import.Noun.OPPORTUNITIES:
            self._stages = {stage.pk: stage for stage in tracks.stages}
            owners = {self._owner_id(row) for row in self._cells.values()}
            self._people = User.objects.in_bulk(sorted(filter(None, owners)))

    def of(self, row: ImportRow) -> list[str]:
        """What is known of the row, without what its file leaves empty."""
        found = self._cells[row.pk]
        if self._run.noun in PLAIN:
            facts = [cells.shown(self._cell(found, name)) for name in PLAIN[self._run.noun]]
        else:
            facts = [self._customer(found), self._stage(found), self._owner(found), self._revenue(found)]
        return [fact for fact in facts if fact]

    def _cell(self, row: Sequence[Cell], name: str) -> Cell:
        place = self._places.get(name, len(row))
        return row[place] if place < len(row) else None

    def _value(self, row: Sequence[Cell], name: str, cell: Cell = None) -> Any:
        """What a cell means; None for one that is blank or cannot be read."""
        try:
            return values.read(fields.of(self._run.noun)[name], cell or self._cell(row, name), self._mapping)
        except BadCell:
            return None

    def _first(self, row: Sequence[Cell], names: Iterable[str]) -> str:
        """The field among these whose cell is not blank; empty if there is none."""
        return next((name for name in names if not cells.is_blank(self._cell(row, name))), "")

    def _customer(self, row: Sequence[Cell]) -> str:
        return cells.shown(self._cell(row, self._first(row, CUSTOMER)))

    def _stage_meaning(self, row: Sequence[Cell]) -> StageMeaning | None:
        meaning: StageMeaning | None = self._value(row, "stage", self._stage_cell(row))
        return meaning

    def _stage_cell(self, row: Sequence[Cell]) -> str:
        return stage_source(self._cell(row, "stage"), self._cell(row, "process"))

    def _stage(self, row: Sequence[Cell]) -> str:
        """Won or lost, else the stage; as the file says it if that has no meaning here."""
        meaning, status = self._stage_meaning(row), self._value(row, "status")
        outcome = status if status in CLOSED else (meaning.outcome if meaning and status is None else "")
        if outcome in CLOSED:
            return str(Opportunity.Status(outcome).label)
        stage = self._stages.get(meaning.stage) if meaning and meaning.stage else None
        if stage is not None:
            return str(stage)
        known = status not in (None, ON_HOLD, SKIP)
        return self._stage_cell(row) or (str(Opportunity.Status(status).label) if known else "")

    def _owner_id(self, row: Sequence[Cell]) -> int | None:
        """The owner that the row gets; None if its cell names a person who is not known here."""
        if cells.is_blank(self._cell(row, "owner")):
            return self._mapping.default_owner or self._run.by_id
        return self._value(row, "owner")

    def _owner(self, row: Sequence[Cell]) -> str:
        person = self._people.get(self._owner_id(row) or 0)
        return str(person) if person else cells.shown(self._cell(row, "owner"))

    def _revenue(self, row: Sequence[Cell]) -> str:
        name = self._first(row, REVENUE)
        amount = self._value(row, name) if name else None
        return cells.shown(self._cell(row, name)) if amount is None else money.shown(amount)
