"""The process compared with the reference model: moves, edits and child rows in any order, by any user.

`tests.support.reference_model` is written from the rules. After each step the product and the model must agree on what
was refused and on the state of the opportunity. A refusal has written nothing.
"""

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from opportunities import transitions
from opportunities.editing import editing, tasks
from opportunities.models import Opportunity, StageVisit, Stakeholder
from opportunities.verify import run
from salesflow.users.models import SALES_MANAGER
from stages.models import LostGate, Process
from tests.support import factories, reference_model
from tests.support.db_assertions import refused
from tests.support.factories import HOUR, NOW

pytestmark = [pytest.mark.django_db, pytest.mark.machine]

# In CI the examples are the same each time; elsewhere they differ in each run.
SETTINGS = settings(
    max_examples=int(os.environ.get("EXAMPLES", "15")),
    stateful_step_count=40,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=list(HealthCheck),
)

PEOPLE = ("rep", "mate", "manager", "outsider")
CONTACTS, ACCOUNTS, COMPETITORS = list(reference_model.ACCOUNT_OF), ["Havbris", "Fjordlast"], ["Rival", "Other rival"]

VALUES = {
    "contact": [None, *CONTACTS],
    "account": [None, *ACCOUNTS],
    "purchase_timeframe": ["", "immediate", "unknown"],
    "estimated_budget": [None, 0, 5],
    "purchase_process": ["", "committee"],
    "customer_need": ["", " \u200b", "Trucks"],
    "proposed_solution": ["", "Sensors"],
    "decision_date": [None, factories.TODAY],
    **{name: [False, True] for name in sorted(reference_model.TICKS)},
}
DECISION_MAKER, STAKEHOLDER = Stakeholder.Role.DECISION_MAKER, Stakeholder.Role.STAKEHOLDER

people = st.sampled_from(PEOPLE)
mostly_owner = st.sampled_from(["rep"] * 5 + list(PEOPLE))
numbers = st.integers(0, reference_model.LAST)
entries = st.lists(
    st.sampled_from([(name, value) for name, values in VALUES.items() for value in values]), min_size=1, max_size=3
).map(dict)


def weighted(name, /, weight=1, **entries):
    """A method of the machine and its arguments, as often as its weight."""
    return [st.tuples(st.just(name), st.fixed_dictionaries({"who": mostly_owner, **entries}))] * weight


contacts, competitors, members = (
    st.sampled_from(CONTACTS),
    st.sampled_from(COMPETITORS),
    st.sampled_from(["rep", "mate"]),
)
anywhere = st.one_of(st.none(), numbers)
REOPEN = weighted("reopen", weight=3, to=anywhere)
ANSWERS = (
    *("approve_waiver_request", "approve_waiver_request", "decline_waiver_request"),
    *("take_back_waiver_request", "withdraw_waiver", "withdraw_waiver"),
)
ACTS = [
    *weighted("edit", weight=4, changes=entries),
    *weighted("complete", weight=3, upto=numbers, leave=st.sampled_from([None, None, None, *reference_model.FIELDS])),
    *weighted("set_no_known_competitors", value=st.booleans()),
    *weighted("change_owner", to=members),
    *weighted("add_stakeholder", contact=contacts, decides=st.booleans()),
    *weighted("change_role", contact=contacts, decides=st.booleans()),
    *weighted("remove_stakeholder", weight=2, contact=contacts),
    *weighted("add_competitor", competitor=competitors),
    *weighted("remove_competitor", competitor=competitors),
    *weighted("add_team_member", member=members),
    *weighted("remove_team_member", member=members),
    *weighted("plan_task", days=st.one_of(st.none(), st.integers(-2, 2))),
    *weighted("complete_next_step"),
    *weighted("advance", weight=3),
    *weighted("jump", to=numbers),
    *weighted("go_back", weight=2, to=anywhere),
    *weighted("finish"),
    *weighted("win"),
    *weighted("lose", competitor=st.sampled_from([None, *COMPETITORS]), out_sold=st.booleans()),
    *weighted("hold"),
    *weighted("resume"),
    *weighted(
        "waive", who=st.sampled_from(["manager", "manager", "rep"]), name=st.sampled_from(reference_model.FIELDS)
    ),
    *weighted("ask_for_waiver", weight=2, name=st.sampled_from(reference_model.FIELDS)),
    *weighted("answer_or_withdraw", weight=4, what=st.sampled_from(ANSWERS), place=st.integers(0, 9)),
    *weighted("advance_from", drawn_for=numbers),
]


