"""Reads multipart forms (multipart/form-data), and refuses bytes that are not UTF-8.

Every view discards files (`Discarding`, the setting FILE_UPLOAD_HANDLERS), except one decorated with `taking_files`.
"""

import contextlib
import functools
import hashlib
import tempfile
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict
from django.views.decorators.csrf import csrf_exempt, csrf_protect

ANY_BYTES = "latin-1"  # has a character for each byte, so that the bytes can be decoded again
IN_MEMORY = 256 * 1024  # bytes of a file that are kept in memory; a larger file goes to a temporary file
MOST_FILES = 20  # in one form; those after it are not kept

Entries = tuple[QueryDict, MultiValueDict[str, UploadedFile]]
View = Callable[..., HttpResponse]


class _Parser(MultiPartParser):
    def sanitize_file_name(self, file_name: str) -> str:
        """The name as it was sent. It is shown in a sentence if the file is refused, and cleaned if it is kept."""
        return _text(file_name)


class _WholeForm(FileUploadHandler):
    """Parses the whole form, because Django would read an invalid byte as U+FFFD and save it."""

    reads_with: type[FileUploadHandler]

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - so named in Django
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> Entries:
        reader = self.reads_with(self.request)
        try:
            sent, files = _Parser(META, input_data, [reader], ANY_BYTES).parse()
        except Exception:
            reader.upload_interrupted()
            raise
        entries = QueryDict(mutable=True)
        for name, values in sent.lists():
            entries.setlist(_text(name), [_text(value) for value in values])
        entries._mutable = False
        return entries, MultiValueDict({_text(name): found for name, found in files.lists()})

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> Any:
        return None


class _Discard(FileUploadHandler):
    """Reads a file in small pieces and discards it."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> Any:
        return None


class Discarding(_WholeForm):
    """Discards files: for every page that takes none."""

    reads_with = _Discard


class Upload(UploadedFile):
    """A file of a form, under the name that was sent.

    `is_kept`: whether its content is here; not if it is too large, one too many, or the disk full. `size` is the size
    that was sent, and `sha256` the digest of all that was sent.
    """

    def __init__(self, *, file: Any, name: str, size: int, sha256: str, is_kept: bool, is_one_too_many: bool) -> None:
        super().__init__(file=file, name="upload", size=size)  # Django drops a file without a name
        self.sent_name, self.sha256 = name, sha256
        self.is_kept, self.is_one_too_many = is_kept, is_one_too_many


def _temporary() -> Any:
    return tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)


class _Keep(FileUploadHandler):
    """Keeps each file until the request ends, in a temporary file that has no name and so never stays behind."""

    _count = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._count += 1
        self._digest = hashlib.sha256()
        self._is_kept = self._count <= MOST_FILES
        self.file = _temporary()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._digest.update(raw_data)
        if not self._is_kept:
            return
        try:
            self._is_kept = start + len(raw_data) <= settings.UPLOAD_MAX_BYTES
            if self._is_kept:
                self.file.write(raw_data)
        except OSError:  # the disk is full
            self._is_kept = False
        if not self._is_kept:
            self._discard()

    def _discard(self) -> None:
        self._close()
        self.file = _temporary()

    def _close(self) -> None:
        with contextlib.suppress(OSError):  # it writes what is still in memory, and the disk is full
            self.file.close()

    def upload_interrupted(self) -> None:
        if self._count:
            self._close()

    def file_complete(self, file_size: int) -> Upload:
        try:
            self.file.seek(0)
        except OSError:  # as `_close`
            self._is_kept = False
            self._discard()
        return Upload(
            file=self.file,
            name=self.file_name or "",
            size=file_size,
            sha256=self._digest.hexdigest(),
            is_kept=self._is_kept,
            is_one_too_many=self._count > MOST_FILES,
        )


class _Keeping(_WholeForm):
    reads_with = _Keep


def taking_files(view: View) -> View:
    """Lets the view take files. The first middleware that read the form would discard them, so CSRF is checked here."""
    protected = csrf_protect(view)

    @csrf_exempt
    @functools.wraps(view)
    def taking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.upload_handlers = [_Keeping(request)]
        return protected(request, *args, **kwargs)

    return taking


def _text(read: str) -> str:
    try:
        return read.encode(ANY_BYTES).decode()
    except UnicodeDecodeError as error:
        raise MultiPartParserError("The request holds bytes that are no text.") from error
