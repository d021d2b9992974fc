"""One odd value in one field, sent as a browser sends it, for every form of every page: never a fault of ours.

The pages come from the list of addresses, the forms and their fields from the pages as they are drawn.
"""

import copy
import itertools
import math
import re
from collections import Counter, defaultdict
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from salesflow.users.models import SALES_MANAGER
from tests.support import factories
from tests.support.factories import DEVELOP, NOW, STAGES, UserFactory, reread, stage
from tests.support.pages import FORM

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

ODD = [
    "\x00",
    "\ufffd\ufffe",
    "x" * 100_000,
    "\u202e",
    "\u200b",
    "NaN",
    "1e400",
    "9223372036854775808",
    "-9223372036854775809",
    "0000-01-01",
    "-5",
    "100% %s %(name)s {0} {{ x }}",
    "<b id=x>",
    "\r\n\t",
]


# Each field gets the next of the odd values for fields of its kind, more of them where there are few such fields, so
# that every kind of field gets them all; one of the admin's large forms takes as long as three of ours.
A_FIELD, A_FIELD_OF_THE_ADMIN = 2, 1


class PostedForms(HTMLParser):
    """The forms of a page that post, each with what it would send, all its fields, and where its buttons lead."""

    def __init__(self, address, answer):
        super().__init__()
        self.address, self.found = address, []
        self.form = self.select = self.textarea = None
        self.feed(answer.content.decode())

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        name = given.get("name")
        if tag == "form" and given.get("method", "").lower() == "post":
            self.form = FoundForm([given.get("action") or self.address])
            self.found.append(self.form)
        if self.form is None:
            return
        if tag == "option" and self.select and "selected" in given:
            self.form.entries[self.select] = given.get("value", "")
        if given.get("formaction"):
            self.form.targets.append(given["formaction"])
        if name and tag in ("input", "select", "textarea", "button"):
            one_row = re.sub("[0-9]+", "0", name)  # of an inline is like another
            self.form.fields.setdefault(one_row, (name, f"{tag} {given.get('type', '')}".strip()))
            self._entry(tag, given, name)

    def _entry(self, tag, given, name):
        self.select, self.textarea = (name if tag == kind else None for kind in ("select", "textarea"))
        kind = given.get("type")
        is_box = kind in ("checkbox", "radio")
        if tag != "button" and kind != "submit" and (not is_box or "checked" in given):
            self.form.entries[name] = given.get("value", "on" if is_box else "")

    def handle_data(self, data):
        if self.textarea and self.form is not None:
            self.form.entries[self.textarea] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag in ("select", "textarea"):
            self.select = self.textarea = None


class FoundForm:
    def __init__(self, targets):
        self.targets = targets
        self.next_target = itertools.cycle(targets)  # once all buttons are found
        self.entries = QueryDict(mutable=True)
        self.fields = {}  # name and kind, by the name without the number of a row

    def with_one(self, name, value):
        sent = self.entries.copy()
        sent[name] = value
        return sent.urlencode()


def named(resolver, within=""):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from named(pattern, f"{within}{pattern.namespace}:" if pattern.namespace else within)
        elif isinstance(pattern, URLPattern):
            yield f"{within}{pattern.name}", pattern.pattern.regex


EVERY = dict(named(get_resolver()))
ON_EVERY_PAGE = ("/user/theme/", "/user/language/", "/user/start-page/", "/user/logout/")


@pytest.fixture
def boss(db):
    """May do everything, so that every form is drawn."""
    return UserFactory(username="boss", role=SALES_MANAGER, is_superuser=True)


@pytest.fixture
def opportunities(boss):
    """One that is open, with a row of each kind, a question to a manager and news; one that is closed."""
    opportunity = factories.opportunity_in(DEVELOP, owner=boss)
    factories.add_competitor(opportunity)
    mate = UserFactory()
    factories.add_team_member(opportunity, user=mate)
    factories.write_note(opportunity)
    factories.upload(opportunity)
    factories.plan(opportunity)
    factories.file_debrief(opportunity)
    factories.present(opportunity)
    factories.ask(reread(opportunity), by=boss, at=NOW, description="Bankrupt")
    factories.write_note(reread(opportunity), by=mate)
    return [reread(opportunity), factories.won_opportunity(owner=boss)]


