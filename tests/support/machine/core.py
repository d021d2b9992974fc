"""The base of the HTTP state machine: its operations, how one is sent, and how its outcome is compared."""

import copy
from collections import Counter

from django.db import transaction
from django.urls import reverse
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from opportunities.customers.models import Competitor
from opportunities.models import Opportunity
from opportunities.verify import run
from salesflow import once
from stages.models import LostGate, Process
from tests.support import reference_model
from tests.support.db_assertions import digests
from tests.support.machine import compared, expected, page
from tests.support.machine.choices import stages
from tests.support.machine.expected import PartlyRefused
from tests.support.machine.names import CONTACTS, NEW_COMPETITOR, ROLE_IN_MODEL
from tests.support.reference_model import RefusedByModel

OPERATIONS = {}


def operation(weight, **given):
    """Registers an operation of the machine with its weight and its arguments."""

    def register(function):
        OPERATIONS[function.__name__] = (weight, st.fixed_dictionaries(given))
        return function

    return register


def some_operation():
    names = [name for name, (weight, _) in OPERATIONS.items() for _ in range(weight)]
    return st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), OPERATIONS[name][1]))


class FutureVersion:
    """The opportunity at a version that does not exist yet. Comparing with it is refused."""

    def get(self, *names):
        raise RefusedByModel("Gone")

    details_of = get


FUTURE_VERSION = FutureVersion()


