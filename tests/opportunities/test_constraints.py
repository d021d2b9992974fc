"""Constraints of the database: it refuses invalid rows from raw SQL, `update()` and `bulk_create`."""

import copy
import datetime
from contextlib import contextmanager

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import ProtectedError

from opportunities import transitions
from opportunities.models import (
    CloseRequest,
    Closing,
    Event,
    Hold,
    Opportunity,
    OpportunityCompetitor,
    StageVisit,
    Stakeholder,
    TeamMember,
    Waiver,
    WaiverRequest,
    write_guard,
)
from stages import write_guard as definition_guard
from stages.models import LostGate, Process
from tests.support import factories
from tests.support.db_assertions import refused
from tests.support.factories import HOUR, NOW, TODAY
from tests.support.moves import ask_for_waiver, decline_waiver, hold, waive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]

LATER, EARLIER = NOW + HOUR, NOW - HOUR

# Invalid values of one row: the constraint that refuses them (None: a constraint of the column), and the columns.
OF_AN_OPEN_OPPORTUNITY = [
    ("closed_has_outcome_and_date", {"status": "won", "forecast_category": "won"}),
    ("closed_has_outcome_and_date", {"status": "lost", "forecast_category": "lost"}),
    ("closed_has_outcome_and_date", {"status": "won", "forecast_category": "won", "closed_on": TODAY}),
    ("closed_has_outcome_and_date", {"status": "won", "forecast_category": "won", "actual_revenue": 1}),
    ("closed_has_outcome_and_date", {"closed_on": TODAY}),
    ("closed_has_outcome_and_date", {"actual_revenue": 1}),
    ("closed_has_outcome_and_date", {"status": "gone"}),
    ("closed_has_outcome_and_date", {"status": ""}),
    (None, {"status": None}),
    (None, {"status_reason_id": None}),
    (None, {"owner_id": None}),
    (None, {"active_stage_id": None}),
    ("forecast_category_follows_status", {"forecast_category": "won"}),
    ("forecast_category_follows_status", {"forecast_category": "lost"}),
    ("forecast_category_follows_status", {"status": "lost", "closed_on": TODAY}),
    (
        "forecast_category_follows_status",
        {"status": "lost", "forecast_category": "won", "closed_on": TODAY},
    ),
    ("estimated_revenue_is_not_negative", {"estimated_revenue": "-0.01"}),
    ("estimated_budget_is_not_negative", {"estimated_budget": "-0.01"}),
    (
        "actual_revenue_is_not_negative",
        {"status": "won", "forecast_category": "won", "closed_on": TODAY, "actual_revenue": "-0.01"},
    ),
    ("probability", {"probability": 101}),
    ("probability", {"probability": -1}),
    ("no_known_competitors_means_none", {"no_known_competitors": True, "competitor_count": 1}),
    ("version", {"version": -1}),
    ("copy_has_source_and_kind", {"source_kind": "copy"}),
    ("copy_has_source_and_kind", {"source_kind": "gone"}),
    (None, {"source_kind": None}),
]
OF_A_CLOSING = [
    ("closing_has_outcome_and_revenue", {"outcome": "won", "actual_revenue": None}),
    ("closing_has_outcome_and_revenue", {"outcome": "won", "actual_revenue": "-0.01"}),
    ("closing_has_outcome_and_revenue", {"outcome": "lost", "actual_revenue": "-0.01"}),
    ("closing_has_outcome_and_revenue", {"outcome": "open"}),
    ("closing_has_outcome_and_revenue", {"outcome": ""}),
    ("closing_was_reopened_by_somebody", {"reopened_by_id": None}),
    (None, {"closed_on": None}),
    (None, {"status_reason_id": None}),
]
OF_A_VISIT = [
    ("visit_was_left_by_somebody", {"left_at": LATER}),
    ("visit_ends_after_it_began", {"left_at": EARLIER}),
]
OF_A_WAIVER = [
    ("withdrawn_waiver_says_who_and_why", {"withdrawn_at": LATER}),
    ("withdrawn_waiver_says_who_and_why", {"withdraw_reason": "They say now."}),
    ("waiver_has_known_kind", {"kind": "gone"}),
]
OF_AN_EVENT = [("imported_event_was_written_later", {"imported_at": EARLIER})]
OF_A_WAIVER_REQUEST = [
    ("waiver_request_has_answer_and_outcome", {"answered_at": None}),
    ("waiver_request_has_answer_and_outcome", {"answered_by_id": None}),
    ("waiver_request_has_answer_and_outcome", {"outcome": ""}),
    ("waiver_request_has_answer_and_outcome", {"outcome": "gone"}),
    ("approved_waiver_request_has_waiver", {"outcome": "approved"}),
    (None, {"reason": None}),
    (None, {"step_id": None}),
]
OF_A_HOLD = [("hold_ends_after_it_began", {"until_at": EARLIER})]

