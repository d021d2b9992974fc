"""The permissions of every address, for every kind of user and every method. An address missing from the table fails.

A refused request writes nothing, and neither does a GET.
"""

import copy
import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from django.utils import timezone

from opportunities import merging
from opportunities.activities import reminders
from opportunities.customers.models import Competitor, Merge
from opportunities.editing.children import CHILDREN
from opportunities.imports import saved_mappings
from opportunities.models import BulkRun, Erasure, HandOver, Import, Passage, SavedMapping, SavedView
from opportunities.reports.every import REPORTS
from salesflow.users.models import COLLEAGUE, SALES_MANAGER, Absence, User
from tests.support import factories, imports
from tests.support.db_assertions import digests
from tests.support.factories import DAY, DEVELOP, NOW, UnitFactory, UserFactory, bulk_run_of, opportunity_in, reread
from tests.support.machine.names import POSTED
from tests.support.pages import PageClient

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

# Who may use an address: everyone, signed-in users, users with a role, users whose role does not only read, users who
# may see the opportunity, those of them who may edit it, and those of them who are managers.
OPEN, SIGNED_IN, ROLE, WRITE = "open", "signed in", "role", "write"
READ, OPPORTUNITY, MANAGER, SEES_ALL = "read", "opportunity", "manager", "sees all"
# Managers, of whom each sees other work; the manager who made the report; who may set the absence of the owner.
HANDING_OVER, HANDING_OVER_FROM, REPORT, ABSENCE = "handing over", "handing over from", "report", "absence"
OWN_RUN = "own run"  # the person who made the bulk run, or the import
IMPORT_SEEN = "import seen"  # the person who made the import, and those who see that person's work as managers
TARGETS, TARGETS_OF = "targets", "targets of"  # managers; those who see the owner's work
VIEW = "saved view"  # its owner and, because it is shared, managers who see all

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
    **dict.fromkeys(("set_theme", "set_start_page", "start"), SIGNED_IN),
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
    "find": ROLE,
    "opportunity_export": ROLE,
    "previous_opportunity": READ,
    "next_opportunity": READ,
    "news_seen": ROLE,
    "my_tasks": ROLE,
    "set_digest": ROLE,
    "make_calendar": ROLE,
    "end_calendar": ROLE,
    "calendar": OPEN,  # its address is secret
    "opportunity_list": ROLE,
    **dict.fromkeys(("board", "board_filters", "board_changes", "board_lane"), ROLE),
    **dict.fromkeys(("board_card", "board_move"), OPPORTUNITY),
    "opportunity_filters": ROLE,
    **dict.fromkeys(("saved_views", "saved_view_new", "view_choice", "view_columns", "pinned_views"), ROLE),
    **dict.fromkeys(("saved_view_edit", "saved_view_update", "saved_view_delete", "saved_view_restore"), VIEW),
    "opportunity_new": WRITE,
    **{f"{report.name}{part}": ROLE for report in REPORTS for part in ("", "_csv", "_filters")},
    "help_pages": ROLE,
    "help_stage": ROLE,
    "keys": ROLE,
    "picker": ROLE,
    "opportunity": READ,
    "opportunity_edit": OPPORTUNITY,
    "opportunity_copy": OPPORTUNITY,
    "opportunity_changed": READ,
    "opportunity_seen": READ,
    "who_sees": READ,
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
    "stakeholder_map": READ,
    "stakeholder_opportunities": READ,
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
    "attachment_download": READ,
    "attachment_preview": READ,
    "task_add": OPPORTUNITY,
    "task_edit": OPPORTUNITY,
    "task_remove": OPPORTUNITY,
    "task_done": OPPORTUNITY,
    **dict.fromkeys(("list_row", "list_cell"), OPPORTUNITY),
    "next_step": OPPORTUNITY,
    "next_step_plan": OPPORTUNITY,
    "next_step_done": OPPORTUNITY,
    "next_step_change": OPPORTUNITY,
    "next_step_postpone": OPPORTUNITY,
    "hand_over": HANDING_OVER,
    "hand_over_from": HANDING_OVER_FROM,
    "hand_over_report": REPORT,
    **dict.fromkeys(("bulk_run", "bulk_stop", "bulk_go_on", "bulk_put_back", "bulk_refused"), OWN_RUN),
    "bulk_runs": WRITE,
    **dict.fromkeys(("imports", "import_new", "import_template", "import_mappings"), WRITE),
    **dict.fromkeys(("import_discard", "import_reading", "import_columns", "import_values"), OWN_RUN),
    **dict.fromkeys(("import_history", "import_history_remove", "import_mapping", "import_preview"), OWN_RUN),
    **dict.fromkeys(("import_start", "import_stop", "import_go_on"), OWN_RUN),
    **dict.fromkeys(("import_refused", "import_ask", "import_undo"), OWN_RUN),
    **dict.fromkeys(("import_mapping_save", "import_mapping_use"), OWN_RUN),
    **dict.fromkeys(("import_mapping_page", "import_mapping_delete", "import_mapping_file"), OWN_RUN),
    **dict.fromkeys(("import_run", "import_approve", "import_decline"), IMPORT_SEEN),
    "hand_over_undo": REPORT,
    "sales_targets": TARGETS,
    **dict.fromkeys(("full_export", "full_export_download"), TARGETS),
    **dict.fromkeys(("person_targets", "unit_targets"), TARGETS_OF),
    "absences": WRITE,
    "absence_remove": ABSENCE,
    **{
        f"{noun}_{what}": ROLE
        for noun in ("account", "contact", "competitor")
        for what in ("list", "page", "page_history")
    },
    **{
        f"{noun}_{what}": WRITE
        for noun in ("account", "contact", "competitor")
        for what in ("new", "page_edit", "page_archive", "page_restore")
    },
    **dict.fromkeys(("account_merge", "contact_merge", "competitor_merge"), SEES_ALL),
    **dict.fromkeys(("likely_duplicates", "merge_page", "merge_undo"), SEES_ALL),
    **dict.fromkeys(("privacy", "person", "person_export", "person_erase"), SEES_ALL),
    **dict.fromkeys(("person_review", "passage_decide", "person_accept"), SEES_ALL),
}

