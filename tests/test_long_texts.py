"""A text that is too long: no field cuts it, the server says how long it is and may be, and all of it stays there."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.http import QueryDict
from django.urls import reverse

from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import DEVELOP, opportunity_in, reread, stage
from tests.support.pages import FORM

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

LONG = "Æx" * 2738
WRITTEN = ("text", "email", "url", "search", "password")
HAVE_NO_LENGTH = {  # amounts, days and numbers are refused for what they are; whoever signs in types any name
    "login", "password", "oldpassword", "password1", "password2", "username",
    "actual_revenue", "estimated_revenue", "estimated_budget", "probability", "order", "target_days",
}  # fmt: skip


class WritableForms(HTMLParser):
    """Every form of a page that is posted: its address, its entries, and the names of the fields one writes in."""

    def __init__(self, page, url):
        super().__init__()
        self.forms, self.url, self.form, self.textarea, self.select = [], url, None, None, None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        assert "maxlength" not in given, f"{self.url}: {given}"
        if tag == "form":
            self.form = {"action": given.get("action") or self.url, "sent": QueryDict(mutable=True), "written": []}
            if given.get("method") == "post":
                self.forms.append(self.form)
        elif self.form is None or "name" not in given or "disabled" in given:
            return
        elif tag == "textarea":
            self.form["written"].append(given["name"])
        elif tag == "select":
            self.select = given["name"]
        elif tag == "input":
            self._input(given, given.get("type", "text"))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def _input(self, given, kind):
        if kind in WRITTEN:
            self.form["written"].append(given["name"])
        if kind not in ("checkbox", "radio", "submit") or "checked" in given:
            self.form["sent"].appendlist(given["name"], given.get("value", ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None


@pytest.fixture
def opportunity(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.add_competitor(opportunity)
    if not opportunity.team_count:
        factories.add_team_member(opportunity)
    return reread(opportunity)


def our_pages(opportunity):
    here = opportunity.get_absolute_url()
    rows = {
        "stakeholder": opportunity.stakeholders.first(),
        "competitor": opportunity.competitor_links.first(),
        "team_member": opportunity.team_members.first(),
    }
    yield from [reverse("my_day"), reverse("opportunity_list"), reverse("funnel"), reverse("opportunity_new")]
    yield from (f"{here}?stage={stage(name).pk}" for name in factories.STAGES)
    yield from (f"{here}?tab={tab}" for tab in ("stakeholders", "competitors", "team"))
    yield from (reverse(name, args=[opportunity.pk]) for name in ("opportunity_edit", "hold"))
    yield from (f"{reverse('close', args=[opportunity.pk])}?outcome={outcome}" for outcome in ("won", "lost"))
    yield reverse("waive", args=[opportunity.pk, factories.step("customer_need").pk])
    yield from (reverse(name) for name in ("competitor_new", "account_new", "contact_new"))
    yield reverse("account_page_edit", args=[opportunity.account_id])
    yield reverse("competitor_page_edit", args=[rows["competitor"].competitor_id])
    for name, row in rows.items():
        yield reverse(f"{name}_add", args=[opportunity.pk])
        yield reverse(f"{name}_edit", args=[opportunity.pk, row.pk])


def admin_pages():
    for model, page in admin.site._registry.items():
        at = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.first()
        yield reverse(f"{at}_changelist")
        if page.fields or page.fieldsets or row:
            yield reverse(f"{at}_add")
        if row:
            yield reverse(f"{at}_change", args=[row.pk])


SIGNED_OUT = ["/user/login/", "/user/password/reset/"]


def forms_of(client, urls):
    for url in urls:
        page = client.get(url)
        if page.status_code == 200:
            yield from WritableForms(page.content.decode(), url).forms


def check(client, form, name):
    """Too much in one field: refused, in words, with all of it still in the field."""
    sent = form["sent"].copy()
    sent[name] = LONG
    if "select_across" in sent:  # the list of the admin, with its actions
        sent.update({"action": "advance", "index": "0", "_selected_action": "1"})
    if name.endswith("-find"):
        sent[name.removesuffix("-find")] = "new"

    answer = client.post(form["action"], sent.urlencode(), content_type=FORM)

    where, text = f"{name} of {form['action']}", answer.content.decode()
    assert answer.status_code in (200, 422), where
    if "password" in name:
        return
    assert LONG in text, where
    said = re.search(r"(\d[\d\u202f\xa0 ]*)\D{1,60}?(5\s?4[78]\d)|(5\s?4[78]\d)\D{1,60}?(\d+)", text)
    assert said or name.removeprefix("add-") in HAVE_NO_LENGTH or "date" in name or name.endswith(("-find", "_on")), (
        where
    )


@pytest.fixture
def superuser(db):
    return factories.UserFactory(username="root", role=None, is_superuser=True, is_staff=True)


def test_nothing_that_is_typed_on_our_pages_is_cut(client_of, manager, opportunity):
    client = client_of(manager)
    forms = list(forms_of(client, our_pages(opportunity)))

    with unchanged():
        for form in forms:
            for name in form["written"]:
                check(client, form, name)

    assert {name for form in forms for name in form["written"]} >= {"name", "description", "customer_need", "add-note"}


def test_nothing_that_is_typed_in_the_admin_is_cut(client_of, superuser, opportunity):
    client = client_of(superuser)
    forms = list(forms_of(client, admin_pages()))

    with unchanged():
        for form in forms:
            for name in form["written"]:
                if "__prefix__" not in name:
                    check(client, form, name)

    assert {name for form in forms for name in form["written"]} >= {"name", "username", "name_en", "help_en"}


def test_nothing_that_is_typed_by_somebody_signed_out_is_cut(client):
    forms = list(forms_of(client, SIGNED_OUT))

    for form in forms:
        for name in form["written"]:
            check(client, form, name)

    assert {name for form in forms for name in form["written"]} == {"login", "password", "email"}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The text has 5475 characters. Shorten it to at most 4000 characters."),
        ("nb", "Teksten har 5475 tegn. Kort den ned til høyst 4000 tegn."),
    ],
)
def test_a_pasted_text_that_is_too_long_is_refused_in_these_words(client_of, rep, language, said):
    opportunity, client = opportunity_in(DEVELOP, owner=rep), client_of(rep)
    client.cookies["django_language"] = language
    pasted = "x" * 5475

    answer = client.post(
        reverse("save", args=[opportunity.pk]),
        {
            "stage": opportunity.active_stage_id,
            "from_stage": opportunity.active_stage_id,
            "version": opportunity.version,
            "customer_need": pasted,
        },
    )

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert pasted in answer.content.decode()
