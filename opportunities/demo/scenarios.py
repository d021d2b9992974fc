"""The scenarios of a demo: what happens to an opportunity from its start to its state today."""

from dataclasses import dataclass
from functools import partial

from opportunities.demo.actions import (
    Action,
    advance,
    approve_waiver,
    ask,
    ask_for_waiver,
    copy,
    decline,
    decline_waiver,
    finish,
    give_up,
    go_back,
    hold,
    jump,
    lose,
    renew,
    reopen,
    resume,
    start,
    take_back,
    take_request_back,
    waive,
    win,
    withdraw_waiver,
)
from opportunities.demo.activities import (
    complete_note,
    delegate,
    file_debrief,
    look_in,
    plan,
    present,
    thank,
    upload_debrief,
    upload_proposal,
    upload_quote,
    upload_sketch,
    write_note,
)
from opportunities.demo.context import DAY, DemoOpportunity, moments
from opportunities.demo.filling_in import fill, fill_half, revise
from opportunities.demo.processes import AGREEMENT

Days = tuple[int, int]


@dataclass(frozen=True)
class Scenario:
    """Actions in order, and how many days ago (at least, at most) the first and the last of them took place."""

    actions: tuple[Action, ...]
    began: Days
    last: Days
    is_closed: bool = False

    def run(self, demo: DemoOpportunity) -> None:
        """Runs the actions in order, at random moments."""
        draw = demo.rng.randint
        first, last = (demo.today - draw(*days) * DAY for days in (self.began, self.last))
        demo.ends_on = last + draw(-4, 20) * DAY if self.is_closed else demo.today + draw(-12, 90) * DAY
        for action, at in zip(self.actions, moments(demo.rng, len(self.actions), first, last), strict=True):
            demo.at = at
            action(demo)


QUALIFY, DEVELOP, PROPOSE, CLOSE = range(4)

# The actions that bring an opportunity into each stage.
QUALIFYING = (start,)
DEVELOPING = (*QUALIFYING, fill, advance)
PROPOSING = (*DEVELOPING, fill, advance)
CLOSING = (*PROPOSING, fill, advance)
FINISHED = (*CLOSING, fill, finish)
WITHOUT_COMPETITORS = (*DEVELOPING, partial(fill, leave="competitors_identified"))
ASKED_FOR_WAIVER = (*WITHOUT_COMPETITORS, partial(ask_for_waiver, field="competitors_identified"))
MEETING, APPROACH, GENERAL, DEBRIEF = (
    partial(write_note, kind=kind) for kind in ("meeting", "approach", "general", "debrief")
)
DEBRIEFED = (DEBRIEF, file_debrief, upload_debrief)
PRESENT, PRESENT_FINAL = (partial(present, kind=kind) for kind in ("proposal", "final_proposal"))
UPLOAD_FINAL = partial(upload_proposal, kind="final_proposal")
PROPOSED = (upload_sketch, upload_proposal, upload_proposal, PRESENT, upload_quote)
AGREEING = (partial(start, process=AGREEMENT), upload_proposal, fill, advance, MEETING, fill_half)
BACK_AND_FORTH = (*PROPOSING, fill_half, go_back, revise)


def open_today(*actions: Action, began: Days, last: Days = (1, 9), after: tuple[Action, ...] = ()) -> Scenario:
    """A scenario that leaves the opportunity open. `after`: what others do when its owner has planned the next step."""
    return Scenario((*actions, plan, *after), began, last)


def closed(*actions: Action) -> Scenario:
    """A scenario that leaves the opportunity closed."""
    return Scenario(actions, began=(120, 270), last=(3, 110), is_closed=True)


