"""Static files as production serves them: the lists of `salesflow.bundles` as one file each, kept by the browser."""

import functools
import gzip
import mimetypes
import threading
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import get_path_info
from django.http import HttpResponse
from pytest_django.live_server_helper import LiveServer

from salesflow import bundles

STATIC = "/static/"
SOURCES = {
    package["output_filename"]: package["source_filenames"]
    for kind in ("STYLESHEETS", "JAVASCRIPT")
    for package in bundles.PIPELINE[kind].values()
}
"""The sources of each bundle, by the name of the bundle."""


@functools.cache
def content(name):
    """The bytes of a static file, or of a bundle."""
    return b"\n".join(Path(finders.find(source)).read_bytes() for source in SOURCES.get(name, [name]))


@functools.cache
def weight(address):
    """Compressed bytes of a static file: whitenoise sends at least as few."""
    return len(gzip.compress(content(address.removeprefix(STATIC))))


class KeptStaticFiles(StaticFilesHandler):
    """Serves static files which a browser does not ask for again, and one page at a time.

    The threads of the server share the connection of the test, and so its transaction: a page that is fetched in
    advance while another is asked for would end the savepoint of the other.
    """

    one_at_a_time = threading.Lock()

    def __call__(self, environ, start_response):
        if self._should_handle(get_path_info(environ)):
            return super().__call__(environ, start_response)
        with self.one_at_a_time:
            return super().__call__(environ, start_response)

    def serve(self, request):
        name = request.path.removeprefix(STATIC)
        if name in SOURCES:
            response = HttpResponse(content(name), content_type=mimetypes.guess_type(name)[0])
        else:
            response = super().serve(request)
        response.headers["Cache-Control"] = "max-age=3600"
        return response


def live_server():
    """The live server of pytest-django with these static files."""
    server = LiveServer("localhost", start=False)
    server.thread.static_handler = KeptStaticFiles
    server.start()
    return server