MANAGERS = {"manager", "lead above", "lead beside", "manager of no unit"}
READERS = {"reader of the unit", "reader of another unit"}
FOR_MANAGERS = {"deputy of the lead above", "deputy of the manager"}
"""Salespeople who act for a manager today: they do so on opportunities, and nowhere else."""
DEPUTIES = {"deputy"} | FOR_MANAGERS
NO_DEPUTIES = {"deputy of last week", "deputy of next week", "deputy of the deputy"}
EDITORS = {"member", "rep", "manager", "lead above"}
WRITERS = {"colleague", "member", "rep"} | MANAGERS | DEPUTIES | NO_DEPUTIES

WHO_MAY = {
    OPEN: {"visitor", "stranger"} | WRITERS | READERS,
    SIGNED_IN: {"stranger"} | WRITERS | READERS,
    ROLE: WRITERS | READERS,
    WRITE: WRITERS,
    READ: EDITORS | DEPUTIES | {"reader of the unit"},
    OPPORTUNITY: EDITORS | DEPUTIES,
    MANAGER: EDITORS & MANAGERS | FOR_MANAGERS,
    HANDING_OVER: MANAGERS,
    HANDING_OVER_FROM: EDITORS & MANAGERS,
    TARGETS: MANAGERS,
    TARGETS_OF: EDITORS & MANAGERS,
    REPORT: {"manager"},
    OWN_RUN: {"rep"},
    IMPORT_SEEN: {"rep"} | EDITORS & MANAGERS | FOR_MANAGERS,
    ABSENCE: {"rep"} | EDITORS & MANAGERS,
    SEES_ALL: {"manager"},
    VIEW: {"rep", "manager"},
}

UNSEEN = "Ferries of the rep"
"""The name of the opportunity. No page shows it to a person who may not read it."""

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
OF_ALL = re.compile(r"admin:(users_|auth_user|stages_|admin_logentry|opportunities_(statusreason|mailtemplate))")
"""The pages of the admin for managers who see all opportunities."""


def test_every_address_is_in_the_table():
    assert set(OURS) == set(ADDRESSES)


@pytest.fixture(scope="module")
def member(module_db):
    return UserFactory(username="member")


