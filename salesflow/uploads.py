"""Reads multipart forms (multipart/form-data). Discards files, and refuses bytes that are not UTF-8."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict

ANY_BYTES = "latin-1"  # has a character for each byte, so that the bytes can be decoded again


class _Discarding(FileUploadHandler):
    """Reads a file in small pieces and discards it: no page takes files."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> Any:
        return None


class Discarding(_Discarding):
    """Parses the whole form, because Django would read an invalid byte as U+FFFD and save it."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - so named in Django
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> tuple[QueryDict, MultiValueDict[str, Any]]:
        sent, _files = MultiPartParser(META, input_data, [_Discarding(self.request)], ANY_BYTES).parse()
        entries = QueryDict(mutable=True)
        for name, values in sent.lists():
            entries.setlist(_text(name), [_text(value) for value in values])
        entries._mutable = False
        return entries, MultiValueDict()


def _text(read: str) -> str:
    try:
        return read.encode(ANY_BYTES).decode()
    except UnicodeDecodeError as error:
        raise MultiPartParserError("The request holds bytes that are no text.") from error
