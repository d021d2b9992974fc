"""The operations that move or pause an opportunity without any entry."""

from hypothesis import strategies as st

from tests.support.machine.choices import ages, named_stages, reasons, users, which
from tests.support.machine.core import Machine, operation
from tests.support.reference_model import RefusedByModel


class Moves(Machine):
    """Presses the buttons of moves, puts on hold and resumes."""

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
