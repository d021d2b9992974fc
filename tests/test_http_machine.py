"""Random operations over HTTP, compared with a model of the rules.

A Hypothesis state machine acts as seven users with browsers. Their forms are current, out of date or forged; some of
them use the admin. After each operation the response and the database must agree with `tests.support.reference_model`.
A refusal must write nothing. SQLite and PostgreSQL run different operations. HYPOTHESIS_OPERATIONS=2000 sets their
number, and makes them different in each run.
"""

import copy
import os

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import QueryDict
from django.urls import reverse
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from zeal import zeal_ignore

from opportunities.customers.models import Competitor
from opportunities.forms import choices as form_choices
from opportunities.models import LastLook, Opportunity
from opportunities.verify import run
from salesflow import once
from stages.models import LostGate, Process
from tests.support import factories, http_machine, reference_model
from tests.support.db_assertions import digests
from tests.support.http_machine import (
    COMPETITORS,
    CONTACTS,
    DETAILS,
    FUTURE_DAY,
    NEW_COMPETITOR,
    NO_ROLE,
    NONE_KNOWN,
    PAST_DAY,
    PEOPLE,
    PartlyRefused,
    RefusedByModel,
    SeenOnPage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.machine]

PARTS = 4  # which run in parallel
STEPS = 50
COUNT = int(os.environ.get("HYPOTHESIS_OPERATIONS", "1000"))
IS_RANDOM = "HYPOTHESIS_OPERATIONS" in os.environ
SETTINGS = settings(
    max_examples=COUNT // (PARTS * STEPS) + 1,  # the first example is always the simplest
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=not IS_RANDOM,
    database=None,
    suppress_health_check=list(HealthCheck),
)

LIST = "/admin/opportunities/opportunity/"

VALUES = {
    "contact": [None, *CONTACTS],
    "account": [None, *http_machine.ACCOUNTS],
    "purchase_timeframe": [None, "immediate", "unknown"],
    "estimated_budget": [None, 0, 5],
    "purchase_process": [None, "committee"],
    "customer_need": [None, " \u200b", "Trucks"],
    "proposed_solution": [None, "Sensors"],
    "decision_date": [None, factories.TODAY],
    **{name: [False, True] for name in sorted(reference_model.TICKS)},
}
OTHERS = {
    "name": ["Fleet", "Fleet of lorries", "Vans"],
    "estimated_revenue": [None, 1500, 2500],
    "description": [None, "Call", "Write"],
    "rating": ["warm", "hot"],
}
FORGED = {"status": "won", "active_stage": "4", "owner": "1", "version_": "0", "is_finished": "on", "pk": "1"}


def some_of(values, most=3):
    pairs = [(name, value) for name, choices in values.items() for value in choices]
    return st.lists(st.sampled_from(pairs), max_size=most).map(dict)


which = st.integers(0, 5)
users = st.sampled_from(["owner"] * 14 + ["rep", "mate", "mate", "manager", "manager", *PEOPLE])
users_who_lead = st.sampled_from(["owner"] * 4 + ["manager"] * 5 + ["root", "root", "mate", "outsider"])
ages = st.sampled_from([0] * 8 + [1, 2, 5])  # by how many changes the page is out of date
versions = st.sampled_from(["shown"] * 14 + [None, "x", "999999"])
stages = st.integers(0, reference_model.LAST)
named_stages = st.sampled_from(["shown"] * 18 + [None, "x", *range(reference_model.LAST + 1)])
reasons = st.sampled_from(["They said so."] * 5 + [""])
panels = st.one_of(
    [
        st.tuples(
            st.just(number),
            some_of({name: VALUES[name] for name, _, _ in steps}),
        )
        for number, steps in enumerate(reference_model.STAGES)
    ]
)
tables = st.sampled_from(sorted(DETAILS))
ADDABLE = {
    "stakeholder": CONTACTS,
    "competitor": [*COMPETITORS, NEW_COMPETITOR],
    "team_member": ["rep", "mate", "manager", "no_role"],
}
DETAIL_CHOICES = {
    "role": ["account_manager", "delivery"],
    "roles": [NO_ROLE, ("decision_maker",), ("champion",), ("decision_maker", "champion")],
    "attitude": ["unknown", "supporter", "opponent"],
    "influence": ["unknown", "high"],
    "threat": ["", "low", "high"],
    "note": ["", "", "Kind", "Cheap"],
}
table_and_subject = st.one_of([st.tuples(st.just(table), st.sampled_from(names)) for table, names in ADDABLE.items()])


def details_for(table, choices):
    """The details of a child row, such as a role and a note, chosen by numbers."""
    columns = [DETAIL_CHOICES[column] for column in DETAILS[table]]
    return tuple(values[choice % len(values)] for values, choice in zip(columns, choices, strict=False))


THANK_YOU = "thank_you_sent"
rarely = st.sampled_from([False, False, True])
contents = st.sampled_from([factories.PDF] * 6 + [b"MZ\x90\x00", b"", None])
debriefs = st.fixed_dictionaries(
    {
        "went_well": st.sampled_from(["", "They listened."]),
        "went_badly": st.sampled_from(["", "", "We were late."]),
        "why": st.sampled_from(["", "They trusted us.", "The price."]),
        "price_gap": st.sampled_from([None, None, 8, -5]),
    }
)


def is_valid_debrief(entries):
    return any(entries[name] for name in ("went_well", "went_badly", "why"))


def debrief_fields(entries):
    return {name: "" if value is None else str(value) for name, value in entries.items()}


detail_choices = st.tuples(*[st.integers(0, 3)] * 4)


EXPLICIT = {
    "contact_decides": "decision_maker_identified",
    NONE_KNOWN: "competitors_identified",
    "sell_alone": "sales_team_identified",
}
"""The ticks that explicit answers set, by the name that their button sends."""


def refuse_other_owner(opportunity, page):
    """A button that names the owner is refused after the owner changed."""
    if opportunity.owner != page.opportunity.owner:
        raise RefusedByModel("StaleVersion")


class FutureVersion:
    """The opportunity at a version that does not exist yet. Comparing with it is refused."""

    def get(self, *names):
        raise RefusedByModel("Gone")

    details_of = get


FUTURE_VERSION = FutureVersion()

STEP_OF = {
    "stakeholder": "stakeholders_identified",
    "competitor": "competitors_identified",
    "team_member": "sales_team_identified",
}

PAGES = (
    *("opportunity", "opportunity_edit", "advance", "close", "close_as_won", "close_as_lost", "reopen", "hold"),
    *(
        "ask_manager",
        "take_back_close_request",
        "stakeholder_add",
        "competitor_add",
        "team_member_add",
        "no_known_competitors",
    ),
    *("attachment_add", "debrief_add", "presentation_add", "mail_write"),
)


WAIVER_ACTS = {
    "ask_for_waiver": lambda opportunity: set(opportunity.unmet(opportunity.reached)) - opportunity.asked,
    "take_back_waiver_request": lambda opportunity: opportunity.asked,
    "approve_waiver_request": lambda opportunity: opportunity.asked,
    "decline_waiver_request": lambda opportunity: opportunity.asked,
    "withdraw_waiver": lambda opportunity: opportunity.waived,
}
"""The acts on requests for waivers, and on waivers, each with the steps that it applies to."""

FOR_REPS = {"ask_for_waiver", "take_back_waiver_request"}
NEED_REASON = {"ask_for_waiver", "approve_waiver_request", "withdraw_waiver"}

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


