"""Attacks: each request is refused with a response and writes nothing."""

import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.urls import reverse

from opportunities.models import Opportunity
from salesflow import once, wsgi
from salesflow.users.models import User
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    PASSWORD,
    QUALIFY,
    STAGES,
    TODAY,
    OpportunityFactory,
    UserFactory,
    add_stakeholder,
    add_team_member,
    fill,
    opportunity_in,
    ready_opportunity,
    reason,
    reread,
    stage,
    step,
    unmet,
)
from tests.support.pages import FORM, drawn_for, post_drawn

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

# Charsets -------------------------------------------------------------------------------------------------------------


CHARSETS = ["utf-7", "raw_unicode_escape", "hex", "idna", "undefined", "latin-1", "nowhere", "a\0b"]


def answer_to(content_type):
    """The status of the whole application for a post of that type. Without a token the page itself gives 403."""
    said, request = [], RequestFactory().post("/user/login/", "login=rep", content_type=FORM)
    environ = request.environ | {"CONTENT_TYPE": content_type}
    answer = wsgi.application(environ, lambda status, headers, fault=None: said.append(status[:3]))
    answer.close()
    return said[0]


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=X", FORM])
def test_a_request_in_another_charset_is_a_bad_request(kind, charset):
    assert answer_to(f"{kind}; charset={charset}") == "400"


@pytest.mark.parametrize("address", ["http://[", "//[", "http%3A%2F%2F%E2%84%80.com", "http://127.0.0.1:8471]/"])
def test_an_address_of_htmx_that_is_none_is_a_bad_request_before_anything_is_written(rep, client_of, address):
    opportunity = OpportunityFactory(owner=rep, next_step="Call", next_step_due=TODAY)
    client = client_of(rep)
    given = {"HX-Request": "true", "HX-Current-URL": address, "HX-Current-URL-URI-AutoEncoded": "true"}

    with unchanged():
        for url in (opportunity.get_absolute_url(), reverse("next_step", args=[opportunity.pk])):
            assert client.get(url, headers=given).status_code == 400
        plan = reverse("next_step_plan", args=[opportunity.pk])
        assert client.post(plan, {"text": "Write", "when": ""}, headers=given).status_code == 400


@pytest.mark.parametrize("named", ["", "; charset=utf-8", '; charset="UTF-8"', "; charset=utf8", "; boundary=X"])
def test_every_spelling_of_utf_8_is_accepted(named):
    assert answer_to(f"{FORM}{named}") == "403"


# Signing in -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def sign_in(client):
    def submit(login, password=PASSWORD, **how):
        return client.post("/user/login/", {"login": login, "password": password}, **how)

    return submit


def test_a_very_long_user_name_is_an_unknown_one(rep, sign_in):
    too_long, unknown = sign_in("a" * 100_000), sign_in("nobody")

    assert too_long.context["form"].errors == unknown.context["form"].errors


@pytest.mark.parametrize("other", [{"headers": {"host": "localhost:81"}}, {"login": "ſolo"}, {"login": "SOLO "}])
def test_an_account_is_throttled_across_hosts_and_spellings_of_the_name(client, sign_in, other):
    UserFactory(username="solo")
    for _ in range(5):
        sign_in("solo", "wrong")

    sign_in(**{"login": "solo"} | other)

    assert "_auth_user_id" not in client.session


# Long entries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("edit", {"name": "Fleet", "probability": " " * 100_000 + "x"}),
        ("edit", {"name": "Fleet", "account-find": "a" + "\u0315\u0300" * 100_000, "account-asked": "b"}),
        ("competitors/add", {"add-competitor-find": "\ufdfa" * 200_000, "add-competitor-asked": "b", "find": "x"}),
    ],
)
def test_a_long_entry_is_answered_within_five_seconds(rep, client_of, page, sent):
    opportunity = OpportunityFactory(owner=rep)
    client = client_of(rep)

    with unchanged():
        began = time.monotonic()
        answer = client.post(f"{opportunity.get_absolute_url()}{page}/", {"version": opportunity.version, **sent})

    assert answer.status_code in (200, 422)
    assert time.monotonic() - began < 5


