"""What the rows of an import are read with: its mapping, and the people, stages and reasons that it names."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from opportunities import access
from opportunities.imports import guesses, scanning
from opportunities.imports.mapping import Mapping, source
from opportunities.imports.reading import cells
from opportunities.imports.reading.reading import Reading
from opportunities.imports.reading.rows import SourceRow
from opportunities.imports.typed_rows import TypedRow, typed_rows
from opportunities.models import Import, ImportRow, Opportunity, StatusReason
from opportunities.refusals import Refused
from salesflow.users.models import User
from stages.models import Stage


class NotThere(Refused):
    """A person, stage or reason of the mapping is not there any more."""

    code = "not_there"


@dataclass
class Context:
    """One import, for some rows. It remembers what it has read, so it lives no longer than some rows take."""

    run: Import
    by: User
    writes: bool = True
    """Whether rows are done. Of a preview, which writes nothing, what was looked up stays true for some rows."""
    made: dict[int, str] = field(default_factory=dict)
    """The keys of the accounts or contacts that its rows have created, by id. A trial stores no row that says so."""
    _known: dict[tuple[type[Any], int], Any] = field(default_factory=dict)
    _looked_up: dict[Any, Any] = field(default_factory=dict)

    @functools.cached_property
    def mapping(self) -> Mapping:
        return Mapping.from_json(self.run.mapping)

    @functools.cached_property
    def headings(self) -> tuple[str, ...]:
        return Reading.from_json(self.run.reading).headings

    def typed(self, row: ImportRow) -> TypedRow:
        """What the cells of a stored row mean."""
        source = SourceRow(row.number, tuple(map(cells.from_json, row.cells)))
        return next(typed_rows([source], self.headings, self.mapping))

    def stage(self, pk: int) -> Stage:
        """The stage with its process. Refusal: NotThere."""
        return self._read(Stage, pk, "stage", "process")

    def owner(self, pk: int) -> User:
        """Refusal: NotThere."""
        return self._read(User, pk, "owner")

    def person(self, name: str) -> User | None:
        """Who is meant by a name of the file, by the mapping, else by the names of people; None if nobody is."""
        if not name:
            return None
        pk = self.mapping.owners.get(source(name)) or guesses.people([name], self._people).get(name)
        return self.owner(pk) if pk is not None else None

    @functools.cached_property
    def _people(self) -> list[guesses.KnownPerson]:
        return scanning.known_people()

    def reason(self, pk: int) -> StatusReason:
        """Refusal: NotThere."""
        return self._read(StatusReason, pk, "status_reason")

    def _read(self, model: type[Any], pk: int, name: str, *along: str) -> Any:
        if (model, pk) not in self._known:
            rows = model._default_manager.select_related(*along) if along else model._default_manager
            self._known[model, pk] = rows.filter(pk=pk).first()
        if self._known[model, pk] is None:
            raise NotThere("", field=name)
        return self._known[model, pk]

    def looked_up(self, key: Any, find: Callable[[], Any]) -> Any:
        """What `find` finds; in a preview once for each key."""
        if self.writes:
            return find()
        if key not in self._looked_up:
            self._looked_up[key] = find()
        return self._looked_up[key]

    def may_import(self, owner: User, *, is_closed: bool) -> bool:
        """Whether the person may import opportunities of this owner. Queries only for the first of an owner."""
        key = (Import, owner.pk * 2 + is_closed)
        if key not in self._known:
            record: Any = Opportunity(owner=owner)
            record.team_ids = frozenset()  # nobody is on its team yet
            ask = access.may_import_closed if is_closed else access.may_import
            self._known[key] = ask(self.by, record)
        return bool(self._known[key])


FOR_ROWS = 50
"""So many rows use what was read once: also the rights of the person who imports."""


class Contexts:
    """The context of the import whose rows are being done, read again after some rows. Threads may share it."""

    def __init__(self) -> None:
        self._last: tuple[str, Context, Iterator[int]] | None = None

    def of(self, row: Any) -> Context:
        """`row` was read with `stored_name`, the name of the stored file of its run."""
        key = f"{row.run_id} {row.stored_name}"  # the name is random: no other database has it
        last = self._last
        if last is None or last[0] != key or next(last[2], None) is None:
            run = Import.objects.get(pk=row.run_id)
            context = Context(run, User.objects.get(pk=run.by_id))
            last = self._last = (key, context, iter(range(FOR_ROWS)))
        return last[1]
