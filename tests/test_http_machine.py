"""The promise of the process, through the pages: whatever users post, an opportunity is where the rules say it is.

A Hypothesis state machine acts as seven users with browsers. Their forms are fresh, out of date or forged; some of them
use the admin. After each operation the answer and the database must agree with `tests.support.reference_model`.
A refusal must have changed nothing. HYPOTHESIS_OPERATIONS=2000 sets the number of operations, and takes other ones in
each run.
"""

import os

import pytest
from django.contrib.messages import get_messages
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from opportunities.customers.models import Competitor
from opportunities.models import Opportunity
from opportunities.verify import run
from salesflow import once
from stages.models import LostGate, Process
from tests.support import factories, http_machine, reference_model
from tests.support.db_assertions import digests
from tests.support.http_machine import (
    COMPETITORS,
    CONTACTS,
    NEWCOMER,
    NONE_KNOWN,
    PEOPLE,
    SAID,
    SOON,
    YESTERDAY,
    Halfway,
    RefusedByModel,
    fresh,
)

pytestmark = [pytest.mark.django_db, pytest.mark.machine]

PARTS = 4  # so that workers can share them
STEPS = 50
COUNT = int(os.environ.get("HYPOTHESIS_OPERATIONS", "2000"))
IS_ASKED = "HYPOTHESIS_OPERATIONS" in os.environ
SETTINGS = settings(
    max_examples=COUNT // (PARTS * STEPS) + 1,  # the first is always the simplest, and says little
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=not IS_ASKED,
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
people = st.sampled_from(["owner"] * 14 + ["rep", "mate", "mate", "manager", "manager", *PEOPLE])
leaders = st.sampled_from(["owner"] * 4 + ["manager"] * 5 + ["root", "root", "mate", "outsider"])
ages = st.sampled_from([0] * 8 + [1, 2, 5])  # how many changes ago the page was opened
versions = st.sampled_from(["shown"] * 14 + [None, "x", "999999"])
stages = st.integers(0, reference_model.LAST)
drawn = st.sampled_from(["shown"] * 18 + [None, "x", *range(reference_model.LAST + 1)])
reasons = st.sampled_from(["They said so."] * 5 + [""])
panels = st.one_of(
    [
        st.tuples(
            st.just(number),
            some_of(
                {name: VALUES[name] for name, _, _ in steps} | ({NONE_KNOWN: [False, True]} if number == 1 else {})
            ),
        )
        for number, steps in enumerate(reference_model.STAGES)
    ]
)
nouns = st.sampled_from(sorted(SAID))
COMERS = {
    "stakeholder": CONTACTS,
    "competitor": [*COMPETITORS, NEWCOMER],
    "team_member": ["rep", "mate", "manager", "nobody"],
}
WORDS = {
    "role": {"stakeholder": ["stakeholder", "decision_maker"], "team_member": ["account_manager", "delivery"]},
    "note": ["", "", "Kind", "Cheap"],
}
noun_and_name = st.one_of([st.tuples(st.just(noun), st.sampled_from(names)) for noun, names in COMERS.items()])


def words_for(noun, choices):
    """What is said of somebody: a role and a note, as their form has them, by two numbers."""
    said = [WORDS["role"].get(noun) if column == "role" else WORDS["note"] for column in SAID[noun]]
    return tuple(words[choice % len(words)] for words, choice in zip(said, choices, strict=False))


choices = st.tuples(st.integers(0, 3), st.integers(0, 3))


class NeverWas:
    """The version of a page that nobody has seen yet: nothing can be compared with it."""

    def get(self, *names):
        raise RefusedByModel("Gone")

    said = get


NEVER_WAS = NeverWas()

PAGES = (
    *("opportunity", "opportunity_edit", "advance", "close", "close_as_won", "close_as_lost", "reopen", "hold"),
    *("ask_manager", "stakeholder_add", "competitor_add", "team_member_add", "no_known_competitors"),
)


OPERATIONS = {}


def operation(weight, **given):
    """Something that people do, how often, and with what."""

    def remembered(function):
        OPERATIONS[function.__name__] = (weight, st.fixed_dictionaries(given))
        return function

    return remembered


def some_operation():
    names = [name for name, (weight, _) in OPERATIONS.items() for _ in range(weight)]
    return st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), OPERATIONS[name][1]))