SCENARIOS = {
    "new": open_today(*QUALIFYING, began=(2, 8), last=(1, 2)),
    "qualifying": open_today(*QUALIFYING, fill_half, began=(8, 40)),
    "qualified": open_today(*QUALIFYING, fill, began=(10, 30)),
    "developing": open_today(*DEVELOPING, MEETING, fill_half, GENERAL, began=(25, 80), last=(1, 30), after=(look_in,)),
    "developed": open_today(*DEVELOPING, fill, began=(25, 60)),
    "asked": open_today(*DEVELOPING, fill_half, ask, began=(40, 90), last=(1, 5)),
    "asked and declined": open_today(
        *DEVELOPING, fill_half, ask, take_request_back, ask, decline, fill, advance, fill_half, began=(60, 120)
    ),
    "on hold": open_today(*DEVELOPING, fill_half, hold, began=(60, 120), last=(10, 30)),
    "went back": open_today(*BACK_AND_FORTH, began=(60, 130)),
    "jumped": open_today(
        *QUALIFYING, fill, partial(fill, of=DEVELOP), partial(jump, to=PROPOSE), fill_half, began=(20, 60)
    ),
    "waived": open_today(
        *WITHOUT_COMPETITORS,
        partial(waive, field="competitors_identified"),
        advance,
        fill_half,
        began=(40, 100),
    ),
    "asked for a waiver": open_today(*ASKED_FOR_WAIVER, began=(30, 80), last=(1, 5)),
    "waiver declined": open_today(
        *ASKED_FOR_WAIVER,
        partial(decline_waiver, field="competitors_identified"),
        fill,
        advance,
        fill_half,
        began=(60, 120),
    ),
    "waiver withdrawn": open_today(
        *ASKED_FOR_WAIVER,
        partial(take_back, field="competitors_identified"),
        partial(ask_for_waiver, field="competitors_identified"),
        partial(approve_waiver, field="competitors_identified"),
        partial(withdraw_waiver, field="competitors_identified"),
        fill,
        advance,
        fill_half,
        began=(60, 140),
    ),
    "proposing": open_today(*PROPOSING, APPROACH, MEETING, complete_note, fill_half, began=(40, 120), last=(1, 40)),
    "proposed": open_today(*PROPOSING, APPROACH, *PROPOSED, fill, began=(40, 110), after=(delegate, look_in)),
    "on hold in Propose": open_today(*PROPOSING, fill_half, hold, began=(80, 150), last=(10, 40)),
    "closing": open_today(
        *PROPOSING, upload_proposal, PRESENT, fill, advance, APPROACH, fill_half, MEETING, began=(60, 160)
    ),
    "decided": open_today(*CLOSING, fill, began=(60, 150)),
    "finished": open_today(*FINISHED, began=(70, 170)),
    "reopened": open_today(
        *DEVELOPING, fill, give_up, partial(reopen, to=DEVELOP), revise, began=(150, 250), last=(2, 15)
    ),
    "reopened after winning": open_today(*FINISHED, win, reopen, revise, began=(120, 220), last=(2, 15)),
    "renewed": open_today(renew, began=(1, 2), last=(1, 1)),
    "copied": open_today(copy, began=(1, 2), last=(1, 1)),
    "agreeing": open_today(*AGREEING, began=(20, 50)),
    "won": closed(*CLOSING, UPLOAD_FINAL, PRESENT_FINAL, fill, finish, win, *DEBRIEFED, thank),
    "won at once": closed(*CLOSING, fill, win),
    "won after hold": closed(*DEVELOPING, fill_half, hold, resume, fill, advance, fill, advance, fill, finish, win),
    "won after going back": closed(*BACK_AND_FORTH, advance, fill, advance, fill, finish, win),
    "won after reopening": closed(*PROPOSING, fill, give_up, reopen, revise, advance, fill, finish, win),
    "lost from Qualify": closed(*QUALIFYING, fill_half, ask, give_up),
    "lost from Develop": closed(*DEVELOPING, fill, give_up),
    "lost from Propose": closed(*PROPOSING, MEETING, fill, give_up, *DEBRIEFED),
    "lost from Close": closed(*CLOSING, fill, lose, thank),
    "lost, finished": closed(*FINISHED, lose),
    "lost again": closed(*PROPOSING, fill_half, give_up, reopen, fill, advance, fill, lose),
}
