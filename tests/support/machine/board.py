"""The operation of the board: a card is dropped on a lane, perhaps with answers to what the move still needs."""

import copy

from hypothesis import strategies as st

from tests.support import reference_model
from tests.support.machine.choices import VALUES, ages, named_stages, users, which
from tests.support.machine.core import Machine, operation
from tests.support.machine.panel import save_and_move
from tests.support.machine.partly import write_the_rest
from tests.support.reference_model import RefusedByModel

FINISH = reference_model.LAST + 1
HTMX = {"hx-request": "true", "hx-current-url": "http://testserver/opportunities/board/"}

GIVEN = {
    "which": which,
    "who": users,
    "to": st.one_of(st.none(), st.integers(0, FINISH)),  # None for the lane after that of the card
    "answers": st.booleans(),
    "leave": st.sampled_from([None, None, *reference_model.FIELDS]),
    "age": ages,
    "named_stage": named_stages,
    "has_script": st.booleans(),
}


class Board(Machine):
    """Drops cards on the lanes of the board."""

    @operation(12, **GIVEN)
    def drop_card(self, which, who, to, answers, leave, age, named_stage, has_script):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)
        to = min(page.opportunity.stage + 1, FINISH) if to is None else to
        needed = page.opportunity.unmet(range(min(to, FINISH))) if answers else []
        entries = {name: VALUES[name][-1] for name in needed if name != leave}

        def act(trial, actor):
            drawn_for, seen = self.drawn_for(page, named_stage), page.opportunity
            return drop(trial, actor, to, drawn_for, entries, seen)

        posted = {"to": "finish" if to == FINISH else str(self.data.stages[to].pk)}
        posted |= self.stage_fields(page, named_stage)
        if entries:
            posted |= self.data.entries(entries) | self.version_field(page, "shown")
            posted |= {"ticks": " ".join(reference_model.TICKS & entries.keys())}
        headers = HTMX if has_script else None
        self.send(number, who, act, self.url("board_move", number), posted, headers=headers)


def drop(trial, actor, to, drawn_for, entries, seen):
    """The move between two lanes: Next Stage, Move here, Back or Finish. Going back takes no answers."""
    if (to < FINISH and to <= trial.stage) or not entries:
        press = "finish" if to == FINISH else "advance" if to == trial.stage + 1 else "jump"
        back = to if to <= trial.stage else None
        trial.press_button(actor, press, drawn_for, to, to_stage=back)
        return trial

    def change(opportunity, without=()):
        opportunity.fill_in({name: value for name, value in entries.items() if name not in without}, seen)

    before = copy.deepcopy(trial)
    press = "finish" if to == FINISH else "advance" if to == trial.stage + 1 else "jump"
    try:
        return save_and_move(trial, actor, press, drawn_for, to, change)
    except RefusedByModel as refusal:
        if "StaleVersion" not in refusal.names:
            raise
        write_the_rest(getattr(refusal, "opportunity", before), actor, entries, seen, change)
        raise
