"""The panel of one stage, as the opportunity page shows it."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext

from opportunities import access, display, formats, transitions
from opportunities.forms import offers
from opportunities.forms.offers import Offer
from opportunities.forms.panel import StagePanelForm
from opportunities.models import Hold, Opportunity, Waiver
from opportunities.progress import Progress
from opportunities.transitions import Move, MoveKind, Refused, StaleMove
from salesflow import once
from salesflow.users.models import User
from stages import gates, vocabulary
from stages.models import Stage, Step
from stages.track import Age, Track


@dataclass
class Panel:
    """The panel of one stage of one opportunity, for one user."""

    by: User
    opportunity: Opportunity
    progress: Progress
    stage: Stage
    posted: StagePanelForm | None
    refusal: Refused | None
    is_saved: bool
    waivers: dict[int, Waiver]  # by step
    hold: Hold | None = None

    def __post_init__(self) -> None:
        self.form = self.posted
        self.to_choose = self.form.disputed if self.form else set()
        if self.form is None and self.opportunity.is_open and access.may_write(self.by):
            self.form = StagePanelForm(record=self.opportunity, progress=self.progress, stage=self.stage)

    @cached_property
    def answered(self) -> list[str]:
        """The names of the fields that answer a step of the stage."""
        return [step.field for step in gates.steps_in_use(self.stage) if step.field in vocabulary.fields()]

    @property
    def to_correct(self) -> int:
        """How many answers of the posted form are refused."""
        return len(self.posted.errors) if self.posted else 0

    @property
    def first_choice(self) -> str:
        """The first answer to choose, in the order of the steps."""
        return next((name for name in self.answered if name in self.to_choose), "")

    @property
    def first_error(self) -> str:
        return next(iter(self.posted.errors), "") if self.posted else ""

    @property
    def saved_of(self) -> int:
        """How many answers of the stage are saved, while others are to be chosen."""
        return len(self.answered) - len(self.to_choose)

    @property
    def are_others_saved(self) -> bool:
        return self.posted is None or self.posted.are_others_saved

    @property
    def token(self) -> str:
        """The token of this page, for all its forms."""
        return (self.form.page if self.form else "") or once.new_token()

    @cached_property
    def track(self) -> Track:
        return Track(
            record=self.opportunity,
            stages=self.progress.stages,
            active=self.progress.active,
            viewed=self.stage,
            waived=self.progress.waived,
            imported=self.progress.imported,
            visited=self.progress.visited,
            address=self.opportunity.get_absolute_url(),
            is_finished=self.progress.instance.is_finished,
            is_closed=not self.opportunity.is_open,
            is_lost=self.opportunity.is_lost,
            age=self._age(),
        )

    def _age(self) -> Age:
        """How long the opportunity has been in its stage; while it is on hold, the age stops."""
        if self.hold:
            return Age(gettext("On hold since %(day)s") % {"day": formats.day(self.hold.from_at)})
        now, target = timezone.now(), self.progress.active.target_days
        days = self.opportunity.days_in_stage(now)
        text = ngettext("%(days)d day", "%(days)d days", days) % {"days": days} if days else gettext("since today")
        if target and not self.is_finished:
            text = gettext("%(days)s, target %(target)d") % {"days": text, "target": target}
        return Age(text, is_late=self.opportunity.is_over_target(now))

    @property
    def is_active(self) -> bool:
        return self.stage == self.progress.active

    @property
    def is_ahead(self) -> bool:
        return self.progress.stages.index(self.stage) > self.progress.position

    @property
    def is_behind(self) -> bool:
        return not self.is_active and not self.is_ahead

    @property
    def is_finished(self) -> bool:
        return self.progress.instance.is_finished

    @cached_property
    def moves(self) -> list[Move]:
        """The moves that the opportunity would have with the typed entries."""
        typed = self.posted.with_entries(self.opportunity) if self.posted else self.opportunity
        return transitions.available(typed, by=self.by, progress=self.progress)

    @property
    def onward(self) -> Move | None:
        """The move of the main button: to the stage of the panel, to the next stage, or Finish."""
        if not self.is_active:
            return transitions.find(self.moves, MoveKind.JUMP, self.stage)
        return transitions.find(self.moves, MoveKind.ADVANCE) or transitions.find(self.moves, MoveKind.FINISH)

    @property
    def back_here(self) -> Move | None:
        return transitions.find(self.moves, MoveKind.GO_BACK, self.stage)

    @property
    def back(self) -> Move | None:
        """The move to the previous stage, if the panel shows the active one."""
        previous = self.progress.previous
        return transitions.find(self.moves, MoveKind.GO_BACK, previous) if self.is_active and previous else None

    @property
    def target(self) -> Stage | None:
        """The stage that needs the missing steps; None if finishing needs them."""
        return self.stage if self.is_ahead else self.progress.next

    @property
    def missing(self) -> list[gates.Unmet]:
        """The missing steps of the main button or, in a finished process, of closing as won."""
        move = self.onward or transitions.find(self.moves, MoveKind.CLOSE_AS_WON)
        return move.unmet if move else []

    @property
    def is_left_in_one_stage(self) -> bool:
        """Whether everything that the refused move needs is in one stage."""
        return self.refusal is not None and len({unmet.stage.pk for unmet in self.refusal.unmet}) == 1

    @property
    def missing_here(self) -> str:
        """The ids of the controls on this page that are missing an answer."""
        return " ".join(f"id_{unmet.step.field}" for unmet in self.missing if unmet.stage == self.stage)

    @property
    def missing_elsewhere(self) -> list[gates.Unmet]:
        """What is missing in the first other stage that lacks something, when the stage shown lacks nothing."""
        if not self.missing or any(unmet.stage == self.stage for unmet in self.missing):
            return []
        return [unmet for unmet in self.missing if unmet.stage == self.missing[0].stage]

    @property
    def elsewhere(self) -> Stage | None:
        """The passed stage that keeps a refused entry from being saved, to which the user can go back."""
        missing = self.posted.missing if self.posted else []
        return missing[0].stage if missing and missing[0].stage not in (self.progress.active, self.stage) else None

    @property
    def stale_move(self) -> StaleMove | None:
        return self.refusal if isinstance(self.refusal, StaleMove) else None

    @property
    def answers(self) -> "list[ShownAnswer]":
        """The answers of the stage as text, for a closed opportunity and for who may only read."""
        return [
            ShownAnswer(step, self.opportunity, self.waivers.get(step.pk))
            for step in gates.steps_in_use(self.stage)
            if step.field in vocabulary.fields()
        ]


@dataclass(frozen=True)
class ShownAnswer:
    """The answer to one step, or its waiver, as text."""

    step: Step
    opportunity: Opportunity
    waiver_in_force: Waiver | None

    @property
    def text(self) -> str:
        return display.value(self.step.field, getattr(self.opportunity, self.step.field))

    @property
    def address(self) -> str:
        """The page of the account or contact that the answer names."""
        return display.address(self.opportunity, self.step.field)

    @property
    def is_met(self) -> bool:
        return gates.why_unmet(self.step, self.opportunity) is None

    @property
    def offers(self) -> list[Offer]:
        """What the closed opportunity still takes at this step."""
        return offers.of(self.step, self.opportunity)

    @property
    def place(self) -> str:
        return offers.place_of(self.step)

    @property
    def waiver(self) -> Waiver | None:
        return None if self.is_met else self.waiver_in_force
