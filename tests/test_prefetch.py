"""A page that is fetched before its link is clicked changes nothing, and a POST makes the browser forget it."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opportunities.views.new import CREATED
from salesflow import prefetch
from tests.support.addresses import general_pages, opportunity_pages
from tests.support.factories import DEVELOP, lost_opportunity, opportunity_in
from tests.support.pages import FORM, drawn_for

pytestmark = pytest.mark.django_db

AHEAD = {"sec-purpose": "prefetch"}
FORGET = '"prefetchCache"'
WRITES = ("INSERT", "UPDATE", "DELETE")


def fetched_ahead(client, path):
    return client.get(path, headers=AHEAD)


# The rules


def test_a_page_of_ours_names_the_rules_and_they_have_the_type_that_browsers_want(rep, client_of):
    client = client_of(rep)

    named = client.get(reverse("opportunity_list")).headers["Speculation-Rules"]

    assert named == '"/static/prefetch.speculationrules"'
    rules = client.get(named.strip('"'))
    rules.close()
    assert rules.headers["Content-Type"] == "application/speculationrules+json"


def test_pages_of_the_admin_and_of_signing_in_parts_and_errors_name_no_rules(manager, client_of):
    client, visitor = client_of(manager), Client()
    part = client.get(reverse("opportunity_list"), headers={"hx-request": "true"})

    for response in (
        client.get("/admin/"),
        client.get("/no/such/page/"),
        client.get("/healthz"),
        part,
        visitor.get("/user/login/"),
    ):
        assert "Speculation-Rules" not in response.headers


def test_the_rules_leave_out_what_the_server_refuses():
    rules = json.loads(Path(settings.BASE_DIR / "static" / prefetch.RULES).read_text())["prefetch"]
    [everything, paths, selectors] = rules[0]["where"]["and"]

    assert everything == {"href_matches": "/*"}
    assert paths == {"not": {"href_matches": [*(f"{path}*" for path in prefetch.NEVER), "/static/*"]}}
    assert "[download]" in selectors["not"]["selector_matches"]


def test_the_rules_leave_out_links_that_htmx_takes_over():
    rules = json.loads(Path(settings.BASE_DIR / "static" / prefetch.RULES).read_text())["prefetch"]
    left_out = rules[0]["where"]["and"][2]["not"]["selector_matches"]

    assert "[hx-boost=true] a:not([hx-boost=false], [hx-boost=false] a)" in left_out


# A POST


def test_every_answer_to_a_post_makes_the_browser_forget(rep, client_of):
    opportunity, client = opportunity_in(DEVELOP, owner=rep), client_of(rep)
    advance, drawn = reverse("advance", args=[opportunity.pk]), drawn_for(opportunity)

    answers = [
        client.post(reverse("opportunity_new"), {"name": "Lorries"}),
        client.post(advance, drawn),
        client.post(advance, drawn | {"page_version": 0}),
        client.post(advance, {}),
        client.post(reverse("funnel")),
        client.post("/user/login/", "a=" + "x" * 3_000_000, content_type=FORM),
        Client(enforce_csrf_checks=True).post("/user/login/"),
        Client().post("/user/login/", {"login": "a", "password": "b"}),
    ]

    assert {answer.status_code for answer in answers} >= {200, 303, 400, 403, 405, 422}
    assert {answer.headers.get("Clear-Site-Data") for answer in answers} == {FORGET}


def test_an_answer_to_a_get_does_not(rep, client_of):
    assert "Clear-Site-Data" not in client_of(rep).get("/").headers


# A page fetched ahead


@pytest.mark.sweep
def test_no_page_writes_when_it_is_fetched_ahead(manager, client_of):
    opportunity, client = opportunity_in(DEVELOP, owner=manager), client_of(manager)

    for path in [*general_pages(), *opportunity_pages(opportunity)]:
        with CaptureQueriesContext(connection) as ran:
            response = fetched_ahead(client, path)
        written = [query["sql"] for query in ran.captured_queries if query["sql"].startswith(WRITES)]
        assert (path, written) == (path, [])
        assert {*response.cookies} <= {settings.CSRF_COOKIE_NAME}  # the same value, for another year


def test_a_message_waits_for_the_page_that_is_seen(rep, client_of):
    client = client_of(rep)
    created = client.post(reverse("opportunity_new"), {"name": "Lorries"})

    ahead = fetched_ahead(client, reverse("opportunity_list"))
    seen = client.get(created["Location"])

    assert ahead.status_code == 403
    assert str(CREATED) in seen.content.decode()
    assert fetched_ahead(client, reverse("opportunity_list")).status_code == 200


def test_a_page_that_leaves_a_message_for_the_next_one_is_not_fetched_ahead(rep, client_of):
    """The edit page of a closed opportunity says why it leads elsewhere."""
    client, edit = client_of(rep), reverse("opportunity_edit", args=[lost_opportunity(owner=rep).pk])

    ahead = fetched_ahead(client, edit)
    seen = client.get(edit, follow=True)

    assert ahead.status_code == 403
    assert seen.content.decode().count("This opportunity is closed and can only be read.") == 1


@pytest.mark.parametrize(
    "path", ["/user/login/", "/user/logout/", "/user/password/change/", "/admin/", "/pick/account/"]
)
def test_pages_that_are_never_fetched_ahead(manager, client_of, path):
    assert fetched_ahead(client_of(manager), path).status_code == 403


def test_a_post_that_says_it_is_a_prefetch_is_refused(rep, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    response = client_of(rep).post(reverse("hold", args=[opportunity.pk]), {"hold_reason": "No"}, headers=AHEAD)

    assert response.status_code == 403
    opportunity.refresh_from_db()
    assert not opportunity.is_on_hold


def test_a_visitor_gets_no_sign_in_page_ahead():
    visitor = Client()

    leads_to_sign_in = fetched_ahead(visitor, "/opportunities/")

    assert leads_to_sign_in.status_code == 302
    assert fetched_ahead(visitor, leads_to_sign_in["Location"]).status_code == 403