OF_A_REQUEST = [
    ("close_request_was_answered_by_somebody", {"answered_at": LATER, "outcome": "declined"}),
    ("close_request_was_answered_by_somebody", {"outcome": "declined"}),
    ("close_request_has_answers", {"closed_on": None}),
    ("close_request_has_answers", {"status_reason_id": None}),
    ("close_request_revenue_is_not_negative", {"actual_revenue": "-0.01"}),
]

OF_A_STAKEHOLDER = [
    *[("the_roles_of_a_stakeholder_are_known", {"roles": roles}) for roles in ("boss", "champion,boss")],
    ("the_attitude_of_a_stakeholder_is_known", {"attitude": "keen"}),
    ("the_influence_of_a_stakeholder_is_known", {"influence": ""}),
    (None, {"roles": None}),
    (None, {"attitude": None}),
]

OF_ONE_ROW = {
    Opportunity: OF_AN_OPEN_OPPORTUNITY,
    Closing: OF_A_CLOSING,
    StageVisit: OF_A_VISIT,
    Hold: OF_A_HOLD,
    Waiver: OF_A_WAIVER,
    Event: OF_AN_EVENT,
    WaiverRequest: OF_A_WAIVER_REQUEST,
    CloseRequest: OF_A_REQUEST,
    Stakeholder: OF_A_STAKEHOLDER,
}
each_model = pytest.mark.parametrize("model", OF_ONE_ROW, ids=[model.__name__ for model in OF_ONE_ROW])


@pytest.fixture(scope="module")
def complete(cast):
    """An opportunity with a row in every table. It is open and on hold, and was closed and reopened before."""
    rep, manager = cast["rep"], cast["manager"]
    Process.objects.update(lost_gate=LostGate.ANY)
    opportunity = factories.fill(factories.OpportunityFactory(owner=rep), leave=["customer_need"])
    waive(opportunity, "customer_need", by=manager)
    factories.lose(opportunity, description="No money.")
    transitions.reopen(opportunity=opportunity, by=rep, at=NOW, reason="They called.")
    opportunity = factories.edit(factories.reread(opportunity), debrief_filed=False, thank_you_sent=False)
    for field in ("debrief_filed", "thank_you_sent"):
        ask_for_waiver(opportunity, field)
    decline_waiver(opportunity, "thank_you_sent", by=manager)
    hold(factories.reread(opportunity))
    Process.objects.update(lost_gate=LostGate.COMPLETE)
    factories.ask(factories.reread(opportunity), description="No money.")
    return opportunity


@pytest.fixture
def opportunity(complete):
    return factories.reread(complete)


def raw(value):
    """The value in the form that the database driver takes."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime.datetime) else value


def row_of(model, opportunity):
    if model is Opportunity:
        return opportunity
    return model.objects.filter(opportunity=opportunity).latest("pk")


@contextmanager
def refused_by_database(constraint=None):
    """The database refuses what the block writes: by this constraint, or by the type of the column."""
    with refused((IntegrityError, DataError), constraint), transaction.atomic(), write_guard.guarded_every():
        yield


def another(row, **changes):
    row = copy.copy(row)
    row.pk = None
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    return row


@each_model
def test_an_invalid_value_in_raw_sql_is_refused(opportunity, model, subtests):
    row = row_of(model, opportunity)

    for constraint, columns in OF_ONE_ROW[model]:
        assignments = ", ".join(f"{column} = %s" for column in columns)
        values = [raw(value) for value in columns.values()]
        with subtests.test(str(columns)), refused_by_database(constraint), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {model._meta.db_table} SET {assignments} WHERE id = %s", [*values, row.pk])


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (Opportunity, "estimated_revenue"),
        (Opportunity, "estimated_budget"),
        (Closing, "actual_revenue"),
        (CloseRequest, "actual_revenue"),
    ],
)
def test_a_money_column_refuses_a_value_that_is_not_an_amount(opportunity, model, column, subtests):
    row = row_of(model, opportunity)

    for value in ["NaN", "1e12", "-1e12", "Infinity", "abc"]:
        with subtests.test(value), refused_by_database(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id = %s", [value, row.pk])


@each_model
def test_an_invalid_update_is_refused(opportunity, model, subtests):
    rows = model.objects.filter(pk=row_of(model, opportunity).pk)

    for constraint, columns in OF_ONE_ROW[model]:
        with subtests.test(str(columns)), refused_by_database(constraint):
            rows.update(**columns)


@each_model
def test_creating_invalid_rows_in_bulk_is_refused(opportunity, model, subtests):
    row, other = row_of(model, opportunity), factories.OpportunityFactory(owner=opportunity.owner)

    for constraint, columns in OF_ONE_ROW[model]:
        flawed = another(row, **columns)
        if model is not Opportunity:
            flawed.opportunity = other
        with subtests.test(str(columns)), refused_by_database(constraint):
            model.objects.bulk_create([flawed])


@pytest.mark.parametrize(
    "roles", ["", "champion,decision_maker", "champion,champion", "stakeholder,champion", "champion,", "Champion"]
)
def test_roles_have_one_form_only(opportunity, roles):
    """Past the column's Python, which puts roles in order."""
    with refused_by_database("the_roles_of_a_stakeholder_are_known"), connection.cursor() as cursor:
        cursor.execute("UPDATE opportunities_stakeholder SET roles = %s", [roles])


