"""What `manage.py demo` makes: sixty opportunities with believable histories."""

import datetime
import io
import itertools
from collections import Counter
from decimal import Decimal

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from opportunities.activities import news
from opportunities.customers.models import Account, Competitor, Contact
from opportunities.demo import bulk, staff, users
from opportunities.models import (
    Attachment,
    AttachmentPreview,
    Attitude,
    Closing,
    Debrief,
    Event,
    Influence,
    LastLook,
    Note,
    Opportunity,
    OpportunityCompetitor,
    OpportunityMail,
    Presentation,
    Reminders,
    StageVisit,
    Stakeholder,
    Task,
    Waiver,
    write_guard,
)
from opportunities.previews import draw_in_subprocess
from opportunities.verify import run as verification
from salesflow import private_files
from salesflow.users.models import COLLEAGUE, ROLES, SALES_MANAGER, SALESPERSON, Unit, User
from stages.models import Step
from tests.support.db_assertions import unchanged
from tests.support.factories import NOW, PASSWORD, STAGES, UserFactory

pytestmark = pytest.mark.demo

MONTHS = datetime.timedelta(days=30)


def run(*options):
    printed = io.StringIO()
    call_command("demo", *options, stdout=printed)
    return printed.getvalue()


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """Makes the demo once for all tests of this module. The value is what the command printed."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    files = settings.STORAGES["attachments"] | {"OPTIONS": {"location": tmp_path_factory.mktemp("demo")}}
    changed = override_settings(PASSWORD_HASHERS=hashers, STORAGES=settings.STORAGES | {"attachments": files})
    with django_db_blocker.unblock(), changed, transaction.atomic():
        yield run()
        transaction.set_rollback(True)


def opportunities(**which):
    return Opportunity.objects.filter(**which)


# What it makes


def test_the_demo_has_sixty_opportunities_and_seven_users(demo, db):
    assert Opportunity.objects.count() == 60
    assert {user.username: (user.roles, user.is_superuser) for user in User.objects.all()} == {
        "rep": ({SALESPERSON}, False),
        "rep2": ({SALESPERSON}, False),
        "manager": ({SALES_MANAGER}, False),
        "lead": ({SALES_MANAGER}, False),
        "former": ({SALESPERSON}, False),
        "colleague": ({COLLEAGUE}, False),
        "admin": ({SALES_MANAGER}, True),
    }
    assert all(user.get_full_name() and user.email for user in User.objects.all())
    assert {user.language for user in User.objects.filter(username__startswith="rep")} == {"en", "nb"}


def test_the_demo_has_two_units_below_one_and_a_manager_who_sees_one_of_them_only(demo, db):
    assert {
        unit.name: (str(unit.parent or ""), str(unit.lead)) for unit in Unit.objects.select_related("parent", "lead")
    } == {
        "Sales": ("", "Marit Lund"),
        "Sales north": ("Sales", "Nina Holm"),
        "Sales south": ("Sales", "Marit Lund"),
    }
    seen = {user.username: opportunities().visible_to(user).count() for user in User.objects.all()}
    assert seen["manager"] == seen["admin"] == 60
    assert seen["colleague"] == seen["lead"] == opportunities(owner__username="rep").count()


def test_the_demo_has_a_person_who_left_deals_behind_and_one_who_is_away(demo, db):
    assert Opportunity.objects.open().filter(owner__username="former", owner__is_active=False).count() == 2
    assert [str(person) for person in User.objects.get(username="rep").away()] == ["Ola Berg"]


def test_verify_finds_no_fault_in_the_demo(demo, db):
    assert list(verification.faults()) == []


def test_each_stage_has_ready_and_unready_opportunities(demo, db):
    for stage in STAGES:
        here = opportunities(status="open", is_finished=False, active_stage__name_en=stage)
        assert {True, False} == set(here.values_list("is_ready", flat=True)), stage


def test_the_demo_has_won_lost_and_finished_opportunities(demo, db):
    lost_from = Closing.objects.filter(outcome="lost", reopened_at=None).values_list("stage__name_en", flat=True)

    assert opportunities(status="won").count() >= 8
    assert set(lost_from) == set(STAGES)
    reasons = set(opportunities(status="lost").values_list("status_reason__key", flat=True))
    assert reasons == {"canceled", "out_sold", "no_decision", "no_fit", "timing"}
    assert opportunities(status="open", is_finished=True).exists()


# A migration made the first. The demo merges and erases nobody, and imports nothing: that is for its user to try.
NOT_IN_THE_DEMO = {
    *(Event.Kind.CONVERTED, Event.Kind.MERGED, Event.Kind.UNMERGED, Event.Kind.ERASED),
    Event.Kind.IMPORTED,
}


@pytest.mark.parametrize("kind", sorted(set(Event.Kind.values) - NOT_IN_THE_DEMO))
def test_the_demo_has_every_kind_of_event_that_users_make(demo, db, kind):
    assert Event.objects.filter(kind=kind).exists()


def test_the_demo_has_opportunities_on_hold_and_with_waivers(demo, db):
    assert opportunities(is_on_hold=True).exists()
    assert {waiver.by.username for waiver in Waiver.objects.select_related("by")} == {"manager"}
    assert opportunities(status="open", waivers__isnull=False).exists()


def test_the_demo_has_overdue_due_future_and_missing_next_steps(demo, db):
    today = timezone.localdate()

    assert opportunities(status="open", next_step_due__lt=today).count() >= 3
    assert opportunities(status="open", next_step_due=today).exists()
    assert opportunities(status="open", next_step_due__gt=today).count() >= 10
    assert opportunities(status="open", next_step="").exists()
    assert not opportunities(next_step_due__isnull=False).exclude(status="open").exists()


def test_revenues_and_close_dates_are_believable(demo, db):
    for opportunity in Opportunity.objects.all():
        assert Decimal(40_000) <= opportunity.estimated_revenue <= Decimal(8_000_000)
        assert abs(opportunity.estimated_close_date - timezone.localdate()) < 10 * MONTHS


def test_one_opportunity_is_the_renewal_of_a_won_one(demo, db):
    renewal = opportunities(source_kind="renewal").get()

    assert (renewal.source.status, renewal.source.account) == ("won", renewal.account)
    assert renewal.estimated_close_date.year == renewal.source.closed_on.year + 1


def test_one_opportunity_is_a_copy_of_an_open_one_with_its_people(demo, db):
    copy = opportunities(source_kind="copy").get()

    assert (copy.source.status, copy.source.account) == ("open", copy.account)
    assert set(copy.stakeholders.values_list("contact", flat=True)) == set(
        copy.source.stakeholders.values_list("contact", flat=True)
    )
    assert copy.competitor_count == copy.source.competitor_count > 0


def test_steps_of_a_second_process_rest_on_files_notes_and_tasks(demo, db):
    agreed = opportunities(active_stage__process__is_default=False).get()

    steps = Step.objects.filter(stage__process=agreed.active_stage.process).exclude(evidence="")
    assert set(steps.values_list("evidence", flat=True)) == {"proposal_file", "meeting_note", "task"}
    assert (agreed.proposal_developed, agreed.proposal_presented) == (True, True)
    assert not agreed.internal_review_completed
    assert agreed.owner.username == "rep"


def test_a_person_has_a_calendar_with_a_task_at_a_time(demo, db):
    person = Reminders.objects.exclude(calendar_nonce="").get().user

    assert person.username == "rep"
    assert Task.objects.open().filter(time__isnull=False, due__isnull=False).exists()


def test_a_salesperson_sees_some_opportunities_of_the_other(demo, db):
    rep = User.objects.get(username="rep")

    seen = Opportunity.objects.visible_to(rep)

    assert seen.filter(owner=rep).exists()
    assert seen.exclude(owner=rep).exists()
    assert seen.count() < Opportunity.objects.count()


def test_customers_have_reserved_mail_addresses(demo, db):
    addresses = [contact.email for contact in Contact.objects.all()]

    assert len(addresses) == len(set(addresses)) > 60
    assert all(address.endswith((".example.no", ".example.com")) for address in addresses)
    assert all(account.phone and account.city and account.industry for account in Account.objects.all())
    assert {role for row in Stakeholder.objects.all() for role in row.roles} == set(Stakeholder.Role.values)


def test_every_history_is_in_order_and_within_the_last_nine_months(demo, db):
    now = timezone.now()

    for opportunity in Opportunity.objects.all():
        times = list(opportunity.events.order_by("version").values_list("at", flat=True))
        assert now - 9.2 * MONTHS < times[0] == opportunity.created_at
        assert all(earlier <= later for earlier, later in itertools.pairwise(times))
        assert times[-1] == opportunity.modified_at < now


def test_customers_were_created_before_the_first_opportunity(demo, db):
    first = Opportunity.objects.earliest("created_at").created_at

    for model in (Account, Contact, Competitor):
        assert not model.objects.filter(created_at__gt=first).exists()
        assert not model.history.filter(history_date__gt=first).exists()
        assert model.history.count() == model.objects.count()


def test_opportunities_start_during_working_hours(demo, db):
    for at in Event.objects.filter(kind="started").values_list("at", flat=True):
        local = timezone.localtime(at)
        assert local.weekday() < 5
        assert 8 <= local.hour < 18


# Run again


def test_the_printed_passwords_are_the_passwords_of_the_users(demo, db):
    printed = dict(line.split()[:2] for line in demo.splitlines() if line.endswith(ROLES))

    assert set(printed) == {"rep", "rep2", "manager", "lead", "colleague", "admin"}
    assert len(set(printed.values())) == 6
    assert all(User.objects.get(username=name).check_password(password) for name, password in printed.items())


def test_a_password_given_on_a_second_run_replaces_the_old_ones(demo, db):
    printed = run("--password", "lofoten")

    assert all(user.check_password("lofoten") for user in User.objects.filter(is_active=True))
    assert "rep2" in printed
    assert Opportunity.objects.count() == 60


def test_a_second_run_reports_the_existing_demo_and_writes_nothing(demo, db):
    with unchanged():
        assert "there already: 60 opportunities" in run()


def test_a_demo_with_another_user_counts_as_real_data(demo, db):
    real = UserFactory(username="somebody")

    with unchanged(), pytest.raises(CommandError, match="data that is not of the demo"):
        run("--password", "lofoten")

    assert users.database_content() is users.DatabaseContent.REAL_DATA
    assert real.check_password(PASSWORD)


def test_if_empty_prints_nothing_when_the_demo_exists(demo, db):
    with unchanged():
        assert run("--if-empty") == ""


def test_copies_have_no_fault_and_the_same_events_as_their_originals(demo, db):
    bulk.make(70, done=60, progress=lambda done: None)

    assert list(verification.faults()) == []
    opportunities = list(Opportunity.objects.order_by("pk"))
    assert len(opportunities) == 130
    assert len({opportunity.name for opportunity in opportunities}) == 130
    assert opportunities[60].pk < Attachment.objects.latest("pk").opportunity_id
    assert LastLook.objects.filter(opportunity__in=opportunities[60:]).exists()
    assert AttachmentPreview.objects.count() == Attachment.objects.count()
    for original, copy in zip(opportunities, opportunities[60:120], strict=False):
        assert copy.status == original.status
        assert copy.account_id != original.account_id
        assert copy.account.name.split()[0] in copy.name
        assert copy.search_text
        assert copy.contact.account_id == copy.account_id
        assert [event.kind for event in copy.events.all()] == [event.kind for event in original.events.all()]
        assert copy.created_at <= original.created_at


def test_the_history_of_a_copy_names_the_copy(demo, db):
    bulk.make(60, done=60, progress=lambda done: None)

    for event in Event.objects.filter(opportunity__pk__gt=Opportunity.objects.order_by("pk")[59].pk, version=1):
        logged = {change["field"]: change["new"] for change in event.changes}
        opportunity = event.opportunity
        assert logged["name"] == opportunity.name
        assert logged["account"] == {"id": opportunity.account_id, "name": opportunity.account.name}
        named = {row["table"]: row["name"] for row in event.children}
        if opportunity.source is None:
            assert named == {"stakeholder": opportunity.contact.name, "task": opportunity.tasks.earliest("pk").text}
        else:
            assert logged["source"] == {"id": opportunity.source_id}
        assert set(
            StageVisit.objects.filter(opportunity=opportunity).values_list("instance__opportunity", flat=True)
        ) == {opportunity.pk}


def test_the_demo_has_done_open_and_dropped_tasks(demo, db):
    assert Task.objects.filter(done_at__isnull=False).exists()
    assert Task.objects.open().exists()
    assert set(Task.objects.filter(dropped_at__isnull=False).values_list("opportunity__status", flat=True)) >= {"won"}


def test_an_opportunity_of_the_demo_has_open_tasks_of_several_people(demo, db):
    owners = [
        set(Task.objects.open().filter(opportunity=each).values_list("owner", flat=True)) for each in opportunities()
    ]

    assert max(map(len, owners)) > 1


def test_the_demo_has_competitors_with_threats_and_notes_and_won_and_lost_against_them(demo, db):
    links = OpportunityCompetitor.objects.all()

    assert set(links.values_list("threat", flat=True)) == {"", *OpportunityCompetitor.Threat.values}
    assert links.exclude(note="").exists()
    assert set(links.values_list("opportunity__status", flat=True)) == {"open", "won", "lost"}


def test_a_mail_of_the_demo_was_sent_at_the_second_attempt(demo, db):
    assert OpportunityMail.objects.filter(outbox__log__outcome="failed", outbox__outcome="sent").exists()


def test_the_demo_has_notes_of_every_kind_also_on_closed_opportunities(demo, db):
    assert set(Note.objects.values_list("kind", flat=True)) == set(Note.Kind.values)
    assert Note.objects.filter(is_pinned=True).exists()
    assert set(Note.objects.filter(kind="debrief").values_list("opportunity__status", flat=True)) == {"won", "lost"}


def test_the_demo_has_a_note_with_what_it_said_before(demo, db):
    changed = [row for event in Event.objects.all() for row in event.children if row["what"] == "changed"]

    assert any(row["table"] == "note" for row in changed)


def test_the_demo_has_debriefs_presentations_and_people_of_every_attitude(demo, db):
    assert set(Debrief.objects.values_list("opportunity__status", flat=True)) == {"won", "lost"}
    assert set(Presentation.objects.values_list("kind", flat=True)) == set(Presentation.Kind.values)
    assert Presentation.objects.filter(kind="final_proposal", file__kind="final_proposal").exists()
    assert set(Stakeholder.objects.values_list("attitude", flat=True)) == set(Attitude.values)
    assert set(Stakeholder.objects.values_list("influence", flat=True)) == set(Influence.values)


def test_the_demo_has_files_with_versions_and_previews(demo, db):
    assert set(Attachment.objects.values_list("content_type", flat=True)) == {"application/pdf", "image/png"}
    assert set(Attachment.objects.values_list("kind", flat=True)) == set(Attachment.Kind.values)
    assert set(Attachment.objects.filter(kind="debrief").values_list("opportunity__status", flat=True)) == {
        "won",
        "lost",
    }
    assert Attachment.objects.filter(number=2, is_latest=True, presentations__isnull=False).exists()
    assert set(AttachmentPreview.objects.values_list("state", flat=True)) == {"made"}
    assert AttachmentPreview.objects.count() == Attachment.objects.count()
    for content_type in ("application/pdf", "image/png"):
        attachment = Attachment.objects.filter(content_type=content_type).first()
        with private_files.storage().open(attachment.storage_name) as file:
            assert draw_in_subprocess.drawn(file.read(), content_type).width > 100


def test_a_salesperson_of_the_demo_has_news_and_older_opportunities_without(demo, db):
    rep = User.objects.get(username="rep")

    changed = news.looks(rep).count()

    assert 0 < changed < Opportunity.objects.open().filter(owner=rep).count()


def test_the_write_guard_is_active_again_after_copying(demo, db):
    bulk.make(1, done=60, progress=lambda done: None)

    with pytest.raises(write_guard.UnguardedWrite):
        Opportunity.objects.update(version=7)


def test_a_staff_owns_the_copies_in_its_units_and_a_tenth_of_many_copies_is_open(demo, db):
    people = staff.make(20, at=NOW, password=None)
    before = Opportunity.objects.count()

    bulk.make(380, done=60, progress=lambda done: None, staff=people)

    assert list(verification.faults()) == []
    copies = Opportunity.objects.order_by("pk")[before:]
    owners = Counter(copy.owner_id for copy in copies)
    assert set(owners) <= {person.pk for person in people.people}
    assert max(owners.values()) > 3 * min(owners.values())
    assert 0.07 < sum(copy.is_open for copy in copies) / len(copies) < 0.13
    for event in Event.objects.filter(opportunity__in=[copy.pk for copy in copies], version=1):
        logged = {change["field"]: change["new"] for change in event.changes}
        assert logged["owner"] == {"id": event.by_id, "name": str(event.by)}


def test_each_unit_of_the_staff_has_a_lead_who_sees_its_opportunities(demo, db):
    people = staff.make(700, at=NOW, password="lofoten-2026")

    units = Unit.objects.filter(name__startswith="Team ")
    assert [unit.members.count() for unit in units.order_by("pk")] == [8] * 87 + [4]
    for unit in units:
        assert unit.lead.is_manager
        assert unit.lead.unit == unit
    assert authenticate(None, username=people.people[0].username, password="lofoten-2026")
    assert len({person.username for person in people.people}) == 700


def test_files_are_copied_only_up_to_a_number(demo, db):
    before = Attachment.objects.count()

    bulk.make(1200, done=60, progress=lambda done: None, most_files=1)

    assert Attachment.objects.count() == 2 * before
    assert list(verification.faults()) == []