# The admin ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        "created_at__year=99999999",
        "created_at__year__exact=0",
        "name__regex=(",
        "name__regex=(a%2B)%2B$",
        "name__range=1",
        "owner__in=9223372036854775808",
        "owner__password__startswith=p",
    ],
)
def test_an_admin_list_refuses_filters_that_it_does_not_offer(manager, client_of, asked):
    assert client_of(manager).get(f"/admin/opportunities/opportunity/?{asked}").status_code == 400


@pytest.mark.parametrize(
    "asked", ["status__exact=open", "active_stage__id__exact=1", "is_on_hold__exact=0", "q=a", "p=1"]
)
def test_an_admin_list_accepts_the_filters_that_it_offers(manager, client_of, asked):
    OpportunityFactory(owner=manager)

    assert client_of(manager).get(f"/admin/opportunities/opportunity/?{asked}").status_code == 200


def test_the_password_page_of_the_admin_redirects_to_the_throttled_page(manager, client_of):
    assert client_of(manager).get("/admin/password_change/")["Location"] == "/user/password/change/"


def test_an_uploaded_file_is_not_kept(rep, client_of):
    file = SimpleUploadedFile("contract.pdf", b"x" * 3_000_000)

    answer = client_of(rep).post("/opportunities/new/", {"name": "Sensors", "file": file})

    assert answer.status_code == 303
    assert not answer.wsgi_request.FILES
    assert max(handler.chunk_size for handler in answer.wsgi_request.upload_handlers) <= 2**16


def post_multipart(client, name, value, field=b"name"):
    token = once.new_token().encode()
    parts = [(b"token", token), (field, name), (b"description", value)]
    head = b'--X\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    body = b"".join(head % part for part in parts) + b"--X--\r\n"
    return client.generic("POST", "/opportunities/new/", body, content_type="multipart/form-data; boundary=X")


@pytest.mark.parametrize("value", [b"Multi\xff\xfe", b"\xc3", b"\xed\xa0\x80"])
def test_invalid_bytes_in_a_multipart_form_are_refused(rep, client_of, value):
    client = client_of(rep)

    with unchanged():
        answers = [post_multipart(client, value, b""), post_multipart(client, b"Sensors", value)]

    assert [answer.status_code for answer in answers] == [400, 400]


@pytest.mark.parametrize("name", ["Sensors \ufffd", "Måler på Ås", "\U0001f6a2"])
def test_any_text_in_a_multipart_form_is_accepted(rep, client_of, name):
    answer = post_multipart(client_of(rep), name.encode(), b"")

    assert answer.status_code == 303
    assert Opportunity.objects.get().name == name


def test_an_uploaded_file_may_contain_any_bytes(rep, client_of):
    file = SimpleUploadedFile("contract.pdf", b"\xff\xfe")

    assert client_of(rep).post("/opportunities/new/", {"name": "Sensors", "file": file}).status_code == 303


# Moves ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("invisible", ["\u3164", "\u2800\uffa0", "\u0301", "\ufe0f", "\u200b \u00ad"])
def test_an_invisible_answer_does_not_open_the_gate(rep, client_of, invisible):
    opportunity = fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["customer_need"])
    client, here = client_of(rep), stage(DEVELOP).pk
    sent = {"stage": here, "version": opportunity.version, "customer_need": invisible, **drawn_for(opportunity)}

    answer = client.post(f"{opportunity.get_absolute_url()}advance/", sent)

    assert answer.status_code == 422
    assert reread(opportunity).active_stage_id == here


@pytest.mark.parametrize("invisible", ["\u200b", "\u3164", "\u0301"])
def test_an_account_with_an_invisible_name_is_not_created(rep, client_of, invisible):
    client = client_of(rep)
    sent = {"name": "Fleet", "account": "new", "account-find": invisible, "account-asked": invisible}

    with unchanged():
        answer = client.post("/opportunities/new/", sent)

    assert answer.status_code == 422


@pytest.mark.parametrize("move", ["advance", "finish", "back", "jump"])
def test_a_move_from_an_unknown_stage_moves_nothing(rep, client_of, move):
    opportunity, client = ready_opportunity(DEVELOP, owner=rep), client_of(rep)

    with unchanged():
        sent = drawn_for(opportunity) | {
            "from_stage": 2**63 - 1,
            "stage": stage(CLOSE).pk,
            "version": opportunity.version,
        }
        answer = client.post(f"{opportunity.get_absolute_url()}{move}/", sent)

    assert answer.status_code == 409


