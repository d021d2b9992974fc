"""Addresses and choices of the admin that no row can have: an answer, the same on both databases, and nothing done."""

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.urls import reverse

from salesflow.users.models import SALES_MANAGER
from tests.support.db_assertions import unchanged
from tests.support.factories import OpportunityFactory, UserFactory, add_competitor, opportunity_in

pytestmark = pytest.mark.django_db

TOO_LARGE = "9223372036854775808"
NO_IDS = [TOO_LARGE, "9_223_372_036_854_775_808", "9" * 5000, "x", "\x00", "-1"]
NUMBERS = [TOO_LARGE, f"-{TOO_LARGE}9"]


@pytest.fixture
def boss(db, client_of):
    user = UserFactory(role=SALES_MANAGER, is_superuser=True)
    add_competitor(opportunity_in("Develop", owner=user))
    return client_of(user)


def models():
    return sorted(site._registry, key=lambda model: model._meta.label)


def page_of(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("view", ["change", "delete", "history"])
def test_a_page_of_a_row_that_cannot_be_is_not_there(boss, view):
    for model in models():
        for number in NO_IDS:
            address = page_of(model, view, number)
            answers = [boss.get(address), boss.post(address, {"post": "yes"})]

            said = {answer.status_code for answer in answers}
            assert said <= {302, 400, 403, 404}, f"{address[:80]}: {said}"


def test_a_list_takes_no_number_that_cannot_be(boss):
    for model in models():
        page = site._registry[model]
        filters = [name for name in page.list_filter if isinstance(name, str)]
        asked = [f"{name}__exact" for name in filters] + [f"{name}__id__exact" for name in filters] + ["o", "p", "e"]
        for name in [*asked, "_to_field", "_popup", "all"]:
            for number in NUMBERS:
                answer = boss.get(page_of(model, "changelist"), {name: number})

                assert answer.status_code in (200, 302, 400), f"{model._meta.label} {name}={number[:30]}"


def test_a_filter_that_cannot_be_understood_is_said_to_be_left_out(boss):
    for language, words in (("en", "A filter was not understood"), ("nb", "Et filter ble ikke forstått")):
        boss.cookies["django_language"] = language

        answer = boss.get("/admin/stages/stage/", {"is_archived__exact": "x"}, follow=True)

        assert answer.status_code == 200
        assert words in answer.content.decode()


@pytest.mark.parametrize("chosen", NO_IDS)
@pytest.mark.parametrize(
    ("model", "action"), [("stages.Process", "use_for_new_opportunities"), ("opportunities.Opportunity", "advance")]
)
def test_an_action_on_what_cannot_be_does_nothing(boss, model, action, chosen):
    with unchanged():
        answer = boss.post(
            page_of(apps.get_model(model), "changelist"), {"action": action, "index": "0", "_selected_action": chosen}
        )

    assert answer.status_code in (302, 400)


@pytest.mark.parametrize(
    "asked",
    [
        {"page": TOO_LARGE},
        {"page": "-1"},
        {"page": "9" * 5000},
        {"term": "\x00"},
        {"term": TOO_LARGE},
        {"term": "x" * 9000},
    ],
)
def test_the_search_for_a_row_answers_whatever_is_asked(boss, asked):
    of_a_contact = {"app_label": "customers", "model_name": "contact", "field_name": "account"}

    assert boss.get("/admin/autocomplete/", of_a_contact | asked).status_code in (200, 400, 404)


@pytest.mark.parametrize("row", ["1", TOO_LARGE, "x"])
@pytest.mark.parametrize("kind", ["1", TOO_LARGE, "x"])
def test_the_way_from_a_row_to_its_page_answers_whatever_is_asked(boss, kind, row):
    assert boss.get(f"/admin/r/{kind}/{row}/").status_code in (302, 400, 404)


def test_ids_that_cannot_be_are_no_choice_of_a_form(boss):
    boss.raise_request_exception = False
    opportunity, user = OpportunityFactory(owner=UserFactory()), UserFactory()
    forms = [
        (page_of(type(opportunity), "change", opportunity.pk), {"owner": TOO_LARGE, "account": "\x00", "contact": "x"}),
        (page_of(type(user), "change", user.pk), {"username": "kari", "groups": [TOO_LARGE]}),
        (page_of(type(user), "change", user.pk), {"username": "kari", "groups": ["x", "\x00"]}),
    ]
    for address, sent in forms:
        with unchanged():
            answer = boss.post(address, sent)

        assert answer.status_code in (200, 400, 422)
