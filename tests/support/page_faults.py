"""What a browser says and asks for while pages are open in it."""

import gzip
import re
from urllib.parse import urlsplit

from tests.support import static_files
from tests.support.static_files import STATIC

# A refused, stale or missing page is an answer like others; the browser calls it an error.
REFUSED_PAGE = re.compile(r"the server responded with a status of 4\d\d")
# Given up for a newer request: by the browser, when it goes to another page; by htmx, when the user types on.
GIVEN_UP = "net::ERR_ABORTED"
GIVEN_UP_BY_HTMX = re.compile("^htmx:(sendAbort|afterRequest)")


class PageFaults:
    """Hears the pages of one browser context. `faults` is what must not be; `weight` and `requests` are counted."""

    def __init__(self, context, own):
        self.own = urlsplit(own).netloc
        self.faults = []
        self.expected = []
        self.begin()
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._fault(f"script error: {error.error}"))
        context.on("request", self._on_request)
        context.on("requestfailed", self._on_failure)
        context.on("response", self._on_response)

    def begin(self):
        """Count from here: a page is about to be opened."""
        self.addresses = []

    @property
    def requests(self):
        """How many, without fonts: text is shown before one arrives."""
        return len([each for each in self.addresses if not each.endswith(".woff2")])

    def weight(self, page):
        """Bytes that came for the page, compressed."""
        html = gzip.compress(page.content().encode())
        return len(html) + sum(static_files.weight(address) for address in self.addresses if STATIC in address)

    def expect(self, pattern):
        """A fault of this kind is what the test is about."""
        self.expected.append(pattern)

    def _fault(self, said):
        if not any(re.search(pattern, said) for pattern in self.expected):
            self.faults.append(said)

    def _on_console(self, message):
        is_usual = REFUSED_PAGE.search(message.text) or GIVEN_UP_BY_HTMX.search(message.text)
        if message.type == "error" and not is_usual:
            self._fault(f"console: {message.text}")

    def _on_request(self, request):
        address = urlsplit(request.url)
        if address.scheme == "data":
            return
        self.addresses.append(address.path)
        if address.netloc != self.own:
            self._fault(f"foreign request: {request.url}")

    def _on_failure(self, request):
        if request.failure != GIVEN_UP:
            self._fault(f"failed request: {request.url} {request.failure}")

    def _on_response(self, response):
        is_static = urlsplit(response.url).path.startswith(STATIC)
        if response.status >= 500 or (is_static and response.status >= 400):
            self._fault(f"{response.status} {response.url}")
