"""The permissions of every address, for every kind of user and every method. An address missing from the table fails.

A refused request writes nothing, and neither does a GET.
"""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from opportunities.activities import reminders
from opportunities.models import Erasure, Passage
from salesflow.users.models import SALES_MANAGER
from tests.support import factories
from tests.support.db_assertions import digests
from tests.support.factories import DEVELOP, UserFactory, opportunity_in, reread

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

# Who may use an address: everyone, signed-in users, users with a role, users who may see the opportunity, managers.
OPEN, SIGNED_IN, ROLE, OPPORTUNITY, MANAGER = "open", "signed in", "role", "opportunity", "manager"

ADDRESSES = {
    "healthz": OPEN,
    "account_login": OPEN,
    "account_logout": OPEN,  # a signed-out visitor is redirected
    "account_change_password": SIGNED_IN,
    "account_reset_password": OPEN,
    "account_reset_password_done": OPEN,
    "account_reset_password_from_key": OPEN,
    "account_reset_password_from_key_done": OPEN,
    **dict.fromkeys(("account_reauthenticate", "mfa_reauthenticate", "mfa_index"), SIGNED_IN),
    **dict.fromkeys(("mfa_activate_totp", "mfa_generate_recovery_codes"), SIGNED_IN),
    **dict.fromkeys(("mfa_deactivate_totp", "mfa_view_recovery_codes"), SIGNED_IN),
    "mfa_authenticate": OPEN,  # without a password before it, it leads to the sign-in page
    **dict.fromkeys(("user_sessions", "end_sessions"), SIGNED_IN),
    "set_language": OPEN,
    "set_theme": SIGNED_IN,
    "my_day": ROLE,
    "my_day_row": OPPORTUNITY,
    "day_plan": OPPORTUNITY,
    "day_done": OPPORTUNITY,
    "day_postpone": OPPORTUNITY,
    "day_close_date": OPPORTUNITY,
    "day_answer": OPPORTUNITY,
    "day_advance": OPPORTUNITY,
    "day_finish": OPPORTUNITY,
    "day_resume": OPPORTUNITY,
    "news": ROLE,
    "news_seen": ROLE,
    "my_tasks": ROLE,
    "set_digest": ROLE,
    "make_calendar": ROLE,
    "end_calendar": ROLE,
    "calendar": OPEN,  # its address is secret
    "opportunity_list": ROLE,
    "opportunity_new": ROLE,
    "funnel": ROLE,
    "help_pages": ROLE,
    "help_stage": ROLE,
    "keys": ROLE,
    "picker": ROLE,
    "opportunity": OPPORTUNITY,
    "opportunity_edit": OPPORTUNITY,
    "opportunity_copy": OPPORTUNITY,
    "opportunity_changed": OPPORTUNITY,
    "opportunity_seen": OPPORTUNITY,
    "save": OPPORTUNITY,
    "answer": OPPORTUNITY,
    "add_evidence": OPPORTUNITY,
    "advance": OPPORTUNITY,
    "jump": OPPORTUNITY,
    "go_back": OPPORTUNITY,
    "finish": OPPORTUNITY,
    "close": OPPORTUNITY,
    "close_as_won": OPPORTUNITY,
    "close_as_lost": OPPORTUNITY,
    "reopen": OPPORTUNITY,
    "hold": OPPORTUNITY,
    "resume": OPPORTUNITY,
    "ask_manager": OPPORTUNITY,
    "close_request": MANAGER,
    "approve_close_request": MANAGER,
    "take_back_close_request": OPPORTUNITY,
    "waive": MANAGER,
    "decline_close_request": MANAGER,
    "ask_for_waiver": OPPORTUNITY,
    "take_back_waiver_request": OPPORTUNITY,
    "approve_waiver_request": MANAGER,
    "decline_waiver_request": MANAGER,
    "withdraw_waiver": MANAGER,
    "stakeholder_add": OPPORTUNITY,
    "stakeholder_edit": OPPORTUNITY,
    "stakeholder_remove": OPPORTUNITY,
    "stakeholder_map": OPPORTUNITY,
    "stakeholder_opportunities": OPPORTUNITY,
    "competitor_add": OPPORTUNITY,
    "no_known_competitors": OPPORTUNITY,
    "competitor_edit": OPPORTUNITY,
    "competitor_remove": OPPORTUNITY,
    "team_member_add": OPPORTUNITY,
    "sell_alone": OPPORTUNITY,
    "team_member_edit": OPPORTUNITY,
    "team_member_remove": OPPORTUNITY,
    "mail_write": OPPORTUNITY,
    "mail_write_for": OPPORTUNITY,
    "note_add": OPPORTUNITY,
    "note_edit": OPPORTUNITY,
    "note_remove": OPPORTUNITY,
    "note_pin": OPPORTUNITY,
    **dict.fromkeys(("debrief_add", "debrief_edit", "debrief_remove"), OPPORTUNITY),
    **dict.fromkeys(("presentation_add", "presentation_edit", "presentation_remove"), OPPORTUNITY),
    "attachment_add": OPPORTUNITY,
    "attachment_edit": OPPORTUNITY,
    "attachment_remove": OPPORTUNITY,
    "attachment_version": OPPORTUNITY,
    "attachment_download": OPPORTUNITY,
    "attachment_preview": OPPORTUNITY,
    "task_add": OPPORTUNITY,
    "task_edit": OPPORTUNITY,
    "task_remove": OPPORTUNITY,
    "task_done": OPPORTUNITY,
    "next_step": OPPORTUNITY,
    "next_step_plan": OPPORTUNITY,
    "next_step_done": OPPORTUNITY,
    "next_step_change": OPPORTUNITY,
    "next_step_postpone": OPPORTUNITY,
    **dict.fromkeys(("privacy", "person", "person_export", "person_erase"), MANAGER),
    **dict.fromkeys(("person_review", "passage_decide", "person_accept"), MANAGER),
    "competitor_list": ROLE,
    "competitor_new": ROLE,
    "competitor_page": ROLE,
    "competitor_page_edit": ROLE,
}

