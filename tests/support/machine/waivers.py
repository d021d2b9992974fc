"""The operations on waivers and on requests to waive a step."""

from hypothesis import strategies as st

from tests.support import reference_model
from tests.support.machine.choices import ages, named_stages, reasons, users_who_lead, which
from tests.support.machine.core import Machine, operation
from tests.support.reference_model import RefusedByModel

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


class Waivers(Machine):
    """Waives, asks for waivers, answers, takes back and withdraws."""

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