class PagesMachine(RuleBasedStateMachine):
    data = None
    operations = 0

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.is_consistent, self.cached_digests = True, None

    def teardown(self):
        try:
            if self.is_consistent and hasattr(self, "opportunities"):
                assert [fault for fault in run.faults() if not fault.is_stricter_later] == []
                for number in range(len(self.opportunities)):
                    http_machine.assert_equal(self.pks[number], self.opportunities[number], self.data)
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize(
        lost_gate=st.sampled_from(LostGate.values),
        stages_passed=st.tuples(stages, st.integers(0, reference_model.LAST + 1)),
    )
    def begin(self, lost_gate, stages_passed):
        Process.objects.update(lost_gate=lost_gate)
        self.data.competitors.pop(NEW_COMPETITOR, None)
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
        getattr(self, name)(**given)

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

    def send(self, number, who, act, where, posted, files=None):
        """Runs an act on the model and through the page. `act` changes the opportunity it gets, or returns another."""
        statuses, after = self.expected_result(who, self.opportunities[number], act)
        return self.post_and_compare(who, {number: after}, where, posted, statuses, files)

    def expected_result(self, who, opportunity, act):
        """The statuses that the rules allow, and the opportunity afterwards."""
        if who in ("anonymous", "no_role"):
            return {302 if who == "anonymous" else 403}, opportunity
        trial, actor = copy.deepcopy(opportunity), http_machine.ROLE_IN_MODEL.get(who, who)
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

    def post_and_compare(self, who, after, where, posted, statuses, files=None):
        """Posts, and compares the response and the database. `after`: the expected opportunities, by number."""
        changed = {
            number: opportunity
            for number, opportunity in after.items()
            if opportunity.version != self.opportunities[number].version
            or opportunity.mails != self.opportunities[number].mails
        }
        before = None if changed else self.last_digests()
        self.is_consistent = False
        answer = self.data.post(who, where, posted) if files is None else self.data.upload(who, where, posted, files)
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
            rows = http_machine.assert_equal(self.pks[number], opportunity, self.data)
            self.pages[number].append(http_machine.page_of(opportunity, rows, self.pks[number]))
        stored = dict(Opportunity.objects.values_list("pk", "version"))
        assert stored == {pk: opportunity.version for pk, opportunity in zip(self.pks, self.opportunities, strict=True)}
        self.looks.follow(http_machine.stored_looks(self.pks), self.opportunities)

    def seen_opportunity(self, page, version):
        """The opportunity that a save is compared with, by the version of the page. Refused without one."""
        if version in (None, "x"):
            raise RefusedByModel("Incomplete")
        return FUTURE_VERSION if version == "999999" else page.opportunity

    def version_field(self, page, version, name="version"):
        return {} if version is None else {name: str(page.opportunity.version) if version == "shown" else version}

    # New

    @operation(
        2,
        who=st.sampled_from(["rep", "mate", "manager", "no_role", "anonymous"]),
        values=some_of({name: VALUES[name] for name in ("contact", "account")} | OTHERS),
        is_named=st.sampled_from([True, True, False]),
        is_sent_twice=st.booleans(),
    )
    def start(self, who, values, is_named, is_sent_twice):
        is_named = is_named and len(self.opportunities) < 3
        entries = {"name": "Fleet", "contact": None, "account": None, **values}
        posted = (
            self.data.entries(entries)
            | {"token": f"token-of-the-page-{len(self.opportunities)}"}
            | ({} if is_named else {"name": " "})
        )
        where = reverse("opportunity_new")
        if who in ("anonymous", "no_role") or not is_named:
            self.post_and_compare(who, {}, where, posted, {{"anonymous": 302, "no_role": 403}.get(who, 422)})
            return
        self.is_consistent = False
        answer = self.data.post(who, where, posted)
        assert answer.status_code == 303
        opportunity = http_machine.OpportunityOnPages(owner=who, lost_gate=self.lost_gate)
        entries.pop("rating", None)  # not a field of that page
        entries.pop("description", None)
        opportunity.fill_in(entries, None)
        opportunity.apply_rules(http_machine.OpportunityOnPages(owner=who))
        self.opportunities.append(opportunity)
        self.pks.append(int(answer.url.strip("/").split("/")[-1]))
        self.pages.append([])
        self.compare_and_store({len(self.opportunities) - 1: opportunity})
        if is_sent_twice:
            self.post_and_compare(who, {}, where, posted, {303})

    @operation(
        2,
        which=which,
        who=users,
        kind=st.sampled_from(["copy", "3", "12"]),
        parts=st.lists(st.sampled_from(["stakeholders", "competitors", "team", "customer_need"]), unique=True),
        age=ages,
        version=versions,
        is_sent_twice=st.booleans(),
    )
    def copy(self, which, who, kind, parts, age, version, is_sent_twice):
        number = self.pick(which, is_open=which % 2 == 0)
        who, page = self.person(who, number), self.page(number, age)
        is_named = len(self.opportunities) < 3

        def act(trial, actor):
            if version in (None, "x"):
                raise RefusedByModel("Incomplete")
            if not is_named:
                raise RefusedByModel("Invalid")
            if version == "999999":
                raise RefusedByModel("Gone")
            if page.opportunity.version < trial.version:
                raise RefusedByModel("AlreadyMoved")

        posted = {"name": "Fleet, again" if is_named else " ", "kind": kind, "estimated_revenue": "1500", "take": parts}
        posted |= {"token": once.new_token()} | self.version_field(page, version)
        where = self.url("opportunity_copy", number)
        statuses, _ = self.expected_result(who, self.opportunities[number], act)
        if statuses != {303}:
            self.post_and_compare(who, {}, where, posted, statuses)
            return
        self.is_consistent = False
        answer = self.data.post(who, where, posted)
        assert answer.status_code == 303
        self.opportunities.append(self.opportunities[number].copied(who, "Fleet, again", 1500, parts))
        self.pks.append(int(answer.url.strip("/").split("/")[-1]))
        self.pages.append([])
        self.opportunities[-1].close_on = Opportunity.objects.get(pk=self.pks[-1]).estimated_close_date
        assert (self.opportunities[-1].close_on is None) == (kind == "copy")
        self.compare_and_store({len(self.opportunities) - 1: self.opportunities[-1]})
        if is_sent_twice:
            self.post_and_compare(who, {}, where, posted, {303})

    # The panel

    @operation(
        12,
        which=which,
        who=users,
        leave=st.sampled_from([None, None, None, *reference_model.FIELDS]),
        move=st.booleans(),
    )
    def complete(self, which, who, leave, move):
        """Fills in the active stage, perhaps without one field, and presses Next Stage or Finish, or saves."""
        number = self.pick(which)
        press = "advance" if self.opportunities[number].stage < reference_model.LAST else "finish"
        self.fill(number, self.person(who, number), leave, press if move else "save")

    @operation(3, which=which, who=st.sampled_from(["owner", "owner", "manager", "mate"]), is_won=st.booleans())
    def close_from_any_stage(self, which, who, is_won):
        """Moves the opportunity from its stage to Won or Lost."""
        number = self.pick(which)
        for _ in self.data.stages:
            if self.opportunities[number].status == "open" and not self.opportunities[number].finished:
                self.complete(which, who, leave=None, move=True)
        same = {"age": 0, "named_stage": "shown"}
        if is_won:
            self.win(which, who, **same, revenue="4500", day=True)
        else:
            self.lose(which, who, **same, reason="out_sold", competitor="Rival", waives=None, description="No money.")

    def fill(self, number, who, leave, press):
        opportunity = self.opportunities[number]
        stage, also = opportunity.stage, None
        changes = {name: VALUES[name][-1] for name in opportunity.unmet([stage]) if name != leave}
        if "decision_maker_identified" in changes and not opportunity.has_evidence("decision_maker"):
            also = "contact_decides"
        if "sales_team_identified" in changes and not opportunity.team:
            also = "sell_alone"
        if "competitors_identified" in changes and not opportunity.competitors:
            also = NONE_KNOWN
        self.panel(number, who, stage, changes, press, also=also)

    @operation(
        14,
        which=which,
        who=users,
        panel=panels,
        press=st.sampled_from(["save", "save", "save", "advance", "jump", "back", "finish"]),
        age=ages,
        version=versions,
        named_stage=named_stages,
        also=st.sampled_from([None] * 8 + ["sell_alone", "contact_decides", NONE_KNOWN, "add_one", "nonsense"]),
        is_forged=st.booleans(),
    )
    def use_panel(self, which, who, panel, press, age, version, named_stage, also, is_forged):
        number = self.pick(which)
        more = {"age": age, "version": version, "named_stage": named_stage, "forged": FORGED if is_forged else {}}
        self.panel(number, self.person(who, number), *panel, press, also=None if age else also, **more)

    def panel(
        self, number, who, stage, changes, press, *, also=None, age=0, version="shown", named_stage="shown", forged=()
    ):
        page = self.page(number, age)
        entries = {name: page.opportunity.values[name] for name, _, _ in reference_model.STAGES[stage]}
        entries |= changes

        def act(trial, actor):
            is_named = press != "save" or named_stage is not None
            drawn_for = self.drawn_for(page, named_stage) if is_named else None
            seen = self.seen_opportunity(page, version)
            contact = entries["contact"] if stage == 0 else trial.values["contact"]
            refuse_button(also, entries, contact)
            mine = dict(entries)
            if EXPLICIT.get(also) in entries:
                mine[EXPLICIT[also]] = True
            if also == NONE_KNOWN:
                mine[NONE_KNOWN] = True

            def change(opportunity, without=()):
                if also == "sell_alone":
                    refuse_other_owner(opportunity, page)
                    opportunity.team.add(opportunity.owner)
                if also == "contact_decides":
                    opportunity.stakeholders[contact] = True
                given = {name: value for name, value in mine.items() if name not in without}
                early = ticks_without_evidence(opportunity, stage, given) if also == "add_one" else set()
                opportunity.fill_in({name: value for name, value in given.items() if name not in early}, seen)

            before = copy.deepcopy(trial)
            try:
                return save_and_move(trial, actor, press, drawn_for, stage, change)
            except RefusedByModel as refusal:
                if "StaleVersion" not in refusal.names or also in EXPLICIT:
                    raise
                write_the_rest(getattr(refusal, "opportunity", before), actor, mine, seen, change)
                raise

        posted = {**dict(forged), **self.data.entries(entries), **self.version_field(page, version)}
        posted |= {"stage": str(self.data.stages[stage].pk), "ticks": " ".join(reference_model.TICKS & entries.keys())}
        posted |= also_fields(also, stage)
        posted |= self.stage_fields(page, named_stage)
        self.send(number, who, act, self.url("go_back" if press == "back" else press, number), posted)

    @operation(
        14,
        which=which,
        who=users,
        answer=st.sampled_from([(name, value) for name, values in VALUES.items() for value in values]),
        age=ages,
        version=versions,
        choice=st.sampled_from([None, form_choices.MINE, form_choices.THEIRS]),
    )
    def answer_one(self, which, who, answer, age, version, choice):
        """An answer that saves itself, by the token of its page; after a conflict, perhaps one of the two values."""
        number, (name, value) = self.pick(which), answer
        who, page = self.person(who, number), self.page(number, age)
        posted = self.data.entries({name: value}) | self.version_field(page, version)
        posted |= {"token": page.token, "ticks": " ".join(reference_model.TICKS & {name})}

        def act(trial, actor):
            seen = self.seen_opportunity(page, version)
            seen = SeenOnPage(page, who) if seen is page.opportunity else seen
            return trial.write(actor, lambda opportunity: opportunity.fill_in({name: value}, seen))

        status = self.send_answer(number, who, act, name, posted, page)
        if status != 409 or choice is None or self.opportunities[number].status != "open":
            return
        data = QueryDict(mutable=True)
        data.update(posted)
        posted |= {
            form_choices.SETTLED + name: str(self.opportunities[number].version),
            form_choices.CHOICE + name: choice,
            form_choices.TYPED + name: form_choices.digest(data, name),
        }

        def choose(trial, actor):
            given = {name: value} if choice == form_choices.MINE else {}
            return trial.write(actor, lambda opportunity: opportunity.fill_in(given, None))

        self.send_answer(number, who, choose, name, posted, page)

    def send_answer(self, number, who, act, name, posted, page):
        before = self.opportunities[number]
        statuses, after = self.expected_result(who, before, act)
        statuses = {200} if statuses == {303} else statuses
        where = self.url("answer", number, self.data.steps[name])
        status = self.post_and_compare(who, {number: after}, where, posted, statuses).status_code
        page.note_written(who, before, after)
        return status

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

    @operation(
        8,
        which=which,
        who=users,
        press=st.sampled_from(["advance", "advance", "jump", "back", "back", "go back here", "finish", "finish"]),
        age=ages,
        named_stage=named_stages,
    )
    def press_button_without_entries(self, which, who, press, age, named_stage):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)
        stage = page.opportunity.stage if press == "go back here" else None

        def act(trial, actor):
            drawn_for = self.drawn_for(page, named_stage)
            if press == "jump":
                raise RefusedByModel("Incomplete")
            trial.press_button(actor, press, drawn_for, None, to_stage=stage)

        where = self.url("go_back" if press in ("back", "go back here") else press, number)
        posted = {} if stage is None else {"to_stage": str(self.data.stages[stage].pk)}
        self.send(number, who, act, where, posted | self.stage_fields(page, named_stage))

    # The other fields

    @operation(
        6,
        which=which,
        who=users,
        values=some_of(OTHERS | {name: VALUES[name] for name in ("contact", "account")}),
        owner=st.sampled_from([None, None, "rep", "mate", "mate", "manager", "no_role"]),
        stays=st.booleans(),
        age=ages,
        version=versions,
        forecast=st.sampled_from(["pipeline"] * 7 + ["won"]),
    )
    def edit(self, which, who, values, owner, stays, age, version, forecast):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)
        names = (*OTHERS, "contact", "account", "owner")
        entries = {name: page.opportunity.get(name) for name in names} | values | ({"owner": owner} if owner else {})

        def act(trial, actor):
            seen = self.seen_opportunity(page, version)
            mine = dict(entries)
            may_lead = trial.may_lead(actor)
            if not may_lead:
                del mine["owner"]
            if forecast == "won" or (may_lead and owner == "no_role"):
                raise RefusedByModel("Invalid")

            def change(opportunity, without=()):
                opportunity.owner_leaves = may_lead and not stays
                opportunity.fill_in({name: value for name, value in mine.items() if name not in without}, seen)

            before = copy.deepcopy(trial)
            try:
                return trial.write(actor, change)
            except RefusedByModel as refusal:
                if "StaleVersion" in refusal.names:
                    write_the_rest(before, actor, mine, seen, change)
                raise

        posted = self.data.entries(entries) | {"forecast_category": forecast, **self.version_field(page, version)}
        posted |= self.data.close_date(page.opportunity)
        posted |= {"stays": "on"} if stays else {}
        self.send(number, who, act, self.url("opportunity_edit", number), posted)

    # Child rows

    @operation(
        7,
        which=which,
        who=users,
        added=table_and_subject,
        choices=detail_choices,
        at_step=st.booleans(),
        age=ages,
        version=versions,
    )
    def add_row(self, which, who, added, choices, at_step, age, version):
        """On the page that adds a row, or below the step that the row is evidence for."""
        number = self.pick(which)
        who, page, (table, name) = self.person(who, number), self.page(number, age), added
        details = details_for(table, choices)

        def act(trial, actor):
            refuse_row(trial, actor, table)
            if name == "no_role" or version == "x":
                raise RefusedByModel("Invalid")
            if version == "999999":
                raise RefusedByModel("Gone")
            return trial.write(actor, lambda opportunity: opportunity.add_row(table, name, details))

        subject_field = {"stakeholder": "contact", "competitor": "competitor", "team_member": "user"}[table]
        posted = self.data.details(table, details) | self.version_field(page, version)
        posted |= {
            subject_field: self.data.choice(table, name),
            f"{subject_field}-find": name if name == NEW_COMPETITOR else "",
        }
        posted |= {"token": once.new_token()}
        step = self.data.steps[STEP_OF[table]]
        where = self.url("add_evidence", number, step) if at_step else self.url(f"{table}_add", number)
        prefix = f"add_{step}" if at_step else "add"
        statuses, after = self.expected_result(who, self.opportunities[number], act)
        statuses = {200} if at_step and statuses == {303} else statuses
        posted = {f"{prefix}-{field}": value for field, value in posted.items()}
        self.post_and_compare(who, {number: after}, where, posted, statuses)
        self.load_new_competitor()

    def load_new_competitor(self):
        """Makes a competitor that was created in a picker available to later operations."""
        competitor = Competitor.objects.filter(name=NEW_COMPETITOR).first()
        if competitor:
            self.data.competitors[NEW_COMPETITOR] = competitor

    @operation(
        8,
        which=which,
        who=users,
        table=tables,
        row=st.integers(0, 3),
        choices=detail_choices,
        is_removed=st.booleans(),
        age=ages,
        version=versions,
        elsewhere=st.sampled_from([False] * 5 + [True]),
    )
    def change_or_remove_row(self, which, who, table, row, choices, is_removed, age, version, elsewhere):
        """A row of the page, or (`elsewhere`) a row of another opportunity at an address of this one."""
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)
        rows = self.page(number - 1).rows[table] if elsewhere else page.rows[table]
        name = sorted(rows)[row % len(rows)] if rows else None
        pk, details = rows.get(name, 999_999), details_for(table, choices)

        def act(trial, actor):
            if self.page(number).rows[table].get(name) != pk:
                if name is None or elsewhere:
                    raise RefusedByModel("NoPage")
                self.seen_opportunity(page, version)
                raise RefusedByModel("Removed")
            refuse_row(trial, actor, table)
            seen = self.seen_opportunity(page, version)
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")
            if is_removed:
                return trial.write(actor, lambda opportunity: opportunity.remove_row(table, name, seen))
            return change_row(trial, actor, table, name, details, seen)

        posted = {} if is_removed else self.data.details(table, details)
        where = self.url(f"{table}_{'remove' if is_removed else 'edit'}", number, pk)
        self.send(number, who, act, where, posted | self.version_field(page, version))

    @operation(3, which=which, who=users, value=st.sampled_from(["on", "on", "off", "x"]), age=ages, version=versions)
    def set_no_known_competitors(self, which, who, value, age, version):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)

        def act(trial, actor):
            trial.require_open(actor)
            seen = self.seen_opportunity(page, version)
            if value == "x":
                raise RefusedByModel("Invalid")
            return trial.write(actor, lambda opportunity: opportunity.fill_in({NONE_KNOWN: value == "on"}, seen))

        posted = {NONE_KNOWN: value, **self.version_field(page, version)}
        self.send(number, who, act, self.url("no_known_competitors", number), posted)

    @operation(2, which=which, who=users)
    def sell_alone(self, which, who):
        number = self.pick(which)

        def act(trial, actor):
            refuse_row(trial, actor, "team_member")
            return trial.write(actor, lambda opportunity: opportunity.team.add(opportunity.owner))

        posted = self.version_field(self.page(number), "shown")
        self.send(number, self.person(who, number), act, self.url("sell_alone", number), posted)

    # Notes

    @operation(
        4,
        which=which,
        who=users,
        is_open=st.booleans(),
        text=st.sampled_from(["They called.", "They called.", "", " \u200b"]),
        age=ages,
        version=versions,
    )
    def add_note(self, which, who, is_open, text, age, version):
        number = self.pick(which, is_open=is_open)

        def act(trial, actor):
            if not text.strip(" \u200b") or version == "x":
                raise RefusedByModel("Invalid")
            if version == "999999":
                raise RefusedByModel("Gone")
            trial.add_note(actor)

        posted = {"text": text, "kind": "meeting", **self.version_field(self.page(number, age), version)}
        posted = {f"add-{name}": value for name, value in (posted | {"token": once.new_token()}).items()}
        self.send(number, self.person(who, number), act, self.url("note_add", number), posted)

    @operation(
        4,
        which=which,
        who=users,
        is_open=st.booleans(),
        row=st.integers(0, 3),
        value=st.sampled_from(["on", "off"]),
        age=ages,
        version=versions,
    )
    def pin_note(self, which, who, is_open, row, value, age, version):
        number = self.pick(which, is_open=is_open)
        page, notes = self.page(number, age), self.opportunities[number].notes
        if not notes:
            return
        place = row % len(notes)
        pk = Opportunity.objects.get(pk=self.pks[number]).notes.order_by("pk")[place].pk

        def act(trial, actor):
            seen = self.seen_opportunity(page, version)
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")
            was_pinned = seen.notes[place] if place < len(seen.notes) else False
            trial.pin_note(actor, place, http_machine.merged(value == "on", was_pinned, trial.notes[place]))

        posted = {"is_pinned": value, **self.version_field(page, version)}
        self.send(number, self.person(who, number), act, self.url("note_pin", number, pk), posted)

    # Files, debriefs, presentations and mails

    def form_to_add(self, number, age, version, step, entries):
        """The posted fields of a form that adds a row, perhaps with the button that also marks its step complete."""
        posted = entries | self.version_field(self.page(number, age), version) | {"token": once.new_token()}
        posted |= {"step": str(self.data.steps[step])} if step else {}
        return {f"add-{name}": value for name, value in posted.items()} | ({"complete": ""} if step else {})

    def row_added(self, number, age, version, step, change):
        """What a form that adds a row does to an opportunity besides it: it may mark its step complete."""
        seen = None if version is None else self.page(number, age).opportunity

        def changed(opportunity):
            change(opportunity)
            if step and opportunity.status != "open":
                raise RefusedByModel("OpportunityClosed")
            if version == "999999":
                raise RefusedByModel("Gone")
            if step:
                opportunity.fill_in({step: True}, seen)

        return changed

    def refuse_entries(self, version, are_valid):
        if not are_valid or version == "x":
            raise RefusedByModel("Invalid")

    @operation(
        5,
        which=which,
        who=users,
        is_open=st.booleans(),
        kind=st.sampled_from(reference_model.FILE_KINDS),
        content=contents,
        completes=rarely,
        age=ages,
        version=versions,
    )
    def upload(self, which, who, is_open, kind, content, completes, age, version):
        number = self.pick(which, is_open=is_open)
        step = reference_model.COMPLETED_BY["file"] if completes else None

        def act(trial, actor):
            self.refuse_entries(version, content == factories.PDF)
            change = self.row_added(number, age, version, step, lambda after: after.add_file(kind))
            return trial.write_when_closed(actor, change)

        posted = self.form_to_add(number, age, version, step, {"kind": kind})
        files = [SimpleUploadedFile("Offer.pdf", content)] if content is not None else []
        self.send(number, self.person(who, number), act, self.url("attachment_add", number), posted, files)

    @operation(
        5,
        which=which,
        who=users,
        is_open=st.booleans(),
        place=st.integers(0, 5),
        content=contents,
        age=ages,
        version=versions,
        is_sent_twice=st.booleans(),
    )
    def upload_a_version(self, which, who, is_open, place, content, age, version, is_sent_twice):
        """Of a file of the page, which may have got another version since, or may be removed."""
        number = self.pick(which, is_open=is_open)
        who, page = self.person(who, number), self.page(number, age)
        if not page.files:
            return
        old = page.opportunity.files[place % len(page.files)]

        def act(trial, actor):
            if trial.file_version(old.key) is None:
                raise RefusedByModel("Removed")
            self.refuse_entries(version, content == factories.PDF)
            change = self.row_added(number, age, version, None, lambda after: after.add_file(old.kind, old))
            return trial.write_when_closed(actor, change)

        posted = self.form_to_add(number, age, version, None, {"kind": old.kind})
        where = self.url("attachment_version", number, page.files[old.key])
        sent = [SimpleUploadedFile("Offer.pdf", content)] if content is not None else []
        answer = self.send(number, who, act, where, posted, sent)
        if is_sent_twice and answer.status_code == 303:
            self.post_and_compare(who, {}, where, posted, {303}, [SimpleUploadedFile("Offer.pdf", content)])

    @operation(
        4,
        which=which,
        who=users,
        is_open=st.booleans(),
        place=st.integers(0, 5),
        with_earlier=st.booleans(),
        age=ages,
        version=versions,
    )
    def remove_file(self, which, who, is_open, place, with_earlier, age, version):
        number = self.pick(which, is_open=is_open)
        page = self.page(number, age)
        if not page.files:
            return
        old = page.opportunity.files[place % len(page.files)]

        def act(trial, actor):
            seen = self.seen_opportunity(page, version)
            if trial.file_version(old.key) is None:
                raise RefusedByModel("Removed")
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")
            return trial.write_when_closed(
                actor, lambda after: after.remove_file(old, with_earlier=with_earlier, seen=seen)
            )

        posted = self.version_field(page, version) | ({"with_earlier": "on"} if with_earlier else {})
        where = self.url("attachment_remove", number, page.files[old.key])
        self.send(number, self.person(who, number), act, where, posted)

    @operation(
        4,
        which=which,
        who=users,
        is_open=st.booleans(),
        entries=debriefs,
        completes=rarely,
        age=ages,
        version=versions,
    )
    def file_debrief(self, which, who, is_open, entries, completes, age, version):
        number = self.pick(which, is_open=is_open)
        step = reference_model.COMPLETED_BY["debrief"] if completes else None

        def act(trial, actor):
            self.refuse_entries(version, is_valid_debrief(entries))
            change = self.row_added(number, age, version, step, lambda after: after.file_debrief(entries))
            return trial.write_when_closed(actor, change)

        posted = self.form_to_add(number, age, version, step, debrief_fields(entries))
        self.send(number, self.person(who, number), act, self.url("debrief_add", number), posted)

    @operation(5, which=which, who=users, is_open=st.booleans(), entries=debriefs, age=ages, version=versions)
    def change_debrief(self, which, who, is_open, entries, age, version):
        number = self.pick(which, is_open=is_open)
        page = self.page(number, age)
        page = page if page.opportunity.debrief else self.page(number)
        if not page.opportunity.debrief:
            return

        def act(trial, actor):
            seen = self.seen_opportunity(page, version)
            if not is_valid_debrief(entries):
                raise RefusedByModel("Invalid")
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")

            def change(opportunity, without=()):
                kept = {name: value for name, value in opportunity.debrief.items() if name in without}
                given = entries | kept
                opportunity.debrief = kept | {
                    name: http_machine.merged(entries[name], seen.debrief[name], opportunity.debrief[name])
                    for name in entries.keys() - kept.keys()
                }
                if not is_valid_debrief(given) or not is_valid_debrief(opportunity.debrief):
                    raise RefusedByModel("Invalid")

            before = copy.deepcopy(trial)
            try:
                return trial.write_when_closed(actor, change)
            except RefusedByModel as refusal:
                if "StaleVersion" in refusal.names:
                    disputed = {
                        name
                        for name, mine in entries.items()
                        if is_conflict(mine, seen.debrief[name], before.debrief[name])
                    }
                    raise_partly(lambda: before.write_when_closed(actor, lambda after: change(after, disputed)))
                raise

        pk = Opportunity(pk=self.pks[number]).debriefs.get().pk
        posted = debrief_fields(entries) | self.version_field(page, version)
        self.send(number, self.person(who, number), act, self.url("debrief_edit", number, pk), posted)

    @operation(
        5,
        which=which,
        who=users,
        day=st.sampled_from([PAST_DAY, PAST_DAY, PAST_DAY, FUTURE_DAY]),
        attendees=st.lists(st.sampled_from(CONTACTS), max_size=2, unique=True),
        place=st.one_of(st.none(), st.integers(0, 5)),
        completes=rarely,
        age=ages,
        version=versions,
    )
    def present(self, which, who, day, attendees, place, completes, age, version):
        """To stakeholders of the page, with a file of the page; both may have been removed since."""
        number = self.pick(which)
        page = self.page(number, age)
        step = reference_model.COMPLETED_BY["presentation"] if completes else None
        file = page.opportunity.files[place % len(page.files)].key if page.files and place is not None else None
        present = [name for name in attendees if name in page.opportunity.stakeholders]

        def act(trial, actor):
            trial.require_open(actor)
            self.refuse_entries(version, day == PAST_DAY)
            change = self.row_added(number, age, version, step, lambda after: after.present(present, file))
            return trial.write(actor, change)

        posted = {"kind": "proposal", "held_on": str(day), "file": page.files.get(file, "")}
        posted["attendees"] = [str(self.data.contacts[name].pk) for name in present]
        posted = self.form_to_add(number, age, version, step, posted)
        self.send(number, self.person(who, number), act, self.url("presentation_add", number), posted)

    @operation(3, which=which, who=users, place=st.integers(0, 5), age=ages, version=versions)
    def remove_presentation(self, which, who, place, age, version):
        number = self.pick(which)
        page = self.page(number, age)
        if not page.presentations:
            return
        old = page.opportunity.presentations[place % len(page.presentations)]

        def act(trial, actor):
            if old not in trial.presentations:
                self.seen_opportunity(page, version)
                raise RefusedByModel("Removed")
            trial.require_open(actor)
            if self.seen_opportunity(page, version) is FUTURE_VERSION:
                raise RefusedByModel("Gone")
            return trial.write(actor, lambda after: after.presentations.remove(old))

        where = self.url("presentation_remove", number, page.presentations[old.key])
        self.send(number, self.person(who, number), act, where, self.version_field(page, version))

    @operation(
        6,
        which=which,
        who=st.one_of(users, st.just("root")),
        is_open=st.booleans(),
        contact=st.sampled_from([*CONTACTS, *CONTACTS, None]),
        seen_address=st.sampled_from(["now", "now", "now", "", "old@example.com"]),
        text=st.sampled_from(["Thank you.", "Thank you.", "Thank you.", ""]),
        completes=st.booleans(),
        age=ages,
        version=versions,
        is_sent_twice=st.booleans(),
    )
    def send_mail(self, which, who, is_open, contact, seen_address, text, completes, age, version, is_sent_twice):
        """The mail of the step “Send thank you”, perhaps by the button that marks it complete, too."""
        number = self.pick(which, is_open=is_open)
        who, page = self.person(who, number), self.page(number, age)
        address = self.addresses.get(contact, "")
        shown = address if seen_address == "now" else seen_address

        def act(trial, actor):
            seen = self.seen_opportunity(page, version)
            if contact is None:
                raise RefusedByModel("Incomplete")
            if not text:
                raise RefusedByModel("Invalid")
            if completes:
                trial.require_open(actor)
            if who == "root":
                raise RefusedByModel("NoReplyAddress")
            trial.require_recipient(contact)
            if shown != address:
                raise RefusedByModel("AddressChanged")
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")
            after = trial.write(actor, lambda each: each.fill_in({THANK_YOU: True}, seen)) if completes else trial
            after = copy.deepcopy(after)
            after.mails.append(contact)
            return after

        posted = {"subject": "Thank you", "text": text, "language": "en", "seen_address": shown}
        posted |= {"contact": str(self.data.contacts[contact].pk)} if contact else {}
        posted |= {"token": once.new_token(), "address": http_machine.ADDRESS.format(contact)}
        posted |= self.version_field(page, version) | ({"also": "complete"} if completes else {})
        where = self.url("mail_write_for", number, self.data.steps[THANK_YOU])
        answer = self.send(number, who, act, where, posted)
        if answer.status_code != 303:
            return
        self.addresses[contact] = address or http_machine.ADDRESS.format(contact)
        stored = self.data.contacts[contact]
        stored.refresh_from_db()
        assert stored.email == self.addresses[contact]
        if is_sent_twice:
            self.post_and_compare(who, {}, where, posted, {303})

    # Looks

    @operation(4, which=which, who=users, is_quiet=st.booleans(), age=ages, version=versions)
    def mark_as_seen(self, which, who, is_quiet, age, version):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)

        def act(trial, actor):
            if version in (None, "x", "999999"):
                raise RefusedByModel("Incomplete")

        statuses, _ = self.expected_result(who, self.opportunities[number], act)
        looks = copy.deepcopy(self.looks)
        if statuses == {303}:
            looks.see(number, who, page.opportunity.version)
            statuses = {204} if is_quiet else {303}
        posted = self.version_field(page, version) | ({"quiet": ""} if is_quiet else {})
        self.post_look(who, self.url("opportunity_seen", number), posted, statuses, looks)

    @operation(3, who=st.sampled_from(["rep", "mate", *PEOPLE]), age=ages, version=versions)
    def mark_all_as_seen(self, who, age, version):
        """All opportunities of the machine, also those that the person may not see, which are skipped."""
        listed = {number: self.page(number, age).opportunity.version for number in range(len(self.opportunities))}
        looks = copy.deepcopy(self.looks)
        visible = {number: each for number, each in listed.items() if self.may_see(who, number)}
        statuses = {{"anonymous": 302, "no_role": 403}.get(who, 303)}
        if version in (None, "x") or (version == "999999" and visible):
            statuses = {400} if statuses == {303} else statuses
        if statuses == {303}:
            looks.see_listed(who, visible)
        shown = {number: each if version == "shown" else version for number, each in listed.items()}
        posted = {} if version is None else {"seen": [f"{self.pks[number]}-{each}" for number, each in shown.items()]}
        self.post_look(who, reverse("news_seen"), posted, statuses, looks)

    def may_see(self, who, number):
        return self.expected_result(who, self.opportunities[number], lambda trial, actor: None)[0] == {303}

    def post_look(self, who, where, posted, statuses, looks):
        """Posts, and compares the last looks with `looks`. Nothing else is written."""
        before = self.last_digests()
        self.is_consistent = False
        answer = self.data.post(who, where, posted)
        assert answer.status_code in statuses, (answer.status_code, statuses, who, where, posted)
        self.cached_digests = digests()
        changed = {table for table, digest in self.cached_digests.items() if digest != before[table]}
        assert changed <= {LastLook._meta.db_table}
        assert http_machine.stored_looks(self.pks) == looks.versions
        looks.follow(looks.versions, self.opportunities)
        self.looks, self.is_consistent = looks, True

    # Closing and reopening

    @operation(
        5,
        which=which,
        who=users,
        age=ages,
        named_stage=named_stages,
        revenue=st.sampled_from(["4500", "0", ""]),
        day=st.booleans(),
    )
    def win(self, which, who, age, named_stage, revenue, day):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)

        def act(trial, actor):
            drawn_for = self.drawn_for(page, named_stage)
            if not revenue:
                raise RefusedByModel("Invalid")
            trial.require_movable(actor, drawn_for, answers=True)
            trial.win(actor)
            if not day:
                raise RefusedByModel("EntryMissing")

        posted = {"actual_revenue": revenue, "closed_on": str(PAST_DAY if day else FUTURE_DAY)}
        self.send(number, who, act, self.url("close_as_won", number), posted | self.stage_fields(page, named_stage))

    @operation(
        7,
        which=which,
        who=users,
        age=ages,
        named_stage=named_stages,
        reason=st.sampled_from(["canceled", "out_sold", "out_sold", "won"]),
        competitor=st.sampled_from([None, *COMPETITORS, NEW_COMPETITOR]),
        waives=st.sampled_from([None, None, "They are bankrupt.", "They are bankrupt.", ""]),
        description=st.sampled_from(["No money.", "No money.", "No money.", ""]),
    )
    def lose(self, which, who, age, named_stage, reason, competitor, waives, description):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)

        listed = page.opportunity.unmet_for_lost()

        def act(trial, actor):
            drawn_for = self.drawn_for(page, named_stage)
            if waives is not None and not listed:
                raise RefusedByModel("Incomplete")
            if reason == "won":
                raise RefusedByModel("Invalid")
            trial.require_movable(actor, drawn_for, answers=True)
            if waives is not None and actor in reference_model.MANAGERS and set(listed) != set(trial.unmet_for_lost()):
                raise RefusedByModel("MissingChanged")
            if waives == "" and actor in reference_model.MANAGERS:
                raise RefusedByModel("EntryMissing")
            out_sold = reason == "out_sold"
            trial.lose(actor, competitor if out_sold else None, out_sold, waives=bool(waives))
            if trial.lost_gate == "any" and not description:
                raise RefusedByModel("EntryMissing")

        posted = {"reason": str(factories.reason(reason).pk), "closed_on": str(PAST_DAY), "description": description}
        if competitor:
            posted |= {"competitor": self.data.choice("competitor", competitor), "competitor-find": competitor}
        if waives is not None:
            missing = " ".join(str(self.data.steps[name]) for name in listed)
            posted |= {"waive": "1", "waive_because": waives, "missing": missing}
        self.send(number, who, act, self.url("close_as_lost", number), posted | self.stage_fields(page, named_stage))
        self.load_new_competitor()

    @operation(
        7,
        which=which,
        who=users_who_lead,
        to=st.one_of(st.none(), stages),
        reason=reasons,
        age=ages,
        named_stage=named_stages,
    )
    def reopen(self, which, who, to, reason, age, named_stage):
        number = self.pick(which, is_open=False)
        page, stage = self.page(number, age), self.opportunities[number].stage if to is None else to

        def act(trial, actor):
            drawn_for = self.drawn_for(page, named_stage)
            if not reason or stage > trial.stage:
                raise RefusedByModel("Invalid")
            trial.require_current(drawn_for)
            trial.reopen(actor, stage)

        posted = {"reason": reason, "to_stage": str(self.data.stages[stage].pk), **self.stage_fields(page, named_stage)}
        self.send(number, self.person(who, number), act, self.url("reopen", number), posted)

    # Hold, resume, requests and waivers

    @operation(
        5,
        which=which,
        who=users,
        reason=reasons,
        name=st.sampled_from(["hold", "resume"]),
        age=ages,
        named_stage=named_stages,
    )
    def hold_or_resume(self, which, who, reason, name, age, named_stage):
        number = self.pick(which)
        page = self.page(number, age)

        def act(trial, actor):
            drawn_for = self.drawn_for(page, named_stage)
            if name != "resume" and not reason:
                raise RefusedByModel("Invalid")
            trial.require_movable(actor, drawn_for)
            getattr(trial, name)(actor)

        posted = {"reason": reason, **self.stage_fields(page, named_stage)}
        self.send(number, self.person(who, number), act, self.url(name, number), posted)

    @operation(
        4,
        which=which,
        who=users,
        age=ages,
        named_stage=named_stages,
        reason=st.sampled_from(["canceled", "out_sold", "won"]),
        competitor=st.sampled_from([None, *COMPETITORS, NEW_COMPETITOR]),
        description=st.sampled_from(["No money.", "No money.", ""]),
    )
    def ask_manager(self, which, who, age, named_stage, reason, competitor, description):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)

        def act(trial, actor):
            drawn_for, out_sold = self.drawn_for(page, named_stage), reason == "out_sold"
            if reason == "won":
                raise RefusedByModel("Invalid")
            trial.require_movable(actor, drawn_for, answers=True)
            trial.ask_manager(actor, competitor if out_sold else None, out_sold, description)

        posted = {"reason": str(factories.reason(reason).pk), "closed_on": str(PAST_DAY), "description": description}
        if competitor:
            posted |= {"competitor": self.data.choice("competitor", competitor), "competitor-find": competitor}
        posted |= {"ask": "1", **self.stage_fields(page, named_stage)}
        self.send(number, who, act, self.url("close_as_lost", number), posted)
        self.load_new_competitor()

    @operation(2, which=which, who=users, age=ages, named_stage=named_stages)
    def take_back_close_request(self, which, who, age, named_stage):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)

        def act(trial, actor):
            drawn_for = self.drawn_for(page, named_stage)
            trial.require_movable(actor, drawn_for, answers=True)
            trial.take_back_close_request(actor)

        self.send(number, who, act, self.url("take_back_close_request", number), self.stage_fields(page, named_stage))

    @operation(3, which=which, who=users_who_lead, because=reasons, age=ages, named_stage=named_stages)
    def approve(self, which, who, because, age, named_stage):
        number = self.pick(which)
        page = self.page(number, age)
        listed = page.opportunity.unmet_for_lost()

        def act(trial, actor):
            if actor not in reference_model.MANAGERS:
                raise RefusedByModel("NoPage")
            drawn_for = self.drawn_for(page, named_stage)
            trial.require_movable(actor, drawn_for, answers=True)
            trial.approve(actor, listed, because)

        missing = " ".join(str(self.data.steps[name]) for name in listed) or "none"
        posted = {"waive_because": because, "missing": missing, **self.stage_fields(page, named_stage)}
        self.send(number, self.person(who, number), act, self.url("approve_close_request", number), posted)

    @operation(2, which=which, who=users_who_lead, answer=reasons, age=ages, named_stage=named_stages)
    def decline(self, which, who, answer, age, named_stage):
        number = self.pick(which)
        page = self.page(number, age)

        def act(trial, actor):
            if actor not in reference_model.MANAGERS:
                raise RefusedByModel("NoPage")
            drawn_for = self.drawn_for(page, named_stage)
            trial.require_movable(actor, drawn_for, answers=True)
            trial.decline(actor)

        posted = {"answer": answer, "missing": "none", **self.stage_fields(page, named_stage)}
        self.send(number, self.person(who, number), act, self.url("decline_close_request", number), posted)

    @operation(
        4,
        which=which,
        who=users_who_lead,
        name=st.sampled_from(reference_model.FIELDS),
        reason=reasons,
        age=ages,
        named_stage=named_stages,
    )
    def waive(self, which, who, name, reason, age, named_stage):
        number = self.pick(which)
        page = self.page(number, age)

        def act(trial, actor):
            if actor not in reference_model.MANAGERS:
                raise RefusedByModel("NoPage")
            drawn_for = self.drawn_for(page, named_stage)
            if not reason:
                raise RefusedByModel("Invalid")
            trial.require_movable(actor, drawn_for)
            trial.require_same_waiver(name, drawn_for)
            if name not in trial.unmet(range(reference_model.LAST + 1)) and name in page.opportunity.unmet(
                range(reference_model.LAST + 1)
            ):
                raise RefusedByModel("MissingChanged")
            if name not in trial.unmet(range(reference_model.LAST + 1)) and trial.version > page.opportunity.version:
                raise RefusedByModel("MissingChanged", "NoSuchMove")  # it may have been missing in between
            trial.waive(actor, name)

        where = self.url("waive", number, self.data.steps[name])
        posted = {"reason": reason, **self.stage_fields(page, named_stage)}
        self.send(number, self.person(who, number), act, where, posted)

    @operation(
        10,
        which=which,
        who=users_who_lead,
        what=st.sampled_from(["ask_for_waiver"] * 3 + ["approve_waiver_request"] * 2 + list(WAIVER_ACTS)),
        place=st.integers(0, 9),
        reason=reasons,
        age=ages,
        named_stage=named_stages,
    )
    def act_on_waiver(self, which, who, what, place, reason, age, named_stage):
        """Asks to waive a step, takes the request back, answers it, or withdraws a waiver."""
        number = self.pick(which)
        page, now = self.page(number, age), self.opportunities[number]
        suitable = sorted(WAIVER_ACTS[what](now)) or reference_model.FIELDS
        name = suitable[place % len(suitable)]

        def act(trial, actor):
            if actor not in reference_model.MANAGERS and what not in FOR_REPS:
                raise RefusedByModel("NoPage")
            drawn_for = self.drawn_for(page, named_stage)
            if not reason and what in NEED_REASON:
                raise RefusedByModel("Invalid")
            trial.act_on_waiver(actor, what, name, drawn_for)

        field = "answer" if what == "decline_waiver_request" else "reason"
        where = self.url(what, number, self.data.steps[name])
        posted = {field: reason, **self.stage_fields(page, named_stage)}
        self.send(number, self.person(who, number), act, where, posted)

    # The admin

    @operation(
        9,
        which=which,
        who=users_who_lead,
        values=some_of(VALUES | OTHERS | {NONE_KNOWN: [False, True], "owner": ["rep", "mate", "manager"]}, most=4),
        added=st.one_of(st.none(), table_and_subject),
        row=st.tuples(tables, st.integers(0, 3)),
        row_change=st.sampled_from(["none", "none", "change", "remove"]),
        choices=detail_choices,
        age=ages,
        version=versions,
    )
    def save_in_admin(self, which, who, values, added, row, row_change, choices, age, version):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)
        names = (*reference_model.FIELDS, *OTHERS, NONE_KNOWN, "owner")
        entries = {name: page.opportunity.get(name) for name in names} | values
        lines = {
            table: {each: page.opportunity.details_of(table, each) for each in rows}
            for table, rows in page.rows.items()
        }
        table, place = row
        chosen = sorted(lines[table])[place % len(lines[table])] if lines[table] else None
        if chosen and row_change == "change":
            lines[table][chosen] = details_for(table, choices)
        removed = {(table, chosen)} if chosen and row_change == "remove" else set()
        new_row = (*added, details_for(added[0], choices)) if added and added[1] != NEW_COMPETITOR else None

        def act(trial, actor):
            seen = self.seen_opportunity(page, version)
            trial.require_open(actor)
            if new_row and self.cannot_add(trial, *new_row[:2], removed):
                raise RefusedByModel("Invalid")
            if any(rows.items() - self.page(number).rows[each].items() for each, rows in page.rows.items()):
                raise RefusedByModel("Gone")

            def change(opportunity):
                opportunity.save_inlines(lines, removed, new_row, seen)
                opportunity.fill_in(entries, seen)

            return trial.write(actor, change)

        posted = self.data.entries(entries) | self.version_field(page, version, "seen_version")
        posted |= self.data.close_date(page.opportunity)
        posted |= {"forecast_category": "pipeline", "_save": "Save"}
        posted |= self.data.inlines(page, lines, removed, new_row)
        statuses, after = self.expected_admin_result(who, number, act)
        self.post_and_compare(who, {number: after}, f"{LIST}{self.pks[number]}/change/", posted, statuses)

    def cannot_add(self, trial, table, subject, removed):
        return subject == "no_role" or (subject in trial.subjects(table) and (table, subject) not in removed)

    def expected_admin_result(self, who, number, act):
        if http_machine.ROLE_IN_MODEL.get(who, who) not in reference_model.MANAGERS:
            return {302, 403}, self.opportunities[number]
        statuses, after = self.expected_result(who, self.opportunities[number], act)
        return {302} if statuses == {303} else statuses, after

    @operation(
        6,
        which=which,
        who=users_who_lead,
        others=st.booleans(),
        action=st.sampled_from(["advance", "advance", "go_back", "finish", "hold", "resume"]),
        age=ages,
        named_stage=named_stages,
        reason=reasons,
    )
    def run_admin_action(self, which, who, others, action, age, named_stage, reason):
        """Runs an action on one opportunity of the list, or on all."""
        chosen = range(len(self.opportunities)) if others else [self.pick(which)]
        who = self.person(who, chosen[0])
        posted = {"action": action, "_selected_action": [self.pks[number] for number in chosen], "index": "0"}
        after, refused, answers = {}, 0, set()
        for number in chosen:
            page = self.page(number, age)
            sent = self.stage_fields(page, named_stage)
            names = {"from_stage": "stage", "page_version": "version"}
            posted |= {f"{names[name]}-{self.pks[number]}": value for name, value in sent.items()}
            statuses, after[number] = self.expected_admin_result(
                who, number, self.admin_act(action, page, named_stage, reason)
            )
            refused += statuses != {302}
            answers |= statuses
        is_manager = http_machine.ROLE_IN_MODEL.get(who, who) in reference_model.MANAGERS
        expected = answers & {400} or answers & {409} or {302} if is_manager else {302, 403}
        with zeal_ignore():  # each is moved in its own transaction
            answer = self.post_and_compare(who, after, LIST, posted | {"reason": reason}, expected)
        if is_manager and answer.status_code != 400:
            levels = [message.level_tag for message in get_messages(answer.wsgi_request)]
            assert levels == ["error"] * refused + ["success"] * (refused < len(chosen))

    def admin_act(self, action, page, named_stage, reason):
        def act(trial, actor):
            drawn_for = self.drawn_for(page, named_stage)
            if action in ("hold", "resume"):
                trial.require_movable(actor, drawn_for)
                if action == "hold" and not reason:
                    raise RefusedByModel("EntryMissing")
                getattr(trial, action)(actor)
                return
            trial.press_button(actor, "back" if action == "go_back" else action, drawn_for, None)

        return act

    @operation(1, which=which, who=st.sampled_from(["manager", "owner", "outsider", "anonymous"]))
    def delete_in_admin(self, which, who):
        """Only superusers may delete."""
        number = self.pick(which)
        where = f"{LIST}{self.pks[number]}/delete/"
        self.post_and_compare(self.person(who, number), {}, where, {"post": "yes"}, {302, 403})

    # Opening pages

    @operation(
        4,
        which=which,
        who=users,
        name=st.sampled_from(PAGES),
        query=st.sampled_from(["", "?tab=timeline", "?tab=team", "?tab=stakeholders", "?tab=competitors", "?stage=x"]),
    )
    def open_page(self, which, who, name, query):
        number = self.pick(which)
        who, before = self.person(who, number), self.last_digests()
        statuses, _ = self.expected_result(who, self.opportunities[number], lambda trial, actor: None)
        self.is_consistent = False
        answer = self.data.get(who, self.url(name, number) + query)
        assert answer.status_code in ({200, 302, 303} if statuses == {303} else statuses)
        assert digests() == before
        self.is_consistent = True


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
        "Incomplete": 400,
        "NoPage": 404,
    }
    return {answers.get(name, 422) for name in refusal.names}


