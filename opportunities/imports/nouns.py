"""What an import does with a row, by the noun of the import."""

import datetime
from typing import Any

from opportunities.imports import customer_imports, opportunity_rows
from opportunities.imports.context import Context
from opportunities.imports.known_rows import Earlier
from opportunities.imports.typed_rows import TypedRow
from opportunities.models import Import, ImportRow


def fate(context: Context, row: ImportRow, typed: TypedRow, before: Earlier | None, at: datetime.datetime) -> str:
    """What will be done with the row, as far as can be said without a write. Refusals: those of `do`."""
    if context.run.noun == Import.Noun.OPPORTUNITIES:
        return opportunity_rows.fate(context, typed, row.history, before, at)
    return customer_imports.fate(context, typed)


def do(context: Context, row: ImportRow, typed: TypedRow, at: datetime.datetime) -> dict[str, Any]:
    """Does the row, in a transaction that is rolled back if it is refused. Returns the columns of its outcome.

    Refusals: LeftOut, NotThere, Ambiguous, EntriesInvalid, those of `transitions.bring_in` and of `editing`.
    """
    if context.run.noun == Import.Noun.OPPORTUNITIES:
        return opportunity_rows.do(context, row, typed, at)
    return customer_imports.do(context, typed, at)
