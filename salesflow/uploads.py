from typing import Any

from django.core.files.uploadhandler import FileUploadHandler


class Discarding(FileUploadHandler):
    """No page takes files: what somebody sends all the same is read in small pieces and thrown away."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> Any:
        return None