def refuse_row(trial, actor, table):
    """Refuses a row of a closed opportunity, and a row of the team except for the owner and managers."""
    trial.require_open(actor)
    if table == "team_member" and not trial.may_lead(actor):
        raise RefusedByModel("NotAllowed")


def refuse_button(also, entries, contact):
    """Refuses a button that no step of the panel has, and one about a contact when there is none."""
    if also not in (None, "add_one") and EXPLICIT.get(also) not in entries:
        raise RefusedByModel("Incomplete")
    if also == "contact_decides" and not contact:
        raise RefusedByModel("Invalid")


def also_fields(also, stage):
    """The posted field of a button that does more than save. “add one” belongs to one of the ticks of the stage."""
    if also == "add_one":
        ticks = [name for name, _, evidence in reference_model.STAGES[stage] if evidence or name == "thank_you_sent"]
        return {"also": f"add_for:{ticks[0]}"}
    return {"also": also} if also else {}


def ticks_without_evidence(opportunity, stage, entries):
    """The entered ticks that lack their evidence. The button “add one” does not save them."""
    trial = copy.deepcopy(opportunity)
    trial.no_known_competitors = entries.get(NONE_KNOWN, opportunity.no_known_competitors)
    return {
        name
        for name, _, evidence in reference_model.STAGES[stage]
        if entries[name] is True and not trial.has_evidence(evidence)
    }