class Machine(RuleBasedStateMachine):
    """The base of the machine: how an operation is sent and compared. Each noun adds operations in a mixin."""

    data = None
    operations = 0
    is_done = False  # whether the rest of a run does nothing
    written = Counter()
    """How often some acts were not refused, in all runs of a test, which gives its machine a counter of its own."""

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.is_consistent, self.cached_digests = True, None

    def teardown(self):
        try:
            if self.is_consistent and hasattr(self, "opportunities"):
                faults = [str(fault.what) for fault in run.faults() if not fault.is_stricter_later]
                assert faults == [], faults
                for number in range(len(self.opportunities)):
                    compared.assert_equal(self.pks[number], self.opportunities[number], self.data)
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize(
        lost_gate=st.sampled_from(LostGate.values),
        stages_passed=st.tuples(stages, st.integers(0, reference_model.LAST + 1)),
    )
    def begin(self, lost_gate, stages_passed):
        if self.is_done:
            return
        Process.objects.update(lost_gate=lost_gate)
        self.data.begin()
        self.slots, self.merges = {}, []
        expected.OpportunityOnPages.account_of = dict(reference_model.ACCOUNT_OF)
        self.lost_gate, self.opportunities, self.pks, self.pages = lost_gate, [], [], []
        self.addresses, self.looks = dict.fromkeys(CONTACTS, ""), reference_model.ExpectedLooks()
        for who, count in zip(("mate", "rep"), stages_passed, strict=True):
            self.start(who=who, values={}, is_named=True, is_sent_twice=False)
            for _ in range(count):
                number = len(self.opportunities) - 1
                self.fill(
                    number,
                    who,
                    None,
                    "advance" if self.opportunities[number].stage < reference_model.LAST else "finish",
                )

    @rule(operation=st.deferred(some_operation))
    def run_operation(self, operation):
        name, given = operation
        type(self).operations += 1
        getattr(self, name)(**self.as_now(given))

    def as_now(self, value):
        """The value with the customers that took the place of those that were merged or erased."""
        if isinstance(value, dict):
            return {self.as_now(name): self.as_now(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple | set):
            return type(value)(map(self.as_now, value))
        return self.slots.get(value, value) if isinstance(value, str) else value

    # Common parts

    def pick(self, which, *, is_open=True):
        """The number of an opportunity, mostly of one that the operation applies to."""
        suitable = [
            number for number, opportunity in enumerate(self.opportunities) if (opportunity.status == "open") == is_open
        ]
        among = suitable if suitable and which < 4 else range(len(self.opportunities))
        return among[which % len(among)]

    def person(self, who, number):
        return self.opportunities[number].owner if who == "owner" else who

    def page(self, number, age=0):
        return self.pages[number][max(len(self.pages[number]) - 1 - age, 0)]

    def url(self, name, number, *args):
        return reverse(name, args=[self.pks[number], *args])

    def send(self, number, who, act, where, posted, files=None, headers=None):
        """Runs an act on the model and through the page. `act` changes the opportunity it gets, or returns another.

        With the `headers` of htmx a write is answered with what it changed, and not with another page.
        """
        statuses, after = self.expected_result(who, self.opportunities[number], act)
        if headers and statuses == {303}:
            statuses = {200}
        return self.post_and_compare(who, {number: after}, where, posted, statuses, files, headers)

    def expected_result(self, who, opportunity, act):
        """The statuses that the rules allow, and the opportunity afterwards."""
        if who in ("anonymous", "no_role"):
            return {302 if who == "anonymous" else 403}, opportunity
        trial, actor = copy.deepcopy(opportunity), ROLE_IN_MODEL.get(who, who)
        try:
            trial.require_access(actor)
        except RefusedByModel:
            return {404}, opportunity
        try:
            return {303}, act(trial, actor) or trial
        except PartlyRefused as refusal:
            return statuses_of(refusal), refusal.opportunity
        except RefusedByModel as refusal:
            return statuses_of(refusal), opportunity

    def post_and_compare(self, who, after, where, posted, statuses, files=None, headers=None):
        """Posts, and compares the response and the database. `after`: the expected opportunities, by number."""
        changed = {
            number: opportunity
            for number, opportunity in after.items()
            if opportunity.version != self.opportunities[number].version
            or opportunity.mails != self.opportunities[number].mails
        }
        before = None if changed else self.last_digests()
        self.is_consistent = False
        if files is None:
            answer = self.data.post(who, where, posted, headers)
        else:
            answer = self.data.upload(who, where, posted, files)
        assert answer.status_code in statuses, (answer.status_code, statuses, who, where, posted)
        if changed:
            self.compare_and_store(changed)
        else:
            assert digests() == before
        self.is_consistent = True
        return answer

    def last_digests(self):
        """The digests of the database after the last operation."""
        self.cached_digests = self.cached_digests or digests()
        return self.cached_digests

    def compare_and_store(self, changed):
        self.cached_digests = None
        for number, opportunity in changed.items():
            self.opportunities[number] = opportunity
            rows = compared.assert_equal(self.pks[number], opportunity, self.data)
            self.pages[number].append(page.page_of(opportunity, rows, self.pks[number]))
        stored = dict(Opportunity.objects.values_list("pk", "version"))
        assert stored == {pk: opportunity.version for pk, opportunity in zip(self.pks, self.opportunities, strict=True)}
        self.looks.follow(compared.stored_looks(self.pks), self.opportunities)

    def seen_opportunity(self, page, version):
        """The opportunity that a save is compared with, by the version of the page. Refused without one."""
        self.refuse_unnamed(version)
        return FUTURE_VERSION if version == "999999" else page.opportunity

    def version_field(self, page, version, name="version"):
        return {} if version is None else {name: str(page.opportunity.version) if version == "shown" else version}

    def stage_fields(self, page, named_stage):
        if named_stage is None:
            return {}
        stage = (
            "x"
            if named_stage == "x"
            else str(self.data.stages[page.opportunity.stage if named_stage == "shown" else named_stage].pk)
        )
        return {"from_stage": stage, "page_version": str(page.opportunity.version)}

    def drawn_for(self, page, named_stage):
        """The stage and the version in the form. Refused without one of them."""
        if named_stage in (None, "x"):
            raise RefusedByModel("Incomplete")
        return page.opportunity.stage if named_stage == "shown" else named_stage, page.opportunity.version

    def load_new_competitor(self):
        """Makes a competitor that was created in a picker available to later operations."""
        competitor = Competitor.objects.filter(name=NEW_COMPETITOR).first()
        if competitor:
            self.data.competitors[NEW_COMPETITOR] = competitor

    # Forms that add a row

    def form_to_add(self, number, age, version, step, entries):
        """The posted fields of a form that adds a row, perhaps with the button that also marks its step complete."""
        posted = entries | self.version_field(self.page(number, age), version) | {"token": once.new_token()}
        posted |= {"step": str(self.data.steps[step])} if step else {}
        return {f"add-{name}": value for name, value in posted.items()} | ({"complete": ""} if step else {})

    def row_added(self, number, age, version, step, change):
        """What a form that adds a row does to an opportunity besides it: it may mark its step complete."""
        seen = self.page(number, age).opportunity

        def changed(opportunity):
            change(opportunity)
            if step and opportunity.status != "open":
                raise RefusedByModel("OpportunityClosed")
            if version == "999999":
                raise RefusedByModel("Gone")
            if step:
                opportunity.fill_in({step: True}, seen)

        return changed

    def refuse_unnamed(self, version):
        if version in (None, "x"):
            raise RefusedByModel("Incomplete")

    def refuse_entries(self, version, are_valid):
        self.refuse_unnamed(version)
        if not are_valid:
            raise RefusedByModel("Invalid")


def statuses_of(refusal):
    """How a page answers; in which order it finds what is wrong is not said."""
    answers = {
        "AlreadyMoved": 409,
        "StaleVersion": 409,
        "MissingChanged": 409,
        "RequestChanged": 409,
        "OpportunityClosed": 409,
        "Removed": 409,
        "AddressChanged": 409,
        "StaleTask": 409,
        "Incomplete": 400,
        "NoPage": 404,
    }
    return {answers.get(name, 422) for name in refusal.names}


def refuse_row(trial, actor, table):
    """Refuses a row of a closed opportunity, and a row of the team except for the owner and managers."""
    trial.require_open(actor)
    if table == "team_member" and not trial.may_lead(actor):
        raise RefusedByModel("NotAllowed")
