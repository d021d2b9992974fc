"""The rows of an import as a page shows them, by what will become of them, or by what became of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from opportunities.customers.models import Account, Contact
from opportunities.import_pages.reason_links import ReasonLinks
from opportunities.import_pages.row_facts import RowFacts
from opportunities.imports import making, outcomes
from opportunities.imports.reading import cells
from opportunities.imports.typed_rows import Problem
from opportunities.models import Import, ImportRow, Opportunity
from opportunities.pipeline.tracks import Tracks
from opportunities.views.paging import page_of
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest

Fate, Outcome = ImportRow.Fate, ImportRow.Outcome

FATES: Mapping[str, Promise | str] = {
    Fate.REFUSE: pgettext_lazy("rows of an import", "Refused"),
    Fate.CREATE: pgettext_lazy("rows of an import", "To be created"),
    Fate.UPDATE: pgettext_lazy("rows of an import", "To be changed"),
    Fate.SAME: pgettext_lazy("rows of an import", "There already"),
    Fate.SKIP: pgettext_lazy("rows of an import", "Left out"),
}
WAITING = "waiting"
NOT_UNDONE = "not_undone"
OUTCOMES: Mapping[str, Promise | str] = {
    NOT_UNDONE: pgettext_lazy("rows of an import", "Could not be undone"),
    Outcome.REFUSED: pgettext_lazy("rows of an import", "Refused"),
    Outcome.CREATED: pgettext_lazy("rows of an import", "Created"),
    Outcome.UPDATED: pgettext_lazy("rows of an import", "Changed"),
    Outcome.SAME: pgettext_lazy("rows of an import", "Were there already"),
    Outcome.SKIPPED: pgettext_lazy("rows of an import", "Left out"),
    Outcome.UNDONE: pgettext_lazy("rows of an import", "Undone"),
    WAITING: pgettext_lazy("rows of an import", "Still to come"),
}

RowsOf = Callable[[Import, str], QuerySet[ImportRow]]

MOST_NAMED = 3
"""How many cells name a row that has no name of its own."""


@dataclass(frozen=True)
class RowsLink:
    """A link to the rows of one fate or outcome."""

    name: str
    label: Promise | str
    count: int


@dataclass(frozen=True)
class RowLine:
    """One row of the file: what it is called, what it created, what is wrong in it, and what it says besides."""

    row: ImportRow
    name: str
    address: str
    problems: list[Problem]
    facts: list[str]

    @property
    def number(self) -> int:
        return self.row.number


def chips(labels: Mapping[str, Promise | str], counts: Mapping[str, int]) -> list[RowsLink]:
    return [RowsLink(str(name), label, counts.get(name, 0)) for name, label in labels.items() if counts.get(name)]


def chosen(asked: str, found: Sequence[RowsLink]) -> str:
    """Which rows are shown: those that the address names, or the first there are."""
    names = [chip.name for chip in found]
    return asked if asked in names else next(iter(names), "")


def of_fate(run: Import, fate: str) -> QuerySet[ImportRow]:
    return run.rows.filter(fate=fate).order_by("pk")


def of_outcome(run: Import, outcome: str) -> QuerySet[ImportRow]:
    return run.rows.filter(outcome="" if outcome == WAITING else outcome).order_by("pk")


def lines(run: Import, rows: Iterable[ImportRow], reader: User, tracks: Tracks | None = None) -> list[RowLine]:
    """The rows with the names in the file, and links to what they created. At most five queries.

    In the import of another person, a row has its name and its cells only if the reader may see what it made.
    """
    found = list(rows)
    addresses = _addresses(found, reader)
    names, facts = _Names(run), RowFacts(run, found, tracks or Tracks())
    is_own, is_of_all = run.by_id == reader.pk, run.noun != Import.Noun.OPPORTUNITIES
    return [
        RowLine(row, names.of(row), addresses.get(row.pk, ""), _problems(row), facts.of(row))
        if is_own or is_of_all or row.pk in addresses
        else RowLine(row, "", "", [], [])
        for row in found
    ]


def _problems(row: ImportRow) -> list[Problem]:
    """Why the row is refused or left out; or why it was not undone, of a row that `undoing.refused` has found."""
    why = getattr(row, "why", "")
    return [Problem("", "", why)] if why else outcomes.problems(row)


def _addresses(rows: Sequence[ImportRow], reader: User) -> dict[int, str]:
    """The page of what each row created or changed, of what the reader may see."""
    seen: dict[str, dict[int, Any]] = {
        "opportunity_id": _in_bulk(rows, "opportunity_id", Opportunity.objects.all().visible_to(reader)),
        "contact_id": _in_bulk(rows, "contact_id", Contact.objects.all()),
        "account_id": _in_bulk(rows, "account_id", Account.objects.all()),
    }
    addresses = dict[int, str]()
    for row in rows:
        column = next((name for name in seen if getattr(row, name)), "")
        target = seen[column].get(getattr(row, column)) if column else None
        if target is not None:
            addresses[row.pk] = target.get_absolute_url()
    return addresses


def _in_bulk(rows: Sequence[ImportRow], column: str, targets: QuerySet[Any]) -> dict[int, Any]:
    ids = {getattr(row, column) for row in rows} - {None}
    return {each.pk: each for each in targets.filter(pk__in=sorted(ids))} if ids else {}


def shown(
    request: SignedInRequest, run: Import, found: Sequence[RowsLink], of: RowsOf, tracks: Tracks | None = None
) -> dict[str, Any]:
    """What the template with the rows needs. `of` finds the rows of a fate or an outcome. At most ten queries."""
    show = chosen(request.GET.get("show", ""), found)
    count = next((link.count for link in found if link.name == show), 0)
    links = ReasonLinks(of(run, show), count, show, request.GET) if _may_see_reasons(run, show, request.user) else None
    rows = links.rows if links else of(run, show)
    page = page_of(request, rows, count=links.count if links else count)
    return {
        "chips": found,
        "show": show,
        "reasons": links,
        "page": page,
        "page_query": links.query if links else f"show={show}&",
        "lines": lines(run, page, request.user, tracks),
    }


def _may_see_reasons(run: Import, show: str, reader: User) -> bool:
    """Whether rows are shown that have reasons. The rows of another person may name what the reader may not see."""
    is_refused = show in (Fate.REFUSE, Fate.SKIP, Outcome.REFUSED, Outcome.SKIPPED)
    return is_refused and (run.by_id == reader.pk or run.noun != Import.Noun.OPPORTUNITIES)


class _Names:
    """What rows are called: their name in the file, or their first cells."""

    def __init__(self, run: Import) -> None:
        headings, mapping = making.reading_of(run).headings, making.mapping_of(run)
        named = [mapping.heading_of(field) for field in ("name", "first_name", "last_name")]
        self._places = [headings.index(heading) for heading in named if heading in headings]

    def of(self, row: ImportRow) -> str:
        found = [cells.shown(cells.from_json(each)) for each in row.cells]
        named = [found[place] for place in self._places if place < len(found)]
        return " ".join(filter(None, named)) or ", ".join(list(filter(None, found))[:MOST_NAMED])