def save_and_move(trial, actor, press, drawn_for, stage, change):
    """Presses a button of a panel: one write saves and moves. A stale form saves nothing. Back moves first."""
    first, then = (
        lambda opportunity: opportunity.write(actor, change),
        lambda opportunity: with_button_pressed(opportunity, actor, press, drawn_for, stage),
    )
    if press == "save":
        return first(trial)
    trial.require_movable(actor, drawn_for)
    version = trial.version + 1
    if press == "back":
        first, then = then, first
    partly = first(trial)
    try:
        after = then(copy.deepcopy(partly))
    except RefusedByModel as refusal:
        raise PartlyRefused(partly, *refusal.names) from refusal
    after.version = after.last_move_version = version
    after.waiver_versions = {name: min(each, version) for name, each in after.waiver_versions.items()}
    return after


def write_the_rest(opportunity, actor, entries, seen, change):
    """After a conflict the other entries are saved alone, unless a rule refuses them. Raises PartlyRefused if so."""
    conflicts = {name for name, mine in entries.items() if is_conflict(mine, seen.get(name), opportunity.get(name))}
    raise_partly(lambda: opportunity.write(actor, lambda after: change(after, without=conflicts)))


def raise_partly(write):
    """Writes the entries that are in no conflict. Raises PartlyRefused, unless a rule refuses them."""
    try:
        rest = write()
    except RefusedByModel:
        return
    raise PartlyRefused(rest, "StaleVersion")


