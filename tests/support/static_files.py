"""Static files as production serves them: the lists of `salesflow.bundles` as one file each, kept by the browser."""

import functools
import gzip
import mimetypes
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.handlers import StaticFilesHandler
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
    """Serves static files which a browser does not ask for again."""

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