class PagesMachine(RuleBasedStateMachine):
    world = None
    operations = 0

    def __init__(self):
        super().__init__()
        self.around = transaction.atomic()
        self.around.__enter__()
        self.went_well, self.held = True, None

    def teardown(self):
        try:
            if self.went_well and hasattr(self, "opportunities"):
                assert [fault for fault in run.faults() if not fault.is_stricter_later] == []
                for number in range(len(self.opportunities)):
                    http_machine.agree(self.pks[number], self.opportunities[number], self.world)
        finally:
            transaction.set_rollback(True)
            self.around.__exit__(None, None, None)

    @initialize(
        lost_gate=st.sampled_from(LostGate.values), ahead=st.tuples(stages, st.integers(0, reference_model.LAST + 1))
    )
    def begin(self, lost_gate, ahead):
        Process.objects.update(lost_gate=lost_gate)
        self.world.competitors.pop(NEWCOMER, None)
        self.lost_gate, self.opportunities, self.pks, self.pages = lost_gate, [], [], []
        for who, stages_behind in zip(("mate", "rep"), ahead, strict=True):
            self.start(who=who, values={}, is_named=True, is_sent_twice=False)
            for _ in range(stages_behind):
                number = len(self.opportunities) - 1
                self.fill(
                    number,
                    who,
                    None,
                    "advance" if self.opportunities[number].stage < reference_model.LAST else "finish",
                )

    @rule(operation=st.deferred(some_operation))
    def somebody_does(self, operation):
        name, given = operation
        type(self).operations += 1
        getattr(self, name)(**given)

    # What is common

    def pick(self, which, *, is_open=True):
        """The number of an opportunity: mostly one for which the operation is meant."""
        meant = [
            number for number, opportunity in enumerate(self.opportunities) if (opportunity.status == "open") == is_open
        ]
        among = meant if meant and which < 4 else range(len(self.opportunities))
        return among[which % len(among)]

    def person(self, who, number):
        return self.opportunities[number].owner if who == "owner" else who

    def page(self, number, age=0):
        return self.pages[number][max(len(self.pages[number]) - 1 - age, 0)]

    def url(self, name, number, *args):
        return reverse(name, args=[self.pks[number], *args])

    def send(self, number, who, act, where, posted):
        """Do it to the model and through the page. `act` changes the opportunity it gets, or returns another."""
        statuses, after = self.judged(who, self.opportunities[number], act)
        return self.both(who, {number: after}, where, posted, statuses)

    def judged(self, who, opportunity, act):
        """The answer that the rules want, and the opportunity afterwards."""
        if who in ("anonymous", "nobody"):
            return {302 if who == "anonymous" else 403}, opportunity
        trial, actor = fresh(opportunity), http_machine.IN_THE_RULES.get(who, who)
        try:
            trial.admit(actor)
        except RefusedByModel:
            return {404}, opportunity
        try:
            return {303}, act(trial, actor) or trial
        except Halfway as refusal:
            return statuses_of(refusal), refusal.opportunity
        except RefusedByModel as refusal:
            return statuses_of(refusal), opportunity

    def both(self, who, after, where, posted, statuses):
        """`after`: the opportunities as they should be, by number. Whatever is not different was not touched."""
        changed = {
            number: opportunity
            for number, opportunity in after.items()
            if opportunity.version != self.opportunities[number].version
        }
        before = None if changed else self.last_digests()
        self.went_well = False
        answer = self.world.post(who, where, posted)
        assert answer.status_code in statuses, (answer.status_code, statuses, who, where, posted)
        if changed:
            self.keep(changed)
        else:
            assert digests() == before
        self.went_well = True
        return answer

    def last_digests(self):
        """The digests of the database after the last operation."""
        self.held = self.held or digests()
        return self.held

    def keep(self, changed):
        self.held = None
        for number, opportunity in changed.items():
            self.opportunities[number] = opportunity
            rows = http_machine.agree(self.pks[number], opportunity, self.world)
            self.pages[number].append(http_machine.Page(fresh(opportunity), rows))
        told = dict(Opportunity.objects.values_list("pk", "version"))
        assert told == {pk: opportunity.version for pk, opportunity in zip(self.pks, self.opportunities, strict=True)}

    def compared(self, page, version):
        """What the page is compared with, by the version that it sends; without one it is refused."""
        if version in (None, "x"):
            raise RefusedByModel("Incomplete")
        return NEVER_WAS if version == "999999" else page.opportunity

    def sent_version(self, page, version, name="version"):
        return {} if version is None else {name: str(page.opportunity.version) if version == "shown" else version}

    # New

    @operation(
        2,
        who=st.sampled_from(["rep", "mate", "manager", "nobody", "anonymous"]),
        values=some_of({name: VALUES[name] for name in ("contact", "account")} | OTHERS),
        is_named=st.sampled_from([True, True, False]),
        is_sent_twice=st.booleans(),
    )
    def start(self, who, values, is_named, is_sent_twice):
        is_named = is_named and len(self.opportunities) < 3  # enough
        entries = {"name": "Fleet", "contact": None, "account": None, **values}
        posted = (
            self.world.entries(entries)
            | {"token": f"token-of-the-page-{len(self.opportunities)}"}
            | ({} if is_named else {"name": " "})
        )
        where = reverse("opportunity_new")
        if who in ("anonymous", "nobody") or not is_named:
            self.both(who, {}, where, posted, {{"anonymous": 302, "nobody": 403}.get(who, 422)})
            return
        self.went_well = False
        answer = self.world.post(who, where, posted)
        assert answer.status_code == 303
        opportunity = http_machine.OpportunityOnPages(owner=who, lost_gate=self.lost_gate)
        entries.pop("rating", None)  # not asked for on that page
        entries.pop("description", None)
        opportunity.fill_in(entries, None)
        opportunity.follow(http_machine.OpportunityOnPages(owner=who))
        self.opportunities.append(opportunity)
        self.pks.append(int(answer.url.strip("/").split("/")[-1]))
        self.pages.append([])
        self.keep({len(self.opportunities) - 1: opportunity})
        if is_sent_twice:
            self.both(who, {}, where, posted, {303})

    # The panel

    @operation(
        12,
        which=which,
        who=people,
        leave=st.sampled_from([None, None, None, *reference_model.FIELDS]),
        move=st.booleans(),
    )
    def complete(self, which, who, leave, move):
        """All that the active stage asks for, but for one field perhaps, and Next Stage or Finish."""
        number = self.pick(which)
        press = "advance" if self.opportunities[number].stage < reference_model.LAST else "finish"
        self.fill(number, self.person(who, number), leave, press if move else "save")

    @operation(3, which=which, who=st.sampled_from(["owner", "owner", "manager", "mate"]), is_won=st.booleans())
    def go_all_the_way(self, which, who, is_won):
        """From wherever it stands to Won or Lost."""
        number = self.pick(which)
        for _ in self.world.stages:
            if self.opportunities[number].status == "open" and not self.opportunities[number].finished:
                self.complete(which, who, leave=None, move=True)
        same = {"age": 0, "drawn": "shown"}
        if is_won:
            self.win(which, who, **same, revenue="4500", day=True)
        else:
            self.lose(which, who, **same, reason="out_sold", competitor="Rival", waives=None, says="No money.")

    def fill(self, number, who, leave, press):
        opportunity = self.opportunities[number]
        stage, also = opportunity.stage, None
        changes = {name: VALUES[name][-1] for name in opportunity.unmet([stage]) if name != leave}
        if "decision_maker_identified" in changes and not opportunity.is_there("decision_maker"):
            also = "contact_decides"
        if "sales_team_identified" in changes and not opportunity.team:
            also = "sell_alone"
        if "competitors_identified" in changes and not opportunity.competitors:
            changes[NONE_KNOWN] = True
        self.panel(number, who, stage, changes, press, also=also)

    @operation(
        14,
        which=which,
        who=people,
        panel=panels,
        press=st.sampled_from(["save", "save", "save", "advance", "jump", "back", "finish"]),
        age=ages,
        version=versions,
        drawn=drawn,
        also=st.sampled_from([None] * 8 + ["sell_alone", "contact_decides", "add_one", "nonsense"]),
        is_forged=st.booleans(),
    )
    def use_panel(self, which, who, panel, press, age, version, drawn, also, is_forged):
        number = self.pick(which)
        more = {"age": age, "version": version, "drawn": drawn, "forged": FORGED if is_forged else {}}
        self.panel(number, self.person(who, number), *panel, press, also=None if age else also, **more)

    def panel(self, number, who, stage, changes, press, *, also=None, age=0, version="shown", drawn="shown", forged=()):
        page = self.page(number, age)
        entries = {name: page.opportunity.values[name] for name, _, _ in reference_model.STAGES[stage]}
        if stage == 1 and not page.opportunity.competitors:
            entries[NONE_KNOWN] = page.opportunity.none_known
        entries |= changes

        def act(trial, actor):
            is_named = press != "save" or drawn is not None
            drawn_for = self.drawn_for(page, drawn) if is_named else None
            seen = self.compared(page, version)
            contact = entries["contact"] if stage == 0 else trial.values["contact"]
            if also == "contact_decides" and not contact:
                raise RefusedByModel("Invalid")
            mine = dict(entries)
            if stage == 1:
                mine[NONE_KNOWN] = mine.get(NONE_KNOWN, False)
                if trial.competitors:
                    del mine[NONE_KNOWN]

            def change(opportunity):
                if also == "sell_alone":
                    opportunity.team.add(opportunity.owner)
                if also == "contact_decides":
                    opportunity.stakes[contact] = True
                early = ticked_too_early(opportunity, stage, mine) if also == "add_one" else set()
                opportunity.fill_in({name: value for name, value in mine.items() if name not in early}, seen)

            return pressed(trial, actor, press, drawn_for, stage, change)

        posted = {**dict(forged), **self.world.entries(entries), **self.sent_version(page, version)}
        posted |= {"stage": str(self.world.stages[stage].pk), **sent_also(also, stage)}
        posted |= self.sent_stage(page, drawn)
        self.send(number, who, act, self.url("go_back" if press == "back" else press, number), posted)

    def sent_stage(self, page, drawn):
        if drawn is None:
            return {}
        stage = (
            "x" if drawn == "x" else str(self.world.stages[page.opportunity.stage if drawn == "shown" else drawn].pk)
        )
        return {"from_stage": stage, "page_version": str(page.opportunity.version)}

    def drawn_for(self, page, drawn):
        """The stage and the version that the form names; without one of them it is refused."""
        if drawn in (None, "x"):
            raise RefusedByModel("Incomplete")
        return page.opportunity.stage if drawn == "shown" else drawn, page.opportunity.version

    @operation(
        8,
        which=which,
        who=people,
        press=st.sampled_from(["advance", "advance", "jump", "back", "back", "enter again", "finish", "finish"]),
        age=ages,
        drawn=drawn,
    )
    def press_a_bare_button(self, which, who, press, age, drawn):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)
        stage = page.opportunity.stage if press == "enter again" else None

        def act(trial, actor):
            drawn_for = self.drawn_for(page, drawn)
            if press == "jump":
                raise RefusedByModel("Incomplete")
            trial.press(actor, press, drawn_for, None, enters=stage)

        where = self.url("go_back" if press in ("back", "enter again") else press, number)
        posted = {} if stage is None else {"to_stage": str(self.world.stages[stage].pk)}
        self.send(number, who, act, where, posted | self.sent_stage(page, drawn))

    # The other fields

    @operation(
        6,
        which=which,
        who=people,
        values=some_of(OTHERS | {name: VALUES[name] for name in ("contact", "account")}),
        owner=st.sampled_from([None, None, "rep", "mate", "mate", "manager", "nobody"]),
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
            seen = self.compared(page, version)
            mine = dict(entries)
            leads = trial.leads(actor)
            if not leads:
                del mine["owner"]
            if forecast == "won" or (leads and owner == "nobody"):
                raise RefusedByModel("Invalid")

            def change(opportunity):
                opportunity.leaves = leads and not stays
                opportunity.fill_in(mine, seen)

            return trial.write(actor, change)

        posted = self.world.entries(entries) | {"forecast_category": forecast, **self.sent_version(page, version)}
        posted |= {"stays": "on"} if stays else {}
        self.send(number, who, act, self.url("opportunity_edit", number), posted)

    # People

    @operation(7, which=which, who=people, added=noun_and_name, said=choices, age=ages, version=versions)
    def add(self, which, who, added, said, age, version):
        number = self.pick(which)
        who, page, (noun, name) = self.person(who, number), self.page(number, age), added
        said = words_for(noun, said)

        def act(trial, actor):
            refuse_row(trial, actor, noun)
            if name == "nobody" or version == "x":
                raise RefusedByModel("Invalid")
            if version == "999999":
                raise RefusedByModel("Gone")
            return trial.write(actor, lambda opportunity: opportunity.join(noun, name, said))

        who_is_it = {"stakeholder": "contact", "competitor": "competitor", "team_member": "user"}[noun]
        posted = dict(zip(SAID[noun], said, strict=True)) | self.sent_version(page, version)
        posted |= {who_is_it: self.world.person(noun, name), f"{who_is_it}-find": name if name == NEWCOMER else ""}
        posted |= {"token": once.new_token()}
        posted = {f"add-{field}": value for field, value in posted.items()}
        self.send(number, who, act, self.url(f"{noun}_add", number), posted)
        self.meet_newcomer()

    def meet_newcomer(self):
        """Whoever was created on the spot can be chosen from now on."""
        newcomer = Competitor.objects.filter(name=NEWCOMER).first()
        if newcomer:
            self.world.competitors[NEWCOMER] = newcomer

    @operation(
        8,
        which=which,
        who=people,
        noun=nouns,
        row=st.integers(0, 3),
        said=choices,
        is_removed=st.booleans(),
        age=ages,
        version=versions,
        elsewhere=st.sampled_from([False] * 5 + [True]),
    )
    def change_or_remove(self, which, who, noun, row, said, is_removed, age, version, elsewhere):
        """A row of the page, or (`elsewhere`) one of another opportunity under this one's address."""
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)
        rows = self.page(number - 1).rows[noun] if elsewhere else page.rows[noun]
        name = sorted(rows)[row % len(rows)] if rows else None
        pk, said = rows.get(name, 999_999), words_for(noun, said)

        def act(trial, actor):
            if self.page(number).rows[noun].get(name) != pk:
                raise RefusedByModel("NoPage")
            refuse_row(trial, actor, noun)
            seen = self.compared(page, version)
            if seen is NEVER_WAS:
                raise RefusedByModel("Gone")
            if is_removed:
                return trial.write(actor, lambda opportunity: opportunity.remove(noun, name, seen))
            return trial.write(actor, lambda opportunity: opportunity.tell(noun, name, said, seen))

        posted = {} if is_removed else dict(zip(SAID[noun], said, strict=True))
        where = self.url(f"{noun}_{'remove' if is_removed else 'edit'}", number, pk)
        self.send(number, who, act, where, posted | self.sent_version(page, version))

    @operation(3, which=which, who=people, says=st.sampled_from(["on", "on", "off", "x"]), age=ages, version=versions)
    def say_that_no_competitor_is_known(self, which, who, says, age, version):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)

        def act(trial, actor):
            trial.open_to(actor)
            seen = self.compared(page, version)
            if says == "x":
                raise RefusedByModel("Invalid")
            return trial.write(actor, lambda opportunity: opportunity.fill_in({NONE_KNOWN: says == "on"}, seen))

        posted = {NONE_KNOWN: says, **self.sent_version(page, version)}
        self.send(number, who, act, self.url("no_known_competitors", number), posted)

    @operation(2, which=which, who=people)
    def sell_alone(self, which, who):
        number = self.pick(which)

        def act(trial, actor):
            refuse_row(trial, actor, "team_member")
            return trial.write(actor, lambda opportunity: opportunity.team.add(opportunity.owner))

        posted = self.sent_version(self.page(number), "shown")
        self.send(number, self.person(who, number), act, self.url("sell_alone", number), posted)

    # The end, and opening it again

    @operation(
        5, which=which, who=people, age=ages, drawn=drawn, revenue=st.sampled_from(["4500", "0", ""]), day=st.booleans()
    )
    def win(self, which, who, age, drawn, revenue, day):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)

        def act(trial, actor):
            drawn_for = self.drawn_for(page, drawn)
            if not revenue:
                raise RefusedByModel("Invalid")
            trial.unmoved(actor, drawn_for, answers=True)
            trial.win(actor)
            if not day:
                raise RefusedByModel("EntryMissing")

        posted = {"actual_revenue": revenue, "closed_on": str(YESTERDAY if day else SOON)}
        self.send(number, who, act, self.url("close_as_won", number), posted | self.sent_stage(page, drawn))

    @operation(
        7,
        which=which,
        who=people,
        age=ages,
        drawn=drawn,
        reason=st.sampled_from(["canceled", "out_sold", "out_sold", "won"]),
        competitor=st.sampled_from([None, *COMPETITORS, NEWCOMER]),
        waives=st.sampled_from([None, None, "They are bankrupt.", "They are bankrupt.", ""]),
        says=st.sampled_from(["No money.", "No money.", "No money.", ""]),
    )
    def lose(self, which, who, age, drawn, reason, competitor, waives, says):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)

        listed = page.opportunity.unmet_for_lost()

        def act(trial, actor):
            drawn_for = self.drawn_for(page, drawn)
            if waives is not None and not listed:
                raise RefusedByModel("Incomplete")
            if reason == "won":
                raise RefusedByModel("Invalid")
            trial.unmoved(actor, drawn_for, answers=True)
            if waives is not None and actor in reference_model.MANAGERS and set(listed) != set(trial.unmet_for_lost()):
                raise RefusedByModel("MissingChanged")
            if waives == "" and actor in reference_model.MANAGERS:
                raise RefusedByModel("EntryMissing")
            trial.lose(actor, competitor, reason == "out_sold", waives=bool(waives))
            if trial.lost_gate == "any" and not says:
                raise RefusedByModel("EntryMissing")

        posted = {"reason": str(factories.reason(reason).pk), "closed_on": str(YESTERDAY), "description": says}
        if competitor:
            posted |= {"competitor": self.world.person("competitor", competitor), "competitor-find": competitor}
        if waives is not None:
            missing = " ".join(str(self.world.steps[name]) for name in listed)
            posted |= {"waive": "1", "waive_because": waives, "missing": missing}
        self.send(number, who, act, self.url("close_as_lost", number), posted | self.sent_stage(page, drawn))
        self.meet_newcomer()

    @operation(7, which=which, who=leaders, to=st.one_of(st.none(), stages), reason=reasons, age=ages, drawn=drawn)
    def reopen(self, which, who, to, reason, age, drawn):
        number = self.pick(which, is_open=False)
        page, stage = self.page(number, age), self.opportunities[number].stage if to is None else to

        def act(trial, actor):
            drawn_for = self.drawn_for(page, drawn)
            if not reason or stage > trial.stage:
                raise RefusedByModel("Invalid")
            trial.refuse_moved(drawn_for)
            trial.reopen(actor, stage)

        posted = {"reason": reason, "to_stage": str(self.world.stages[stage].pk), **self.sent_stage(page, drawn)}
        self.send(number, self.person(who, number), act, self.url("reopen", number), posted)

    # Between

    @operation(
        5,
        which=which,
        who=people,
        reason=reasons,
        name=st.sampled_from(["hold", "resume", "ask_manager"]),
        age=ages,
        drawn=drawn,
    )
    def pause_or_ask(self, which, who, reason, name, age, drawn):
        number = self.pick(which)
        page = self.page(number, age)

        def act(trial, actor):
            drawn_for = self.drawn_for(page, drawn)
            if name != "resume" and not reason:
                raise RefusedByModel("Invalid")
            trial.unmoved(actor, drawn_for, answers=name == "ask_manager")
            getattr(trial, "ask" if name == "ask_manager" else name)(actor)

        posted = {"reason": reason, **self.sent_stage(page, drawn)}
        self.send(number, self.person(who, number), act, self.url(name, number), posted)

    @operation(2, which=which, who=leaders, answer=reasons, age=ages, drawn=drawn)
    def decline(self, which, who, answer, age, drawn):
        number = self.pick(which)
        page = self.page(number, age)

        def act(trial, actor):
            if actor not in reference_model.MANAGERS:
                raise RefusedByModel("NoPage")
            drawn_for = self.drawn_for(page, drawn)
            if not answer:
                raise RefusedByModel("Invalid")
            trial.unmoved(actor, drawn_for, answers=True)
            trial.decline(actor)

        posted = {"answer": answer, **self.sent_stage(page, drawn)}
        self.send(number, self.person(who, number), act, self.url("decline_request", number), posted)

    @operation(
        4, which=which, who=leaders, name=st.sampled_from(reference_model.FIELDS), reason=reasons, age=ages, drawn=drawn
    )
    def waive(self, which, who, name, reason, age, drawn):
        number = self.pick(which)
        page = self.page(number, age)

        def act(trial, actor):
            if actor not in reference_model.MANAGERS or name == "proposal_developed":
                raise RefusedByModel("NoPage")
            drawn_for = self.drawn_for(page, drawn)
            if not reason:
                raise RefusedByModel("Invalid")
            trial.unmoved(actor, drawn_for)
            if name not in trial.unmet(range(reference_model.LAST + 1)) and name in page.opportunity.unmet(
                range(reference_model.LAST + 1)
            ):
                raise RefusedByModel("MissingChanged")
            trial.waive(actor, name)

        where = self.url("waive", number, self.world.steps[name])
        posted = {"reason": reason, **self.sent_stage(page, drawn)}
        self.send(number, self.person(who, number), act, where, posted)

    # The admin

    @operation(
        9,
        which=which,
        who=leaders,
        values=some_of(VALUES | OTHERS | {NONE_KNOWN: [False, True], "owner": ["rep", "mate", "manager"]}, most=4),
        added=st.one_of(st.none(), noun_and_name),
        row=st.tuples(nouns, st.integers(0, 3)),
        fate=st.sampled_from(["stays", "stays", "is told", "goes"]),
        said=choices,
        age=ages,
        version=versions,
    )
    def save_in_the_admin(self, which, who, values, added, row, fate, said, age, version):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)
        names = (*reference_model.FIELDS, *OTHERS, NONE_KNOWN, "owner")
        entries = {name: page.opportunity.get(name) for name in names} | values
        lines = {noun: {who: page.opportunity.said(noun, who) for who in people} for noun, people in page.rows.items()}
        noun, place = row
        chosen = sorted(lines[noun])[place % len(lines[noun])] if lines[noun] else None
        if chosen and fate == "is told":
            lines[noun][chosen] = words_for(noun, said)
        gone = {(noun, chosen)} if chosen and fate == "goes" else set()
        joined = (*added, words_for(added[0], said)) if added and added[1] != NEWCOMER else None

        def act(trial, actor):
            seen = self.compared(page, version)
            trial.open_to(actor)
            if joined and self.cannot_join(trial, *joined[:2], gone):
                raise RefusedByModel("Invalid")
            if any(rows.items() - self.page(number).rows[each].items() for each, rows in page.rows.items()):
                raise RefusedByModel("Gone")

            def change(opportunity):
                opportunity.redraw(lines, gone, joined, seen)
                opportunity.fill_in(entries, seen)

            return trial.write(actor, change)

        posted = self.world.entries(entries) | self.sent_version(page, version, "seen_version")
        posted |= {"forecast_category": "pipeline", "_save": "Save"}
        posted |= self.world.inlines(page, lines, gone, joined)
        statuses, after = self.judged_in_the_admin(who, number, act)
        self.both(who, {number: after}, f"{LIST}{self.pks[number]}/change/", posted, statuses)

    def cannot_join(self, trial, noun, who, gone):
        return who == "nobody" or (who in trial.on(noun) and (noun, who) not in gone)

    def judged_in_the_admin(self, who, number, act):
        if http_machine.IN_THE_RULES.get(who, who) not in reference_model.MANAGERS:
            return {302, 403}, self.opportunities[number]
        statuses, after = self.judged(who, self.opportunities[number], act)
        return {302} if statuses == {303} else statuses, after

    @operation(
        6,
        which=which,
        who=leaders,
        others=st.booleans(),
        action=st.sampled_from(["advance", "advance", "go_back", "finish", "hold", "resume"]),
        age=ages,
        drawn=drawn,
        reason=reasons,
    )
    def run_an_action(self, which, who, others, action, age, drawn, reason):
        """On one of the list, or on all."""
        chosen = range(len(self.opportunities)) if others else [self.pick(which)]
        who = self.person(who, chosen[0])
        posted = {"action": action, "_selected_action": [self.pks[number] for number in chosen], "index": "0"}
        after, refused, answers = {}, 0, set()
        for number in chosen:
            page = self.page(number, age)
            sent = self.sent_stage(page, drawn)
            names = {"from_stage": "stage", "page_version": "version"}
            posted |= {f"{names[name]}-{self.pks[number]}": value for name, value in sent.items()}
            statuses, after[number] = self.judged_in_the_admin(who, number, self.acting(action, page, drawn, reason))
            refused += statuses != {302}
            answers |= statuses
        is_manager = http_machine.IN_THE_RULES.get(who, who) in reference_model.MANAGERS
        expected = answers & {400} or answers & {409} or {302} if is_manager else {302, 403}
        answer = self.both(who, after, LIST, posted | {"reason": reason}, expected)
        if is_manager and answer.status_code != 400:
            levels = [message.level_tag for message in get_messages(answer.wsgi_request)]
            assert levels == ["error"] * refused + ["success"] * (refused < len(chosen))

    def acting(self, action, page, drawn, reason):
        def act(trial, actor):
            drawn_for = self.drawn_for(page, drawn)
            if action in ("hold", "resume"):
                trial.unmoved(actor, drawn_for)
                if action == "hold" and not reason:
                    raise RefusedByModel("EntryMissing")
                getattr(trial, action)(actor)
                return
            trial.press(actor, "back" if action == "go_back" else action, drawn_for, None)

        return act

    @operation(1, which=which, who=st.sampled_from(["manager", "owner", "outsider", "anonymous"]))
    def delete_in_the_admin(self, which, who):
        """Superusers only."""
        number = self.pick(which)
        where = f"{LIST}{self.pks[number]}/delete/"
        self.both(self.person(who, number), {}, where, {"post": "yes"}, {302, 403})

    # Looking

    @operation(
        4,
        which=which,
        who=people,
        name=st.sampled_from(PAGES),
        query=st.sampled_from(["", "?tab=timeline", "?tab=team", "?tab=stakeholders", "?tab=competitors", "?stage=x"]),
    )
    def look(self, which, who, name, query):
        number = self.pick(which)
        who, before = self.person(who, number), self.last_digests()
        statuses, _ = self.judged(who, self.opportunities[number], lambda trial, actor: None)
        self.went_well = False
        answer = self.world.get(who, self.url(name, number) + query)
        assert answer.status_code in ({200, 302, 303} if statuses == {303} else statuses)
        assert digests() == before
        self.went_well = True