def next_task(opportunity):
    """The open task that is due first; of several the oldest, and those without a date last."""
    open_tasks = [task for task in opportunity.tasks if task.state == "open"]
    return min(open_tasks, key=lambda task: (task.due is None, task.due or factories.TODAY, task.key), default=None)


class ProcessMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.at = NOW

    def teardown(self):
        try:
            faults = [str(fault.what) for fault in run.faults() if not fault.is_stricter_later]
            assert faults == [], faults
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize(lost_gate=st.sampled_from(LostGate.values), stages_passed=st.sampled_from([3, 4, 2, 1, 0]))
    def start_opportunity(self, lost_gate, stages_passed):
        Process.objects.update(lost_gate=lost_gate)
        self.who = {name: factories.UserFactory(username=name) for name in ("rep", "mate", "outsider")}
        self.who["manager"] = factories.UserFactory(username="manager", role=SALES_MANAGER)
        self.accounts = {name: factories.AccountFactory(name=name) for name in ACCOUNTS}
        self.contacts = {
            name: factories.ContactFactory(name=name, account=self.accounts.get(account))
            for name, account in reference_model.ACCOUNT_OF.items()
        }
        self.competitors = {name: factories.CompetitorFactory(name=name) for name in COMPETITORS}
        self.stages = [factories.stage(name) for name in factories.STAGES]
        self.steps = {name: factories.step(name) for name in reference_model.FIELDS}
        self.pk = transitions.start(by=self.who["rep"], at=NOW, owner=self.who["rep"], name="Fleet").pk
        self.model = reference_model.ExpectedOpportunity(lost_gate=lost_gate)
        for number in range(stages_passed):
            self.complete(who="rep", upto=number, leave=None)
            (self.finish if number == reference_model.LAST else self.advance)(who="rep")

    @precondition(lambda self: self.model.status == "open")
    @rule(act=st.one_of(*ACTS, *REOPEN[:1]))
    def do(self, act):
        name, entries = act
        getattr(self, name)(**entries)

    @precondition(lambda self: self.model.status != "open")
    @rule(act=st.one_of(*REOPEN, st.one_of(*ACTS)))
    def do_when_closed(self, act):
        self.do(act)

    # Common parts

    @property
    def opportunity(self):
        return Opportunity.objects.get(pk=self.pk)

    def do_and_compare(self, on_model, on_database):
        """Runs an act on the model and on the database. They must agree, and a refusal must write nothing."""
        self.at += HOUR
        refusals, after = self.expected_result(on_model)
        if not refusals:
            on_database()
            self.model = after
            return
        with refused(transitions.Refused) as caught:
            on_database()
        assert type(caught.value).__name__ in refusals

    def expected_result(self, act):
        """The refusals that the model allows, or the model afterwards."""
        try:
            return set(), act() or self.model
        except reference_model.RefusedByModel as refusal:
            return refusal.names, self.model

    def move(self, name, who, *to, **more):
        self.do_and_compare(
            lambda: getattr(self.model, name)(who, *to),
            lambda: getattr(transitions, name)(opportunity=self.opportunity, by=self.who[who], at=self.at, **more),
        )

    def write(self, who, change, act):
        def on_database():
            with editing(self.opportunity, by=self.who[who], at=self.at) as record:
                act(record)

        self.do_and_compare(lambda: self.model.write(who, change), on_database)

    # Edits

    def edit(self, who, changes):
        entries = {name: None if value == "" else value for name, value in changes.items()}  # as the model has it
        self.write(
            who, lambda opportunity: opportunity.values.update(entries), lambda record: self.fill_in(record, changes)
        )

    def fill_in(self, record, changes):
        for name, value in changes.items():
            chosen = {"contact": self.contacts, "account": self.accounts}.get(name)
            setattr(record, name, chosen.get(value) if chosen else value)

    def complete(self, who, upto, leave):
        """Fills in all that is missing up to that stage in one write, perhaps without one field."""
        missing = [name for name in self.model.unmet(range(upto + 1)) if name != leave]
        changes = {name: VALUES[name][-1] for name in missing}

        def change(opportunity):
            opportunity.values.update(changes)
            opportunity.stakeholders["Anne Lunde"] = True
            opportunity.competitors.add("Rival")
            if opportunity.may_lead(who):
                opportunity.team.add("rep")

        may_lead = self.model.may_lead(who)

        def act(record):
            self.fill_in(record, changes)
            anne = self.contacts["Anne Lunde"]
            record.stakeholders.update_or_create(contact=anne, defaults={"roles": DECISION_MAKER})
            record.competitor_links.get_or_create(competitor=self.competitors["Rival"])
            if may_lead:
                record.team_members.get_or_create(user=self.who["rep"])

        self.write(who, change, act)

    def set_no_known_competitors(self, who, value):
        self.write(
            who,
            lambda opportunity: setattr(opportunity, "no_known_competitors", value),
            lambda record: setattr(record, "no_known_competitors", value),
        )

    def change_owner(self, who, to):
        self.write(
            who,
            lambda opportunity: setattr(opportunity, "owner", to),
            lambda record: setattr(record, "owner", self.who[to]),
        )

    # Child rows

    def add_stakeholder(self, who, contact, decides):
        def change(opportunity):
            if contact in opportunity.stakeholders:
                raise reference_model.RefusedByModel("BrokenConstraint")
            opportunity.stakeholders[contact] = decides

        role = DECISION_MAKER if decides else STAKEHOLDER
        self.write(who, change, lambda record: record.stakeholders.create(contact=self.contacts[contact], roles=role))

    def change_role(self, who, contact, decides):
        def change(opportunity):
            if contact in opportunity.stakeholders:
                opportunity.stakeholders[contact] = decides

        def act(record):
            for row in record.stakeholders.filter(contact=self.contacts[contact]):
                row.roles = DECISION_MAKER if decides else STAKEHOLDER
                row.save()

        self.write(who, change, act)

    def remove_stakeholder(self, who, contact):
        self.write(
            who,
            lambda opportunity: opportunity.stakeholders.pop(contact, None),
            lambda record: self.delete(record.stakeholders.filter(contact=self.contacts[contact])),
        )

    def add_competitor(self, who, competitor):
        def change(opportunity):
            if competitor in opportunity.competitors:
                raise reference_model.RefusedByModel("BrokenConstraint")
            opportunity.competitors.add(competitor)

        row = self.competitors[competitor]
        self.write(who, change, lambda record: record.competitor_links.create(competitor=row))

    def remove_competitor(self, who, competitor):
        self.write(
            who,
            lambda opportunity: opportunity.competitors.discard(competitor),
            lambda record: self.delete(record.competitor_links.filter(competitor=self.competitors[competitor])),
        )

    def add_team_member(self, who, member):
        def change(opportunity):
            if member in opportunity.team:
                raise reference_model.RefusedByModel("BrokenConstraint")
            opportunity.team.add(member)

        self.write(who, change, lambda record: record.team_members.create(user=self.who[member]))

    def remove_team_member(self, who, member):
        self.write(
            who,
            lambda opportunity: opportunity.team.discard(member),
            lambda record: self.delete(record.team_members.filter(user=self.who[member])),
        )

    def plan_task(self, who, days):
        due = None if days is None else factories.TODAY + days * factories.DAY
        text = f"Task {self.model.version}"
        self.write(
            who,
            lambda opportunity: opportunity.plan(text, due, opportunity.owner),
            lambda record: tasks.plan(record, text=text, due=due),
        )

    def complete_next_step(self, who):
        def change(opportunity):
            if task := next_task(opportunity):
                opportunity.change_task(task.key, state="done")

        def complete(record):
            for task in record.tasks.open().in_order()[:1]:
                tasks.complete(tasks.find_open(record, task.pk, version=None))

        self.write(who, change, complete)

    def delete(self, rows):
        for row in rows:
            row.delete()

    # Moves

    def advance(self, who):
        self.move("advance", who)

    def jump(self, who, to):
        self.move("jump", who, to, to_stage=self.stages[to])

    def go_back(self, who, to):
        self.move("go_back", who, to, to_stage=None if to is None else self.stages[to])

    def finish(self, who):
        self.move("finish", who)

    def win(self, who):
        self.do_and_compare(
            lambda: self.model.win(who), lambda: factories.win(self.opportunity, by=self.who[who], at=self.at)
        )

    def lose(self, who, competitor, out_sold):
        more = {
            "competitor": self.competitors.get(competitor),
            "reason": factories.reason("out_sold" if out_sold else "canceled"),
            "description": "They chose another way.",
        }
        self.do_and_compare(
            lambda: self.model.lose(who, competitor, out_sold),
            lambda: factories.lose(self.opportunity, by=self.who[who], at=self.at, **more),
        )

    def reopen(self, who, to):
        self.move("reopen", who, to, to_stage=None if to is None else self.stages[to], reason="They called.")

    def hold(self, who):
        self.move("hold", who, reason="Holidays.")

    def resume(self, who):
        self.move("resume", who)

    def waive(self, who, name):
        self.move("waive", who, name, step=self.steps[name], reason="They do not say.")

    def ask_for_waiver(self, who, name):
        self.move("ask_for_waiver", who, name, step=self.steps[name], reason="It does not apply.")

    def answer_or_withdraw(self, who, what, place):
        """Mostly by a manager, about a step that was asked for or waived."""
        if what != "take_back_waiver_request" and place < 8:
            who = "manager"
        among = self.model.waived if what == "withdraw_waiver" else self.model.asked
        suitable = sorted(among) or reference_model.FIELDS
        name = suitable[place % len(suitable)]
        reason = {"reason": "It is a small case."} if what in ("approve_waiver_request", "withdraw_waiver") else {}
        self.move(what, who, name, step=self.steps[name], **reason)

    def advance_from(self, who, drawn_for):
        def on_model():
            self.model.require_open(who)
            if drawn_for != self.model.stage:
                raise reference_model.RefusedByModel("AlreadyMoved")
            self.model.advance(who)

        more = {"from_stage": self.stages[drawn_for]}
        self.do_and_compare(
            on_model,
            lambda: transitions.advance(opportunity=self.opportunity, by=self.who[who], at=self.at, **more),
        )

    # Invariants

    @invariant()
    def columns_agree(self):
        if not hasattr(self, "pk"):
            return
        opportunity, wanted = self.opportunity, self.model
        instance = opportunity.instances.get()
        assert (opportunity.active_stage, instance.active_stage) == (self.stages[wanted.stage],) * 2
        assert (opportunity.pipeline_phase, opportunity.is_finished) == (self.stages[wanted.phase], wanted.finished)
        assert (opportunity.status, opportunity.is_on_hold) == (wanted.status, wanted.on_hold)
        assert opportunity.owner == self.who[wanted.owner]
        assert (opportunity.version, opportunity.events.count()) == (wanted.version, wanted.version)
        assert self.answers(opportunity) == {name: value or None for name, value in wanted.values.items()} | {
            "estimated_budget": wanted.values["estimated_budget"]
        }
        assert opportunity.no_known_competitors == wanted.no_known_competitors

    @invariant()
    def child_rows_agree(self):
        if not hasattr(self, "pk"):
            return
        opportunity, wanted = self.opportunity, self.model
        stakeholders = {row.contact.name: row.decides for row in opportunity.stakeholders.select_related("contact")}
        assert stakeholders == wanted.stakeholders
        assert {
            link.competitor.name for link in opportunity.competitor_links.select_related("competitor")
        } == wanted.competitors
        assert {row.user.username for row in opportunity.team_members.select_related("user")} == wanted.team
        assert (opportunity.stakeholder_count, opportunity.competitor_count) == (
            len(wanted.stakeholders),
            len(wanted.competitors),
        )
        assert opportunity.team_count == len(wanted.team)
        ended = [task for task in wanted.tasks if task.state != "open"]
        assert opportunity.tasks.open().count() == len(wanted.tasks) - len(ended)
        assert opportunity.next_step == (next_task(wanted).text if next_task(wanted) else "")

    @invariant()
    def visits_and_closings_agree(self):
        if not hasattr(self, "pk"):
            return
        wanted = self.model
        visits = list(StageVisit.objects.filter(opportunity=self.pk).order_by("pk"))
        assert [visit.stage_id for visit in visits] == [self.stages[number].pk for number in wanted.visits]
        assert [visit.left_at is None for visit in visits] == [False] * (len(visits) - 1) + [wanted.has_open_visit]
        closings = self.opportunity.closings.order_by("pk")
        assert [[each.outcome, each.reopened_at is not None] for each in closings] == wanted.closings
        assert {each.step.field for each in self.opportunity.waivers.in_force().select_related("step")} == wanted.waived

    @invariant()
    def passed_gates_are_met(self):
        if hasattr(self, "pk"):
            here = factories.progress(self.opportunity)
            behind = {unmet.step.field for unmet in here.unmet(here.passed, self.opportunity)}
            assert behind <= self.model.withdrawn
            asked = self.opportunity.waiver_requests.filter(answered_at=None).select_related("step")
            assert {each.step.field for each in asked} == self.model.asked
            assert self.opportunity.is_ready == (self.opportunity.is_open and not self.model.unmet(self.model.reached))

    def answers(self, opportunity):
        found = {name: getattr(opportunity, name) or None for name in reference_model.FIELDS}
        for name in ("contact", "account"):
            found[name] = found[name] and found[name].name
        return found | {"estimated_budget": opportunity.estimated_budget}


def test_the_process_agrees_with_the_reference_model():
    run_state_machine_as_test(ProcessMachine, settings=SETTINGS)
