"""The ways that an opportunity of a demo may go, from its start to its state today."""

from dataclasses import dataclass
from functools import partial

from opportunities.demo.actions import (
    Act,
    advance,
    ask,
    decline,
    fill,
    fill_half,
    finish,
    give_up,
    go_back,
    hold,
    jump,
    lose,
    plan,
    reopen,
    resume,
    revise,
    start,
    waive,
    win,
)
from opportunities.demo.context import DAY, Story, moments

Days = tuple[int, int]


@dataclass(frozen=True)
class Course:
    """Acts in order, and how many days ago (at least, at most) the first and the last of them took place."""

    acts: tuple[Act, ...]
    began: Days
    last: Days
    is_over: bool = False

    def lead(self, story: Story) -> None:
        """Let it all happen, in order, at moments drawn by lot."""
        draw = story.chance.randint
        first, last = (story.today - draw(*days) * DAY for days in (self.began, self.last))
        story.ends_on = last + draw(-4, 20) * DAY if self.is_over else story.today + draw(-12, 90) * DAY
        for act, at in zip(self.acts, moments(story.chance, len(self.acts), first, last), strict=True):
            story.at = at
            act(story)


QUALIFY, DEVELOP, PROPOSE, CLOSE = range(4)

# How an opportunity gets into each stage.
QUALIFYING = (start,)
DEVELOPING = (*QUALIFYING, fill, advance)
PROPOSING = (*DEVELOPING, fill, advance)
CLOSING = (*PROPOSING, fill, advance)
FINISHED = (*CLOSING, fill, finish)
BACK_AND_FORTH = (*PROPOSING, fill_half, go_back, revise)


def current(*acts: Act, began: Days, last: Days = (1, 9)) -> Course:
    """One that is open today."""
    return Course((*acts, plan), began, last)


def over(*acts: Act) -> Course:
    """One that is closed today."""
    return Course(acts, began=(120, 270), last=(3, 110), is_over=True)


COURSES = {
    "new": current(*QUALIFYING, began=(2, 8), last=(1, 2)),
    "qualifying": current(*QUALIFYING, fill_half, began=(8, 40)),
    "qualified": current(*QUALIFYING, fill, began=(10, 30)),
    "developing": current(*DEVELOPING, fill_half, began=(25, 80), last=(1, 30)),
    "developed": current(*DEVELOPING, fill, began=(25, 60)),
    "asked": current(*DEVELOPING, fill_half, ask, began=(40, 90), last=(1, 5)),
    "asked in vain": current(*DEVELOPING, fill_half, ask, decline, fill, advance, fill_half, began=(60, 120)),
    "on hold": current(*DEVELOPING, fill_half, hold, began=(60, 120), last=(10, 30)),
    "went back": current(*BACK_AND_FORTH, began=(60, 130)),
    "jumped": current(
        *QUALIFYING, fill, partial(fill, of=DEVELOP), partial(jump, to=PROPOSE), fill_half, began=(20, 60)
    ),
    "waived": current(
        *DEVELOPING,
        partial(fill, leave="competitors_identified"),
        partial(waive, field="competitors_identified"),
        advance,
        fill_half,
        began=(40, 100),
    ),
    "proposing": current(*PROPOSING, fill_half, began=(40, 120), last=(1, 40)),
    "proposed": current(*PROPOSING, fill, began=(40, 110)),
    "on hold in Propose": current(*PROPOSING, fill_half, hold, began=(80, 150), last=(10, 40)),
    "closing": current(*CLOSING, fill_half, began=(60, 160)),
    "decided": current(*CLOSING, fill, began=(60, 150)),
    "finished": current(*FINISHED, began=(70, 170)),
    "reopened": current(
        *DEVELOPING, fill, give_up, partial(reopen, to=DEVELOP), revise, began=(150, 250), last=(2, 15)
    ),
    "reopened after winning": current(*FINISHED, win, reopen, revise, began=(120, 220), last=(2, 15)),
    "won": over(*FINISHED, win),
    "won at once": over(*CLOSING, fill, win),
    "won after hold": over(*DEVELOPING, fill_half, hold, resume, fill, advance, fill, advance, fill, finish, win),
    "won after going back": over(*BACK_AND_FORTH, advance, fill, advance, fill, finish, win),
    "won after reopening": over(*PROPOSING, fill, give_up, reopen, revise, advance, fill, finish, win),
    "lost from Qualify": over(*QUALIFYING, fill_half, ask, give_up),
    "lost from Develop": over(*DEVELOPING, fill, give_up),
    "lost from Propose": over(*PROPOSING, fill, give_up),
    "lost from Close": over(*CLOSING, fill, lose),
    "lost, finished": over(*FINISHED, lose),
    "lost again": over(*PROPOSING, fill_half, give_up, reopen, fill, advance, fill, lose),
}
