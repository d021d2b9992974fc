"""The operations of the panel: the answers of a stage, with or without a move."""

import copy

from django.http import QueryDict
from hypothesis import strategies as st

from opportunities.forms import conflict_posted as form_choices
from tests.support import reference_model
from tests.support.machine.choices import VALUES, ages, named_stages, some_of, users, versions, which
from tests.support.machine.core import Machine, operation
from tests.support.machine.expected import PartlyRefused
from tests.support.machine.names import NONE_KNOWN
from tests.support.machine.page import SeenOnPage
from tests.support.machine.partly import write_the_rest
from tests.support.reference_model import RefusedByModel

FORGED = {"status": "won", "active_stage": "4", "owner": "1", "version_": "0", "is_finished": "on", "pk": "1"}
panels = st.one_of(
    [
        st.tuples(
            st.just(number),
            some_of({name: VALUES[name] for name, _, _ in steps}),
        )
        for number, steps in enumerate(reference_model.STAGES)
    ]
)
EXPLICIT = {
    "contact_decides": "decision_maker_identified",
    NONE_KNOWN: "competitors_identified",
    "sell_alone": "sales_team_identified",
}
"""The ticks that explicit answers set, by the name that their button sends."""


class Panel(Machine):
    """Fills in stages, moves by the buttons of a panel, and saves single answers."""

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
            self.lose(
                which,
                who,
                **same,
                reason="out_sold",
                competitor=self.as_now("Rival"),
                waives=None,
                description="No money.",
            )

    def fill(self, number, who, leave, press):
        opportunity = self.opportunities[number]
        stage, also = opportunity.stage, None
        changes = {name: self.as_now(VALUES[name][-1]) for name in opportunity.unmet([stage]) if name != leave}
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
            refuse_button(also, entries, None if contact in self.data.erased else contact)
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


def refuse_other_owner(opportunity, page):
    """A button that names the owner is refused after the owner changed."""
    if opportunity.owner != page.opportunity.owner:
        raise RefusedByModel("StaleVersion")


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


def with_button_pressed(opportunity, actor, press, drawn_for, stage):
    opportunity.press_button(actor, press, drawn_for, stage)
    return opportunity
