"""The WSGI application."""

import codecs
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

from salesflow.charset import OTHER_CHARSET

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesflow.settings")


def utf8_only(serve: Application) -> Application:
    """Marks a request in another charset, which `refuse_other_charsets` answers with 400.

    Our pages send UTF-8. Django would decode the request with any codec of Python before its first middleware: some
    fail, and some give characters that no database takes. Without a content type Django decodes nothing.
    """

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not _is_utf8(environ.get("CONTENT_TYPE", "")):
            environ = environ | {"CONTENT_TYPE": "", OTHER_CHARSET: True}
        return serve(environ, start_response)

    return application


def _is_utf8(content_type: str) -> bool:
    try:
        charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
        return codecs.lookup(charset).name == "utf-8"
    except (LookupError, ValueError):
        return False


application = utf8_only(get_wsgi_application())
