"""Invalid ids in addresses and forms of the admin. They get a response without a server error and change nothing."""

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.urls import reverse

from salesflow.users.models import SALES_MANAGER
from tests.support.db_assertions import unchanged
from tests.support.factories import OpportunityFactory, UserFactory, add_competitor, opportunity_in

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

TOO_LARGE = "9223372036854775808"
INVALID_IDS = [TOO_LARGE, "9_223_372_036_854_775_808", "9" * 5000, "x", "\x00", "-1"]
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
def test_a_page_with_an_invalid_id_is_no_server_error(boss, view):
    for model in models():
        for number in INVALID_IDS:
            address = page_of(model, view, number)
            answers = [boss.get(address), boss.post(address, {"post": "yes"})]

            said = {answer.status_code for answer in answers}
            assert said <= {302, 400, 403, 404}, f"{address[:80]}: {said}"


def test_a_list_with_a_too_large_number_is_no_server_error(boss):
    for model in models():
        page = site._registry[model]
        filters = [name for name in page.list_filter if isinstance(name, str)]
        asked = [f"{name}__exact" for name in filters] + [f"{name}__id__exact" for name in filters] + ["o", "p", "e"]
        for name in [*asked, "_to_field", "_popup", "all"]:
            for number in NUMBERS:
                answer = boss.get(page_of(model, "changelist"), {name: number})

                assert answer.status_code in (200, 302, 400), f"{model._meta.label} {name}={number[:30]}"


def test_an_invalid_filter_gives_a_warning_in_both_languages(boss):
    for language, words in (("en", "A filter was not understood"), ("nb", "Et filter ble ikke forstått")):
        boss.cookies["django_language"] = language

        answer = boss.get("/admin/stages/stage/", {"is_archived__exact": "x"}, follow=True)

        assert answer.status_code == 200
        assert words in answer.content.decode()


@pytest.mark.parametrize("chosen", INVALID_IDS)
@pytest.mark.parametrize(
    ("model", "action"), [("stages.Process", "use_for_new_opportunities"), ("opportunities.Opportunity", "advance")]
)
def test_an_action_on_an_invalid_id_changes_nothing(boss, model, action, chosen):
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
def test_autocomplete_with_an_invalid_query_is_no_server_error(boss, asked):
    of_a_contact = {"app_label": "customers", "model_name": "contact", "field_name": "account"}

    assert boss.get("/admin/autocomplete/", of_a_contact | asked).status_code in (200, 400, 404)


@pytest.mark.parametrize("row", ["1", TOO_LARGE, "x"])
@pytest.mark.parametrize("kind", ["1", TOO_LARGE, "x"])
def test_view_on_site_with_invalid_ids_is_no_server_error(boss, kind, row):
    assert boss.get(f"/admin/r/{kind}/{row}/").status_code in (302, 400, 404)


def test_a_form_with_invalid_ids_is_refused(boss):
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
