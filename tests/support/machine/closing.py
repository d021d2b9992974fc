"""The operations that close and reopen an opportunity, and the requests to close it."""

from hypothesis import strategies as st

from tests.support import factories, reference_model
from tests.support.machine.choices import ages, named_stages, reasons, stages, users, users_who_lead, which
from tests.support.machine.core import Machine, operation
from tests.support.machine.names import COMPETITORS, FUTURE_DAY, NEW_COMPETITOR, PAST_DAY
from tests.support.reference_model import RefusedByModel


class Closing(Machine):
    """Wins, loses, reopens, asks a manager to close, and answers."""

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
