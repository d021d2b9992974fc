"""Tests in a real browser: Debian's Chromium, or the one that CHROMIUM names. Where there is none they are skipped."""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from tests.support import static_files
from tests.support.page_faults import PageFaults
from tests.support.visual import Walk

# Playwright runs an event loop in this thread, in which Django would refuse its database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 30_000  # milliseconds: a busy machine is no fault
HERE = Path(__file__).parent

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium():
    """Where the browser is. Under CI=true a missing one is a failure."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return found
    reason = f"no browser: none of {', '.join(BROWSERS)} is installed, and CHROMIUM names none"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def playwright(playwright):
    """While its event loop runs, this thread has a database connection of its own, which nothing else would close."""
    yield playwright
    connections.close_all()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, chromium):
    return {**browser_type_launch_args, "executable_path": chromium, "args": QUIET}


@pytest.fixture(scope="session")
def live_server():
    """A server under test whose static files come as in production: a page loads one style sheet and one script."""
    server = static_files.live_server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def base_url(live_server):
    """Addresses such as `page.goto("/opportunities/")` are those of the server under test."""
    return live_server.url


@pytest.fixture
def today():
    """The day when the test begins. A browser has the real clock, so the server has it too."""
    return timezone.localdate()


@pytest.fixture
def open_browser(live_server, new_context):
    """Open a browser, signed in as `user` or signed out, and get an empty page of it.

    `page.page_faults` hears what goes wrong in it; the test fails for that in the end.
    """
    all_page_faults = []

    def opened(user=None, *, language="en", javascript=True, width=1280, **options):
        context = new_context(
            locale={"en": "en-GB", "nb": "nb-NO"}[language],
            java_script_enabled=javascript,
            reduced_motion="reduce",
            viewport={"width": width, "height": 900},
            **options,
        )
        context.set_default_timeout(PATIENCE)
        if user:
            context.add_cookies(cookies_of(user, language, live_server.url))
        page_faults = PageFaults(context, live_server.url)
        all_page_faults.append(page_faults)
        page = context.new_page()
        page.page_faults = page_faults
        return page

    yield opened
    assert [fault for page_faults in all_page_faults for fault in page_faults.faults] == []


def cookies_of(user, language, url):
    """The cookies of a user who has signed in."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    values = {settings.SESSION_COOKIE_NAME: session, settings.LANGUAGE_COOKIE_NAME: language}
    return [{"name": name, "value": value, "url": url} for name, value in values.items()]


@pytest.fixture
def walk(open_browser):
    """Begin a walk: `walk(rep)` signed in, `walk()` as a visitor. What it finds fails the test in the end."""
    walks = []

    def begun(user=None, **options):
        walks.append(Walk(open_browser(user, **options)))
        return walks[-1]

    yield begun
    faults = [fault for each in walks for fault in each.faults]
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)