@pytest.mark.parametrize("move", ["save", "advance", "jump", "back"])
def test_the_panel_of_an_unknown_stage_saves_nothing(rep, client_of, move):
    opportunity, client = ready_opportunity(DEVELOP, owner=rep), client_of(rep)

    with unchanged():
        sent = drawn_for(opportunity) | {"stage": 2**63 - 1, "customer_need": "Lorries"}
        answer = client.post(f"{opportunity.get_absolute_url()}{move}/", sent)

    assert answer.status_code == 409


def test_waivers_for_a_loss_do_not_count_after_reopening(rep, manager, client_of):
    opportunity = OpportunityFactory(owner=rep)
    first, last = stage(QUALIFY).pk, stage(CLOSE).pk
    to_lose = {"reason": reason("canceled").pk, "closed_on": TODAY, "waive": "1", "waive_because": "Bankrupt"}
    missing = " ".join(str(step(field).pk) for field in unmet(opportunity, *STAGES))
    client_of(manager).post(
        f"{opportunity.get_absolute_url()}close/lost/", drawn_for(opportunity) | to_lose | {"missing": missing}
    )
    assert reread(opportunity).is_lost
    client = client_of(rep)
    client.post(
        f"{opportunity.get_absolute_url()}reopen/",
        drawn_for(opportunity) | {"reason": "They are back.", "to_stage": first},
    )
    assert reread(opportunity).is_open

    client.post(f"{opportunity.get_absolute_url()}jump/", drawn_for(opportunity) | {"stage": last})
    to_win = drawn_for(opportunity) | {"actual_revenue": "1000000", "closed_on": TODAY}
    client.post(f"{opportunity.get_absolute_url()}close/won/", to_win)

    assert not reread(opportunity).is_won
    assert reread(opportunity).active_stage_id == first


# Forged posts ---------------------------------------------------------------------------------------------------------

FILLED_BY_MOVES = {
    "status": "won",
    "actual_revenue": "1",
    "closed_on": "2026-03-02",
    "is_finished": "on",
    "is_ready": "on",
    "active_stage": "4",
    "pipeline_phase": "4",
    "steps_met": "9",
    "created_by": "1",
    "is_superuser": "on",
}

CHOSEN = {"rating": "warm", "forecast_category": "pipeline"}  # required fields of the form, unchanged

CURRENT_PAGE = {
    "from_stage": "{stage}",
    "page_version": "{version}",
}  # the hidden fields of a page that is rendered now