def addresses(name, opportunities):
    """Where to find the pages of this name; several, where they show different forms."""
    opportunity, closed = opportunities
    if name.startswith("admin:"):
        return [of_the_admin(name, opportunity)] if of_the_admin(name, opportunity) else []
    if name == "opportunity":
        return [f"{opportunity.get_absolute_url()}?stage={stage(each).pk}" for each in STAGES]
    rows = {
        "stakeholder": opportunity.stakeholders,
        "competitor": opportunity.competitor_links,
        "team": opportunity.team_members,
        "note": opportunity.notes,
        "attachment": opportunity.attachments,
        "task": opportunity.tasks,
        "debrief": opportunity.debriefs,
        "presentation": opportunity.presentations,
    }
    given = {
        "pk": closed.pk if name == "reopen" else opportunity.pk,
        "step": factories.step("thank_you_sent" if name == "mail_write_for" else "customer_need").pk,
        "competitor": opportunity.competitor_links.first().competitor_id,
        "row": next((rows[noun].first().pk for noun in rows if name.startswith(noun)), None),
    }
    wanted = EVERY[name].groupindex.keys()
    if name == "close":
        return [f"{reverse(name, args=[opportunity.pk])}?outcome={outcome}" for outcome in ("won", "lost")]
    return [reverse(name, kwargs={key: given[key] for key in wanted})] if wanted <= given.keys() else []


def of_the_admin(name, opportunity):
    """The page of a row, or of the whole model; None for pages without a form of their own."""
    if name == "admin:auth_user_password_change":
        return reverse(name, args=[opportunity.owner_id])
    model, _, page = name.removeprefix("admin:").rpartition("_")
    if page in ("add", "changelist"):
        return reverse(name)
    if page not in ("change", "delete") or name == "admin:password_change":
        return None
    found = apps.get_model(model.replace("_", ".", 1))._default_manager.order_by("pk").first()
    return reverse(name, args=[found.pk]) if found else None


def fields_of(client, address):
    """Each field of each form at this address: its form, its name and its kind."""
    answer = client.get(address)
    if answer.status_code != 200 or "html" not in answer["Content-Type"]:
        list(answer)  # reads a file to its end, which closes it
        return
    for form in PostedForms(address, answer).found:
        if form.targets[0] in ON_EVERY_PAGE and address != reverse("my_day"):
            continue
        yield from ((form, name, kind) for name, kind in form.fields.values())


def each_once(fields):
    """The fields without those of a form that another page shows, too."""
    found = {}
    for form, name, kind in fields:
        found.setdefault(re.sub("[0-9]+", "0", f"{form.targets[0]} {name}"), (form, name, kind))
    return list(found.values())


def odd_entries(fields):
    """Which field gets which odd values, one at a time."""
    how_many = Counter(kind for _, _, kind in fields)
    odd = {kind: itertools.cycle(ODD) for kind in how_many}
    for form, name, kind in fields:
        usual = A_FIELD_OF_THE_ADMIN if "/admin/" in form.targets[0] else A_FIELD
        for value in itertools.islice(odd[kind], max(usual, math.ceil(len(ODD) / how_many[kind]))):
            yield form, name, kind, value


def fault_of(client, target, sent, said):
    browser = Client(raise_request_exception=False)
    browser.cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        answer = browser.post(target, sent, content_type=FORM)
        transaction.set_rollback(True)
    if answer.status_code not in (200, 302, 303, 400, 403, 404, 409, 422):
        yield f"{target} {said}: {answer.status_code} {answer.exc_info and answer.exc_info[1]!r}"


PARTS = {
    "users": lambda name: not name.startswith("admin:") and not EVERY[name].groups,
    "opportunities": lambda name: not name.startswith("admin:") and EVERY[name].groups,
    "admin of opportunities": lambda name: name.startswith("admin:opportunities_opportunity"),
    "admin of the rest": lambda name: name.startswith("admin:") and "opportunities_opportunity" not in name,
}


@pytest.mark.parametrize("part", PARTS)
def test_one_odd_entry_in_any_field_of_any_form_never_ends_in_a_fault(boss, opportunities, client_of, part):
    client = client_of(boss)
    pages = [address for name in EVERY if PARTS[part](name) for address in addresses(name, opportunities)]
    fields = each_once(field for address in pages for field in fields_of(client, address))
    met, faults = defaultdict(set), []

    for form, name, kind, value in odd_entries(fields):
        met[kind].add(value)
        faults += fault_of(client, next(form.next_target), form.with_one(name, value), f"{name}={ascii(value)[:20]}")

    assert faults == []
    assert {kind: set(ODD) - values for kind, values in met.items() if values != set(ODD)} == {}
    assert {"input text", "input hidden", "select", "textarea"} <= met.keys() or part == "users"
