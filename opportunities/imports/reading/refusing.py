"""Why a file is not read, and the limits of files."""

from django.utils.translation import gettext as _

from opportunities.imports.reading import read_workbook

MOST_BYTES = 50_000_000
"""Of a file."""

MOST_ROWS = read_workbook.MOST_ROWS
"""Below the header, without blank rows."""

MOST_LINES = 1_100_000
"""Rows with those that are blank; a spreadsheet has at most 1,048,576."""

MOST_COLUMNS = read_workbook.MOST_COLUMNS

LONGEST_CELL = read_workbook.LONGEST_CELL
"""Characters. A row with a longer cell is refused, not the file."""


class CannotBeRead(Exception):
    """The file is not read. The text is a sentence for the user."""


def too_many_rows() -> CannotBeRead:
    return CannotBeRead(_("The file has more than %(most)d rows. Split it.") % {"most": MOST_ROWS})


def too_many_columns() -> CannotBeRead:
    said = _("The table has more than %(most)d columns. Delete those that are not needed.")
    return CannotBeRead(said % {"most": MOST_COLUMNS})