@pytest.fixture(scope="module")
def rows(cast, member):
    """An opportunity in Develop with a row in each child table."""
    opportunity = opportunity_in(DEVELOP, owner=cast["rep"], name=UNSEEN)
    factories.add_competitor(opportunity)
    factories.add_team_member(opportunity, user=member)
    factories.write_note(opportunity)
    factories.write_mail(opportunity)
    factories.plan(opportunity)
    factories.file_debrief(opportunity)
    factories.present(opportunity)
    factories.add_preview(factories.upload(opportunity))
    reminders.make_calendar(cast["rep"])
    stays, goes = factories.CompetitorFactory(), factories.CompetitorFactory()
    merging.merge(Competitor, survivor=stays.pk, gone=goes.pk, by=cast["manager"], at=NOW)
    contact = factories.ContactFactory()
    erasure = Erasure.objects.create(contact=contact, at=factories.NOW, by=cast["rep"])
    run = imports.done(cast["rep"], imports.table(["A1", "", "", "", ""]))
    saved_mappings.remember(run, at=NOW, name="Old system")
    bulk_run_of(cast["rep"])
    HandOver.objects.create(giver=cast["rep"], taker=cast["colleague"], by=cast["manager"], at=NOW)
    SavedView.objects.create(owner=cast["rep"], name="Hot", query="rating=hot", sharing="all")
    Passage.objects.create(erasure=erasure, opportunity=opportunity, text="Text", digest="0" * 64)
    return opportunity


@pytest.fixture
def opportunity(rows):
    return reread(rows)


@pytest.fixture(scope="module")
def in_units(cast):
    """The users whose rights follow from units. The rep is in the unit Oslo, which is a part of Norway.

    The manager sees all, as every manager of the time before the first unit does.
    """
    leads = {name: UserFactory(role=SALES_MANAGER) for name in ("lead above", "lead beside")}
    norway = UnitFactory(name="Norway", lead=leads["lead above"])
    oslo, sweden = UnitFactory(name="Oslo", parent=norway), UnitFactory(name="Sweden", lead=leads["lead beside"])
    User.objects.filter(pk__in=[lead.pk for lead in leads.values()]).update(sees_all=False)
    User.objects.filter(pk=cast["rep"].pk).update(unit=oslo)
    return leads | {
        "manager of no unit": UserFactory(role=SALES_MANAGER),
        "reader of the unit": UserFactory(role=COLLEAGUE, unit=oslo),
        "reader of another unit": UserFactory(role=COLLEAGUE, unit=sweden),
    }


@pytest.fixture(scope="module")
def deputies(cast, in_units):
    """Salespeople who act for another person today and tomorrow, or did so last week, or will next week."""
    rep, manager, lead = cast["rep"], cast["manager"], in_units["lead above"]
    today = timezone.localdate()
    people = {name: UserFactory() for name in sorted(DEPUTIES | NO_DEPUTIES)}
    away = {
        "deputy": (rep, today - DAY, today + DAY),
        "deputy of the lead above": (lead, today, today + DAY),
        "deputy of the manager": (manager, today, today + DAY),
        "deputy of the deputy": (people["deputy"], today, today + DAY),
        "deputy of last week": (rep, today - 9 * DAY, today - 2 * DAY),
        "deputy of next week": (rep, today + 7 * DAY, today + 9 * DAY),
    }
    for name, (person, first, last) in away.items():
        days = {"first_day": first, "last_day": last}
        Absence.objects.create(person=person, deputy=people[name], set_by=manager, **days)
    return people


@pytest.fixture(scope="module")
def signed_in(cast, member, in_units, deputies):
    """The cookies of a browser of each user."""
    people = {**cast, "member": member, **in_units, **deputies}
    browsers = {name: PageClient() for name in people}
    for name, browser in browsers.items():
        browser.force_login(people[name])
    return {name: browser.cookies for name, browser in browsers.items()}