WHO_MAY = {
    OPEN: {"visitor", "stranger", "colleague", "member", "rep", "manager"},
    SIGNED_IN: {"stranger", "colleague", "member", "rep", "manager"},
    ROLE: {"colleague", "member", "rep", "manager"},
    OPPORTUNITY: {"member", "rep", "manager"},
    MANAGER: {"manager"},
}

METHODS = ("get", "post", "delete")
LEADS_AWAY = ("account_logout", "mfa_authenticate")
NOTHING_TO_SHOW = {"mfa_deactivate_totp", "mfa_view_recovery_codes"}  # without a second factor


def named(resolver, within=""):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from named(pattern, f"{within}{pattern.namespace}:" if pattern.namespace else within)
        elif isinstance(pattern, URLPattern):
            yield f"{within}{pattern.name}", pattern


EVERY = dict(named(get_resolver()))
OURS = sorted(name for name in EVERY if not name.startswith("admin:"))
OF_THE_ADMIN = sorted(name for name in EVERY if name.startswith("admin:"))


def test_every_address_is_in_the_table():
    assert set(OURS) == set(ADDRESSES)


@pytest.fixture(scope="module")
def member(module_db):
    return UserFactory(username="member")


@pytest.fixture(scope="module")
def rows(cast, member):
    """An opportunity in Develop with a row in each child table."""
    opportunity = opportunity_in(DEVELOP, owner=cast["rep"])
    factories.add_competitor(opportunity)
    factories.add_team_member(opportunity, user=member)
    factories.write_note(opportunity)
    factories.write_mail(opportunity)
    factories.plan(opportunity)
    factories.file_debrief(opportunity)
    factories.present(opportunity)
    factories.add_preview(factories.upload(opportunity))
    reminders.make_calendar(cast["rep"])
    contact = factories.ContactFactory()
    erasure = Erasure.objects.create(contact=contact, at=factories.NOW, by=cast["rep"])
    Passage.objects.create(erasure=erasure, opportunity=opportunity, text="Text", digest="0" * 64)
    return opportunity


@pytest.fixture
def opportunity(rows):
    return reread(rows)


@pytest.fixture
def clients(cast, member, client, client_of):
    return {"visitor": client} | {name: client_of(user) for name, user in {**cast, "member": member}.items()}