# The user, the address below an opportunity of the rep, and the posted fields. The member is on its team.
FORGED = [
    ("colleague", "edit/", {"name": "Mine now", "version": "1"}),
    ("colleague", "save/", {"stage": "2", "customer_need": "x"}),
    ("colleague", "advance/", CURRENT_PAGE),
    ("colleague", "close/lost/", {"from_stage": "2", "reason": "4", "closed_on": "2026-03-02", "waive": "1"}),
    ("colleague", "team/add/", {"add-user": "{colleague}", "add-role": "account_manager"}),
    ("colleague", "stakeholders/{stake}/remove/", {}),
    ("member", "edit/", {"owner": "{member}", "version": "{version}", **CHOSEN, "name": "{name}"}),
    ("member", "team/add/", {"add-user": "{colleague}", "add-role": "account_manager"}),
    ("member", "team/{membership}/remove/", {}),
    ("member", "team/alone/", {}),
    ("member", "save/", {"stage": "{stage}", "version": "{version}", "also": "sell_alone"}),
    ("rep", "advance/", CURRENT_PAGE | FILLED_BY_MOVES),
    ("rep", "finish/", CURRENT_PAGE | FILLED_BY_MOVES),
    ("rep", "jump/", {**CURRENT_PAGE, "stage": "{last}", "to_stage": "{last}"}),
    ("rep", "jump/", {**CURRENT_PAGE, "stage": "{last}", "from_stage": "{last}"}),
    ("rep", "back/", {**CURRENT_PAGE, "stage": "{last}", "to_stage": "{last}"}),
    ("rep", "close/won/", {**CURRENT_PAGE, "actual_revenue": "1", "closed_on": "2026-03-02"}),
    ("rep", "close/won/", {**CURRENT_PAGE, "from_stage": "{last}", "actual_revenue": "1", "closed_on": "2026-03-02"}),
    ("rep", "close/lost/", {**CURRENT_PAGE, "reason": "{lost}", "closed_on": "2026-03-02"}),
    (
        "rep",
        "close/lost/",
        {
            **CURRENT_PAGE,
            "reason": "{lost}",
            "closed_on": "2026-03-02",
            "waive": "1",
            "missing": "{step}",
            "waive_because": "x",
        },
    ),
    ("rep", "waive/{step}/", {**CURRENT_PAGE, "reason": "x"}),
    ("rep", "decline/", {**CURRENT_PAGE, "missing": "none", "answer": "x"}),
    ("rep", "request/approve/", {**CURRENT_PAGE, "missing": "{step}", "waive_because": "x"}),
    ("rep", "request/take-back/", CURRENT_PAGE),
    ("colleague", "request/take-back/", CURRENT_PAGE),
    ("colleague", "close/lost/", {**CURRENT_PAGE, "reason": "{lost}", "closed_on": "2026-03-02", "ask": "1"}),
    ("rep", "reopen/", {**CURRENT_PAGE, "reason": "x", "to_stage": "{last}"}),
    ("rep", "edit/", {"version": "{version}", "name": "{name}", **CHOSEN, **FILLED_BY_MOVES}),
    ("rep", "edit/", {"version": "{version}", "name": "{name}", **CHOSEN, "forecast_category": "won"}),
    ("rep", "edit/", {"version": "{version}", "name": "{name}", **CHOSEN, "probability": "101"}),
    ("rep", "edit/", {"version": "{version}", "name": "{name}", **CHOSEN, "owner": "{stranger}"}),
    ("rep", "edit/", {"version": "{version}", "name": "{name}", **CHOSEN, "owner": "9223372036854775808"}),
    ("rep", "save/", {"stage": "{stage}", "version": "{version}", "competitors_identified": "on", "contact": "0"}),
    ("rep", "save/", {"stage": "{first}", "version": "{version}", "purchase_timeframe": ""}),
    ("rep", "save/", {"stage": "{first}", "version": "{version}", "contact": ""}),
    ("rep", "team/add/", {"add-user": "{stranger}", "add-role": "account_manager"}),
    ("rep", "stakeholders/{foreign}/", {"roles": "champion"}),
    ("rep", "stakeholders/{foreign}/remove/", {}),
    ("rep", "stakeholders/{stake}/remove/", {"version": "0"}),
    ("rep", "competitors/none/", {"no_known_competitors": ["on", "off"]}),
    ("manager", "advance/", CURRENT_PAGE),
    ("manager", "close/won/", {**CURRENT_PAGE, "actual_revenue": "1", "closed_on": "2026-03-02"}),
    (
        "manager",
        "close/lost/",
        {
            **CURRENT_PAGE,
            "reason": "{lost}",
            "closed_on": "2026-03-02",
            "waive": "1",
            "missing": "{step}",
            "waive_because": " ",
        },
    ),
    ("manager", "waive/{optional}/", {**CURRENT_PAGE, "reason": "x"}),
]


@pytest.fixture
def users_by_name(rep, colleague, manager, stranger):
    return {"rep": rep, "colleague": colleague, "manager": manager, "stranger": stranger, "member": UserFactory()}


@pytest.fixture
def opportunity(users_by_name):
    """An opportunity in Develop. Qualify is met, Develop is not."""
    opportunity = opportunity_in(DEVELOP, owner=users_by_name["rep"])
    add_team_member(opportunity, user=users_by_name["member"])
    return reread(opportunity)


@pytest.fixture
def ids(users_by_name, opportunity):
    of_another = add_stakeholder(OpportunityFactory(owner=users_by_name["colleague"]))
    return {name: user.pk for name, user in users_by_name.items()} | {
        "name": opportunity.name,
        "version": opportunity.version,
        "first": stage(QUALIFY).pk,
        "stage": stage(DEVELOP).pk,
        "last": stage(CLOSE).pk,
        "lost": reason("canceled").pk,
        "step": step("customer_need").pk,
        "optional": 2**63 - 1,
        "stake": opportunity.stakeholders.get(contact=opportunity.contact).pk,
        "membership": opportunity.team_members.get(user=users_by_name["member"]).pk,
        "foreign": of_another.pk,
    }


