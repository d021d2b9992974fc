"""Markup in every text column: no answer to a form prints it, nor what a message says of it, nor markup just typed."""

import html
import re
from http.cookies import SimpleCookie

import pytest
from django.db import transaction
from django.test import Client

from tests.support import addresses, planting
from tests.support.factories import UserFactory
from tests.support.pages import FORM, Form

pytestmark = pytest.mark.sweep

POSTED = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>')
ACTION = re.compile(r'\baction="([^"]*)"')
TYPED = planting.MARKUP[0].format(address=planting.ADDRESS)
SENTINEL = "<i hx-get"
ROW_PAGE = re.compile(r"/opportunities/[0-9]+/(?!waive/)[a-z-]+/(add|[0-9]+|[0-9]+/remove)/")
"""The page of a form for one child row. Each opportunity that shows it has the same form there."""


@pytest.fixture
def superuser(db):
    return UserFactory(username="superuser", is_superuser=True, is_staff=True)


@pytest.fixture
def opportunities(rep, manager, superuser):
    opportunities = planting.opportunities_of_every_kind(rep=rep, manager=manager, superuser=superuser)
    planting.plant_markup()
    return opportunities


def forms(answer, path):
    """Each form of a page that posts, once for each of its buttons."""
    for tag in dict.fromkeys(POSTED.findall(answer.content.decode())):
        action = ACTION.search(tag)
        form = Form(answer, html.unescape(action[1]) if action else None)
        form.action = form.action or path
        for button in form.buttons.values():
            yield form, button


def as_drawn(form):
    return form.fields.copy()


def emptied(form):
    return _typed(form, "")


def out_of_date(form):
    """With markup typed, on a page that was opened when the row was new."""
    sent = _typed(form, TYPED)
    for name in sent:
        if name.endswith("version"):
            sent[name] = "1"
    return sent


def _typed(form, text):
    sent = form.fields.copy()
    for name in sent:
        if name not in form.hidden:
            sent[name] = text
    return sent


def answers(user, paths, done):
    """What each form of these pages is answered, in three ways; nothing is kept. `done` has those that were sent."""
    client = Client()
    client.force_login(user)
    shown = set()
    for path in dict.fromkeys(paths):
        kind = re.sub(r"\d+", "0", path)
        if kind in shown and ROW_PAGE.fullmatch(path):
            continue
        page = client.get(path)
        if page.status_code != 200 or not page["Content-Type"].startswith("text/html"):
            continue
        shown.add(kind)
        for form, button in forms(page, path):
            for filled in (as_drawn, emptied, out_of_date):
                target = button.get("formaction") or form.action
                asked = re.sub(r"\d+", "0", f"{target} {button.get('name')} {button.get('value')} {filled.__name__}")
                if asked not in done:
                    done.add(asked)
                    yield asked, _sent(client, target, filled(form), button)


def _sent(client, target, entries, button):
    if "name" in button:
        entries[button["name"]] = button.get("value", "")
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with transaction.atomic():
        answer = client.post(target, entries.urlencode(), content_type=FORM, follow=True)
        transaction.set_rollback(True)
    client.cookies = SimpleCookie(cookies)
    return answer


def text_of(answer):
    """The page; nothing of a file, which shows no markup. Reads it to its end, which closes it."""
    if answer.streaming:
        b"".join(answer)
        return ""
    return answer.content.decode()


def test_no_answer_to_a_form_prints_markup_that_is_in_a_row_or_was_typed(opportunities, rep, manager, superuser):
    general, of_the_admin = list(addresses.general_pages()), list(addresses.admin_pages())
    of_opportunities = [page for opportunity in opportunities for page in addresses.opportunity_pages(opportunity)]
    statuses, done = set(), set()

    for user, paths in (
        (rep, general + of_opportunities),
        (manager, of_opportunities + of_the_admin),
        (superuser, of_the_admin),
    ):
        for asked, answer in answers(user, paths, done):
            assert SENTINEL not in text_of(answer), asked
            statuses.add(answer.status_code)

    assert {200, 409, 422} <= statuses
    assert not {status for status in statuses if status >= 500}