def address(name, opportunity):
    rows = {
        "stakeholder": opportunity.stakeholders.first(),
        "competitor": opportunity.competitor_links.first(),
        "team": opportunity.team_members.first(),
        "note": opportunity.notes.first(),
        "task": opportunity.tasks.first(),
        "attachment": opportunity.attachments.first(),
        "debrief": opportunity.debriefs.first(),
        "presentation": opportunity.presentations.first(),
    }
    given = {
        "pk": opportunity.pk,
        "step": factories.step("thank_you_sent" if name == "mail_write_for" else "customer_need").pk,
        "process": opportunity.active_stage.process_id,
        "stage": opportunity.active_stage_id,
        "what": "account",
        "competitor": opportunity.competitor_links.first().competitor_id,
        "contact": Erasure.objects.get().contact_id,
        "passage": Passage.objects.get().pk,
        "uidb36": "1",
        "user": opportunity.owner_id,
        "key": reminders.calendar_key(reminders.of(opportunity.owner)) if name == "calendar" else "abc",
        "row": next((row.pk for noun, row in rows.items() if name.startswith(noun)), 0),
    }
    wanted = EVERY[name].pattern.converters.keys() or EVERY[name].pattern.regex.groupindex.keys()
    query = "?name=account" if name == "picker" else ""
    return reverse(name, kwargs={key: given[key] for key in wanted}) + query


def is_refused(answer, who):
    """Whether the response is a redirect to the sign-in page, a 403 for a missing role, or a 404."""
    if who == "visitor":
        return answer.status_code == 302 and answer.url.startswith("/user/login/")
    return answer.status_code == (403 if who == "stranger" else 404)


@pytest.mark.parametrize("name", OURS)
def test_only_permitted_users_get_a_response_and_others_change_nothing(name, opportunity, clients):
    where, before = address(name, opportunity), digests()
    for who, client in clients.items():
        for method in METHODS:
            answer = getattr(client, method)(where)

            is_allowed = who in WHO_MAY[ADDRESSES[name]]
            asked = f"{who} {method} {where}: {answer.status_code}"
            assert answer.status_code < 500, asked
            if answer.streaming:
                b"".join(answer)  # closes the file
            is_gone = (
                name.endswith("_remove") and is_allowed and answer.status_code == 404
            )  # an earlier request removed it
            is_gone = is_gone or (name in NOTHING_TO_SHOW and who != "visitor")
            if answer.status_code != 405 and not is_gone:
                assert is_refused(answer, who) != is_allowed or name in LEADS_AWAY, asked
            after = digests()
            if method == "get" or not is_allowed:
                assert after == before, asked
            before = after


@pytest.mark.parametrize("name", OF_THE_ADMIN)
def test_the_admin_lets_in_managers_and_superusers_only(name, opportunity, clients):
    where, before = address_in_the_admin(name), digests()
    for who in ("visitor", "stranger", "colleague", "member", "rep"):
        for method in ("get", "post"):
            answer = getattr(clients[who], method)(where)

            assert answer.status_code in (302, 403, 404), f"{who} {method} {where}: {answer.status_code}"
    assert digests() == before
    assert clients["manager"].get(where).status_code < 500


def address_in_the_admin(name):
    if name == "admin:None":  # the catch-all of the admin
        return "/admin/elsewhere/"
    pattern = EVERY[name].pattern
    named_groups = pattern.regex.groupindex.keys()
    if "app_label" in named_groups:
        return reverse(name, kwargs={"app_label": "stages"})
    if named_groups:
        return reverse(name, kwargs=dict.fromkeys(named_groups, 1))
    return reverse(name, args=[1] * pattern.regex.groups)


def test_a_superuser_without_a_role_can_see_an_opportunity(opportunity, client_of):
    boss = client_of(UserFactory(role=None, is_superuser=True, is_staff=True))

    assert boss.get(opportunity.get_absolute_url()).status_code == 200


def test_a_disabled_user_is_signed_out(opportunity, client_of):
    manager = UserFactory(role=SALES_MANAGER)
    client = client_of(manager)
    manager.is_active = False
    manager.save()

    assert client.get(opportunity.get_absolute_url()).status_code == 302
    assert SALES_MANAGER in manager.roles
