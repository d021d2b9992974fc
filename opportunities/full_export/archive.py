"""The archive of the export: a ZIP file, written piece by piece while it is downloaded."""

import io
import zipfile
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from opportunities.full_export import customers
from opportunities.full_export.history import history
from opportunities.full_export.opportunities import Versions, opportunities
from opportunities.models.opportunity import OpportunityQuerySet

PIECE = 65_536  # bytes


def pieces(found: OpportunityQuerySet) -> Iterator[bytes]:
    """The archive with these opportunities, and with all accounts and contacts."""
    written, read_me = Versions(), _("read me")  # gettext finds no text in an f-string
    return _zipped(
        (
            (f"{read_me}.txt", iter([_explanation().encode()])),
            (f"1 {_('accounts')}.csv", customers.accounts().pieces()),
            (f"2 {_('contacts')}.csv", customers.contacts().pieces()),
            (f"3 {_('opportunities')}.csv", opportunities(found, written).pieces()),
            (f"4 {_('history')}.csv", history(written).pieces()),
        )
    )


def _zipped(files: Iterable[tuple[str, Iterator[bytes]]]) -> Iterator[bytes]:
    buffer = _Unseekable()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in files:
            with archive.open(name, "w") as file:
                for content in contents:
                    file.write(content)
                    if buffer.size >= PIECE:
                        yield buffer.taken()
    yield buffer.taken()


class _Unseekable(io.RawIOBase):
    """What was written and not taken yet. `zipfile` never goes back in it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, part: bytes) -> int:  # type: ignore[override]
        self._parts.append(bytes(part))
        self.size += len(part)
        return len(part)

    def taken(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts, self.size = [], 0
        return taken


def _explanation() -> str:
    """What the files are, and how they come back."""
    return "\r\n".join(
        (
            _("This archive has the accounts, the contacts, the opportunities that you see, and their history."),
            _("To bring it into Salesflow, choose Import and upload the files in the order of their numbers."),
            _("Upload the fourth one with the third one, as its second file."),
            _(
                "You may change the files before. Where a row is there already, the import changes what you changed in"
                " the files, and nothing that was changed there since."
            ),
            "",
            _(
                "History has the stages, closings and holds, the estimates of then, notes, tasks, the stakeholders, the"
                " sales team and the competitors."
            ),
            _(
                "Not in it: attachments, mails, presentations, debriefs, requests, waivers and single changes of other"
                " fields. A step that is missing is waived by the import as “imported”."
            ),
            _(
                "The import writes in the name of the person who imports. The author of a note stays, if that person is"
                " known there and a manager imports it."
            ),
            "",
        )
    )