def statuses_of(refusal):
    """How a page answers; in which order it finds what is wrong is not said."""
    answers = {"AlreadyMoved": 409, "StaleVersion": 409, "MissingChanged": 409, "Incomplete": 400, "NoPage": 404}
    return {answers.get(name, 422) for name in refusal.names}


def refuse_row(trial, actor, noun):
    """Closed is read only; the team is the owner's and the managers'."""
    trial.open_to(actor)
    if noun == "team_member" and not trial.leads(actor):
        raise RefusedByModel("NotAllowed")


def sent_also(also, stage):
    """How a panel's own buttons send what they do besides saving. “add one” stands beside one of the stage's ticks."""
    if also == "add_one":
        ticks = [name for name, _, evidence in reference_model.STAGES[stage] if evidence or name == "thank_you_sent"]
        return {"also": f"add_for:{ticks[0]}"}
    return {"also": also} if also else {}


def ticked_too_early(opportunity, stage, entries):
    """Ticks that whoever is about to add what they rest on has set already; they are not saved yet."""
    trial = fresh(opportunity)
    trial.none_known = entries.get(NONE_KNOWN, opportunity.none_known)
    return {
        name
        for name, _, evidence in reference_model.STAGES[stage]
        if entries[name] is True and not trial.is_there(evidence)
    }


def pressed(trial, actor, press, drawn_for, stage, change):
    """A button that brings a panel: one write saves and moves. A stale button saves nothing. Back moves first."""
    first, then = (
        lambda opportunity: opportunity.write(actor, change),
        lambda opportunity: moved(opportunity, actor, press, drawn_for, stage),
    )
    if press == "save":
        return first(trial)
    trial.unmoved(actor, drawn_for)
    version = trial.version + 1
    if press == "back":
        first, then = then, first
    halfway = first(trial)
    try:
        after = then(fresh(halfway))
    except RefusedByModel as refusal:
        raise Halfway(halfway, *refusal.names) from refusal
    after.version = after.moved_in = version
    return after


def moved(opportunity, actor, press, drawn_for, stage):
    opportunity.press(actor, press, drawn_for, stage)
    return opportunity


@pytest.mark.parametrize("part", range(PARTS))
def test_whoever_posts_whatever_an_opportunity_is_where_the_rules_say(part):
    class Part(PagesMachine):
        world = http_machine.World()

    run_state_machine_as_test(Part if IS_ASKED else seed(part)(Part), settings=SETTINGS)

    assert IS_ASKED or Part.operations >= COUNT // PARTS