def change_row(trial, actor, table, name, details, seen):
    """Changes a child row. After a conflict the other columns are saved alone."""
    before = copy.deepcopy(trial)
    try:
        return trial.write(actor, lambda after: after.change_row(table, name, details, seen))
    except RefusedByModel as refusal:
        if "StaleVersion" not in refusal.names:
            raise
        now, was = before.details_of(table, name), seen.details_of(table, name)
        rest = tuple(
            theirs if is_conflict(mine, shown, theirs) else mine
            for mine, shown, theirs in zip(details, was, now, strict=True)
        )
        raise_partly(lambda: before.write(actor, lambda after: after.change_row(table, name, rest, seen)))
        raise


def is_conflict(mine, seen, theirs):
    try:
        http_machine.merged(mine, seen, theirs)
    except RefusedByModel:
        return True
    return False


def with_button_pressed(opportunity, actor, press, drawn_for, stage):
    opportunity.press_button(actor, press, drawn_for, stage)
    return opportunity


@pytest.mark.parametrize("part", range(PARTS))
def test_the_pages_agree_with_the_reference_model(part):
    class Part(PagesMachine):
        data = http_machine.SampleData()

    run_state_machine_as_test(Part if IS_RANDOM else seed(f"{connection.vendor} {part}")(Part), settings=SETTINGS)

    assert IS_RANDOM or Part.operations >= COUNT // PARTS