@pytest.fixture
def clients(signed_in, client):
    """A browser of each user. What a test does to its cookies and its session is undone after it."""
    browsers = {name: PageClient() for name in signed_in}
    for name, browser in browsers.items():
        browser.cookies = copy.deepcopy(signed_in[name])
    return {"visitor": client} | browsers


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
        "customer": customer_of(name, opportunity),
        "contact": Erasure.objects.get().contact_id,
        "passage": Passage.objects.get().pk,
        "uidb36": "1",
        "merge": Merge.objects.latest("pk").pk,
        "user": opportunity.owner_id,
        "person": opportunity.owner_id,
        "unit": opportunity.owner.unit_id,
        "key": reminders.calendar_key(reminders.of(opportunity.owner)) if name == "calendar" else "abc",
        "hand_over": HandOver.objects.values_list("pk", flat=True).first(),
        "name": "close",
        "run": (Import if name.startswith("import_") else BulkRun).objects.values_list("pk", flat=True).first(),
        "noun": "opportunities",
        "content": "empty",
        "absence": Absence.objects.filter(first_day__gt=timezone.localdate()).values_list("pk", flat=True).first() or 1,
        "view": SavedView.objects.get().pk,
        "saved": SavedMapping.objects.exclude(name="").values_list("pk", flat=True).first(),
        "row": next((row.pk for noun, row in rows.items() if name.startswith(noun)), 0),
    }
    wanted = EVERY[name].pattern.converters.keys() or EVERY[name].pattern.regex.groupindex.keys()
    query = "?name=account" if name == "picker" else ""
    return reverse(name, kwargs={key: given[key] for key in wanted}) + query


def customer_of(name, opportunity):
    """The account, contact or competitor of the opportunity that the name is about."""
    if name.startswith("competitor"):
        return opportunity.competitor_links.first().competitor_id
    return opportunity.account_id if name.startswith("account") else opportunity.contact_id


def is_refused(answer, who, kind):
    """Whether the response is a redirect to the sign-in page, a 403 for a missing role or one that reads, or a 404."""
    if who == "visitor":
        return answer.status_code == 302 and answer.url.startswith("/user/login/")
    is_for_writers = kind in (WRITE, HANDING_OVER, HANDING_OVER_FROM, REPORT, ABSENCE, OWN_RUN, IMPORT_SEEN)
    only_reads = kind not in (SEES_ALL, VIEW, TARGETS, TARGETS_OF) and (
        who == "reader of the unit" or (who in READERS and is_for_writers)
    )
    return answer.status_code == (403 if who == "stranger" or only_reads else 404)


@pytest.mark.parametrize("name", OURS)
def test_only_permitted_users_get_a_response_and_others_change_nothing(name, opportunity, clients):
    where, before, not_taken = address(name, opportunity), digests(), set()
    for who, client in clients.items():
        is_allowed = who in WHO_MAY[ADDRESSES[name]]
        for method in METHODS:
            if method in not_taken:  # it is refused before the request is read, so for everyone
                continue
            answer = getattr(client, method)(where)

            asked = f"{who} {method} {where}: {answer.status_code}"
            assert answer.status_code < 500, asked
            if answer.status_code == 405:
                not_taken.add(method)
                continue
            content = b"".join(answer) if answer.streaming else answer.content  # closes the file
            assert who in WHO_MAY[READ] or UNSEEN.encode() not in content, asked
            is_gone = (
                name.endswith("_remove") and is_allowed and answer.status_code == 404
            )  # an earlier request removed it
            is_gone = is_gone or (name in NOTHING_TO_SHOW and who != "visitor")
            if not is_gone:
                assert is_refused(answer, who, ADDRESSES[name]) != is_allowed or name in LEADS_AWAY, asked
            if is_allowed:
                after = digests()
                assert method != "get" or after == before, asked
                before = after
        assert is_allowed or digests() == before, f"{who} {where}"


def test_a_row_of_another_opportunity_is_not_found_at_any_address_of_this_one(cast, opportunity, client_of):
    """The same person may see both. A row of each kind: people, notes, tasks, files, debriefs and presentations."""
    own, client = factories.OpportunityFactory(owner=cast["rep"]), client_of(cast["rep"])
    names = [name for name in OURS if {"pk", "row"} <= EVERY[name].pattern.converters.keys()]
    nouns = {name.rpartition("_")[0] for name in names}
    assert nouns == {*CHILDREN}, nouns ^ {*CHILDREN}

    before, answers = digests(), {}
    for name in names:
        row = resolve(address(name, opportunity)).kwargs["row"]
        where = reverse(name, kwargs={"pk": own.pk, "row": row})
        answers[name] = client.get(where).status_code, client.post(where, {"version": own.version}).status_code

    only_read = {"attachment_download", "attachment_preview", "stakeholder_opportunities"}
    posts_only = {"task_done"}
    assert answers == {name: (405 if name in posts_only else 404, 405 if name in only_read else 404) for name in names}
    assert digests() == before