@pytest.mark.parametrize(("who", "where", "sent"), FORGED)
def test_a_forged_post_changes_nothing(opportunity, ids, users_by_name, client_of, who, where, sent):
    client = client_of(users_by_name[who])
    filled_in = {name: value if isinstance(value, list) else value.format(**ids) for name, value in sent.items()}

    with unchanged():
        answer = client.post(f"{opportunity.get_absolute_url()}{where.format(**ids)}", filled_in)

    assert answer.status_code in (303, 400, 404, 409, 422)  # 303: what it should not say was not heard


# What a manager may not in the admin ----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["change/", "password/", "delete/", "history/"])
def test_a_manager_cannot_open_or_change_a_superuser_in_the_admin(manager, client_of, page):
    boss = UserFactory(role=None, is_superuser=True)
    client = client_of(manager)
    sent = {"username": "boss", "password1": PASSWORD, "password2": PASSWORD, "is_active": "", "post": "yes"}

    with unchanged():
        answers = [ask(f"/admin/users/user/{boss.pk}/{page}", sent) for ask in (client.get, client.post)]

    assert {answer.status_code for answer in answers} <= {302, 403, 404}


def test_a_manager_cannot_make_a_superuser(manager, rep, client_of):
    powers = {"is_superuser": "on", "is_staff": "on", "user_permissions": "1", "_saveasnew": "1"}
    client = client_of(manager)

    client.post(f"/admin/users/user/{manager.pk}/change/", as_form(manager) | powers)
    page = f"/admin/users/user/{rep.pk}/change/"
    post_drawn(client, page, as_form(rep) | {"is_superuser": "on", "user_permissions": "1"})
    client.post("/admin/users/user/add/", {"username": "new", "usable_password": "false", "theme": "system"} | powers)

    assert not User.objects.filter(is_superuser=True).exists()
    assert not User.objects.filter(user_permissions__isnull=False).exists()


def as_form(user):
    names = ("username", "first_name", "last_name", "email", "language", "theme")
    return {name: getattr(user, name) for name in names} | {"is_active": "on"}


INLINES = ("stakeholders", "competitor_links", "team_members", "notes", "tasks", "attachments")
NO_ROWS = {f"{rows}-{count}_FORMS": "0" for rows in INLINES for count in ("TOTAL", "INITIAL")}


def test_a_valid_form_of_the_admin_is_accepted(opportunity, manager, client_of):
    answer = post_in_the_admin(client_of(manager), opportunity, {"name": "Another name"})

    assert answer.status_code == 302
    assert reread(opportunity).name == "Another name"


def post_in_the_admin(client, opportunity, changes):
    """The opportunity's own form, with changes."""
    address = f"/admin/opportunities/opportunity/{opportunity.pk}/change/"
    asked = client.get(address).context["adminform"].form
    sent = {name: asked[name].value() for name in asked.fields if asked[name].value() not in (None, False)}
    return client.post(address, sent | NO_ROWS | changes)


@pytest.mark.parametrize(
    "forged",
    [
        FILLED_BY_MOVES,
        {"forecast_category": "won"},
        {"purchase_timeframe": ""},
        {"competitors_identified": "on"},
        {"seen_version": "", "name": "Without a version"},
        {"stakeholders-TOTAL_FORMS": "1", "stakeholders-INITIAL_FORMS": "1", "stakeholders-0-id": "{foreign}"},
        {"stakeholders-TOTAL_FORMS": "99999", "stakeholders-INITIAL_FORMS": "99999"},
        {"team_members-TOTAL_FORMS": "1", "team_members-0-user": "{stranger}", "team_members-0-role": "delivery"},
        {"_saveasnew": "1", "name": "A copy"},
    ],
)
def test_a_forged_admin_form_of_an_opportunity_changes_nothing(opportunity, ids, manager, client_of, forged):
    client = client_of(manager)

    with unchanged():
        answer = post_in_the_admin(client, opportunity, {name: value.format(**ids) for name, value in forged.items()})

    assert answer.status_code in (302, 400, 403, 422)
