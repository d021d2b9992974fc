"""The opportunities that rows of a file are about, because they were imported before or exported from here."""

from collections.abc import Mapping
from dataclasses import dataclass

from opportunities.imports import fields, keys
from opportunities.imports.typed_rows import TypedRow
from opportunities.models import ImportRow, Opportunity
from opportunities.refusals import Refused

Outcome = ImportRow.Outcome

NEVER = -1  # no version of an opportunity


class LeftOut(Refused):
    """The row is left out: an import does not do to an existing opportunity what the row asks for."""

    code = "left_out"


@dataclass(frozen=True)
class Earlier:
    """An opportunity that a row is about. `written_version`: the one that the file, or the import before, knows."""

    opportunity: Opportunity
    written_version: int


def known(rows: Mapping[str, TypedRow]) -> dict[str, Earlier]:
    """The opportunities of these rows that are there, by key. One query if there is none."""
    return _imported(list(rows)) | _our_own(rows)


def _imported(keys_of_rows: list[str]) -> dict[str, Earlier]:
    """Those that imports made."""
    done = ImportRow.objects.filter(key__in=keys_of_rows, outcome__in=[Outcome.CREATED, Outcome.UPDATED])
    found_rows = list(done.filter(opportunity__isnull=False).order_by().values_list("pk", flat=True))
    if not found_rows:
        return {}
    rows = ImportRow.objects.filter(pk__in=found_rows).select_related("opportunity__owner")
    found = dict[str, Earlier]()
    for row in rows.order_by("pk"):
        assert row.opportunity is not None and row.written_version is not None  # noqa: S101 - by the filter
        found[row.key] = Earlier(row.opportunity, row.written_version)
    return found


def _our_own(rows: Mapping[str, TypedRow]) -> dict[str, Earlier]:
    """Those that were exported from here, with the version that the file says. No query if there is none."""
    ids = {key: keys.own_id(fields.OPPORTUNITIES, typed.values.get("external_id")) for key, typed in rows.items()}
    wanted = [pk for pk in ids.values() if pk is not None]
    if not wanted:
        return {}
    found = Opportunity.objects.select_related("owner").in_bulk(wanted)
    return {
        key: Earlier(found[pk], rows[key].values.get("row_version", NEVER))
        for key, pk in ids.items()
        if pk is not None and pk in found
    }