ONE_PERSON = "writes what belongs to one person, and no opportunity"
OF_CUSTOMERS = "the same views as competitor_new and competitor_page_edit, or an archive; in test_customers"
OF_SIGN_IN = "of allauth"
OF_IMPORTS = "of an import, in test_import_pages"
BESIDE_THE_MACHINE = {
    **dict.fromkeys(
        ("account_login", "account_logout", "account_change_password", "account_reauthenticate"), OF_SIGN_IN
    ),
    **dict.fromkeys(("account_reset_password", "account_reset_password_from_key"), OF_SIGN_IN),
    **dict.fromkeys(("mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp"), OF_SIGN_IN),
    "mfa_generate_recovery_codes": OF_SIGN_IN,
    **dict.fromkeys(("set_language", "set_theme", "set_start_page", "end_sessions"), ONE_PERSON),
    **dict.fromkeys(("view_choice", "view_columns"), ONE_PERSON),
    **dict.fromkeys(("saved_view_new", "saved_view_edit", "saved_view_update"), ONE_PERSON),
    **dict.fromkeys(("saved_view_delete", "saved_view_restore"), ONE_PERSON),
    **dict.fromkeys(("person_targets", "unit_targets"), "writes sales targets, and no opportunity"),
    **dict.fromkeys(("next_step_done", "next_step_change"), "writes as task_done, task_edit and next_step_plan"),
    **dict.fromkeys(("day_plan", "day_done", "day_postpone"), "the forms of the next step, on My day"),
    **dict.fromkeys(
        ("day_close_date", "day_answer", "day_advance", "day_finish", "day_resume"), "as on the opportunity"
    ),
    **dict.fromkeys(("bulk_stop", "bulk_go_on", "bulk_put_back"), "of a run, as bulk_run; in test_bulk_runs"),
    **dict.fromkeys(("import_new", "import_discard", "import_reading", "import_columns", "import_values"), OF_IMPORTS),
    **dict.fromkeys(("import_history", "import_history_remove", "import_start", "import_stop"), OF_IMPORTS),
    **dict.fromkeys(("import_go_on", "import_refused", "import_ask", "import_undo"), OF_IMPORTS),
    **dict.fromkeys(("import_approve", "import_decline"), OF_IMPORTS),
    **dict.fromkeys(("import_mapping_save", "import_mapping_use"), "of an import, in test_saved_mappings"),
    **dict.fromkeys(("import_mapping_page", "import_mapping_delete"), ONE_PERSON),
    **dict.fromkeys(("hand_over_from", "hand_over_report", "hand_over_undo"), "in test_handing_over"),
    **dict.fromkeys(("absences", "absence_remove"), "in test_absences"),
    **dict.fromkeys(
        ("opportunity_export", "full_export_download", "person_export", "bulk_refused"), "makes a file for the browser"
    ),
    **{f"{noun}_{act}": OF_CUSTOMERS for noun in ("account", "contact") for act in ("new", "page_edit")},
    **{f"{noun}_page_archive": OF_CUSTOMERS for noun in ("account", "contact", "competitor")},
    **{f"{noun}_page_restore": OF_CUSTOMERS for noun in ("account", "contact", "competitor")},
}
"""The addresses that take posts and are no operation of the HTTP state machine, with the reason."""


def test_every_address_that_takes_posts_is_an_operation_of_the_state_machine_or_named(cast, opportunity, clients):
    """The method is refused before anything else of the request is read."""
    takes_posts, addresses = set(), {name: address(name, opportunity) for name in OURS}
    for name, where in addresses.items():
        clients["manager"].force_login(cast["manager"])
        if clients["manager"].post(where).status_code != 405:
            takes_posts.add(name)

    operations = POSTED & set(OURS)  # the others are of the admin
    assert takes_posts - operations == set(BESIDE_THE_MACHINE)
    assert operations <= takes_posts


@pytest.mark.parametrize("name", OF_THE_ADMIN)
def test_the_admin_lets_in_managers_and_superusers_only(name, opportunity, clients):
    where, before = address_in_the_admin(name), digests()
    of_all = OF_ALL.match(name)
    for who in clients.keys() - (set() if of_all else MANAGERS) - {"manager"}:
        for method in ("get", "post"):
            answer = getattr(clients[who], method)(where)

            assert answer.status_code in (302, 403, 404), f"{who} {method} {where}: {answer.status_code}"
    assert digests() == before
    assert clients["manager"].get(where).status_code < 500
    assert clients["lead above"].get(where).status_code == 403 or not (of_all and name.endswith(("list", "add")))


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