# Rows that may exist only once


ONLY_ONE = {
    "primary process": lambda opportunity: another(opportunity.instances.get(), process=other_process()),
    "place in one process": lambda opportunity: another(opportunity.instances.get(), is_primary=False),
    "open visit": lambda opportunity: another(row_of(StageVisit, opportunity)),
    "open hold": lambda opportunity: another(row_of(Hold, opportunity)),
    "closing in force": lambda opportunity: another(
        row_of(Closing, opportunity), reopened_at=None, reopened_by=None, opportunity=opportunity
    ),
    "request that waits": lambda opportunity: another(row_of(CloseRequest, opportunity)),
    "waiver of a step": lambda opportunity: another(row_of(Waiver, opportunity)),
    "open request to waive a step": lambda opportunity: another(opportunity.waiver_requests.earliest("pk")),
    "event for a version": lambda opportunity: another(row_of(Event, opportunity)),
    "stake of a contact": lambda opportunity: another(row_of(Stakeholder, opportunity)),
    "link to a competitor": lambda opportunity: another(row_of(OpportunityCompetitor, opportunity)),
    "place on the team": lambda opportunity: another(row_of(TeamMember, opportunity)),
}


def other_process():
    return Process.objects.create(name_en="Tenders")


@pytest.mark.parametrize("what", ONLY_ONE)
def test_a_second_row_is_refused(opportunity, what):
    if what == "closing in force":
        with write_guard.guarded_every():
            Closing.objects.update(reopened_at=None, reopened_by=None)
    second = ONLY_ONE[what](opportunity)

    with refused_by_database():
        type(second).objects.bulk_create([second])


def test_an_opportunity_may_have_several_ended_holds(opportunity, rep):
    transitions.resume(opportunity=opportunity, by=rep, at=NOW)
    hold(opportunity)
    transitions.resume(opportunity=opportunity, by=rep, at=NOW)

    assert opportunity.holds.count() == 2
    assert opportunity.visits.count() == 2


# Rows in use


@pytest.mark.parametrize(
    "used",
    [
        lambda opportunity: opportunity.owner,
        lambda opportunity: opportunity.account,
        lambda opportunity: opportunity.contact,
        lambda opportunity: opportunity.active_stage,
        lambda opportunity: opportunity.status_reason,
        lambda opportunity: opportunity.instances.get().process,
        lambda opportunity: opportunity.stakeholders.latest("pk").contact,
        lambda opportunity: opportunity.competitor_links.get().competitor,
        lambda opportunity: opportunity.waivers.get().step,
    ],
    ids=["owner", "account", "contact", "stage", "reason", "process", "stakeholder", "competitor", "step"],
)
def test_a_row_that_an_opportunity_uses_cannot_be_deleted(opportunity, used):
    row = used(opportunity)

    with definition_guard.changing_every(), refused(ProtectedError):
        row.delete()


def test_every_constraint_is_tested_in_this_file():
    tested = {constraint for flaws in OF_ONE_ROW.values() for constraint, _ in flaws} - {None, "probability", "version"}
    tested.add("probability_is_a_percentage")
    declared = {
        constraint.name
        for model in OF_ONE_ROW
        for constraint in model._meta.constraints
        if not hasattr(constraint, "fields")
    }

    assert declared == tested
