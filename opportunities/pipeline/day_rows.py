"""One row of My day: the reasons of an opportunity in words, and its acts."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from opportunities import formats, transitions
from opportunities.forms import offers
from opportunities.forms.next_step import postponement
from opportunities.forms.rendered_for import RenderedFor
from opportunities.models import Opportunity, Task
from opportunities.models.tasks import next_task
from opportunities.pipeline.day_groups import DayGroup, Reason, group_of
from opportunities.transitions import MoveKind, organisation_date
from salesflow import once
from stages.models import Stage, Step


@dataclass(frozen=True)
class DayReason:
    """One reason in words. `state` is its class: late, over, or nothing."""

    text: str
    state: str = ""
    lead: str = ""
    """What comes before the words with the colour."""


@dataclass(frozen=True)
class DayAct:
    """One act of a row: a link that asks for more, or a button of the row's form that posts `value` as `field`."""

    kind: str
    label: str
    address: str
    is_link: bool = False
    is_solid: bool = False
    field: str = ""
    value: str = ""


@dataclass(frozen=True)
class DayRow:
    """One opportunity of My day.

    `step` is the step that is left, if it is the only one; `next_stage` is the stage after the active one.
    """

    opportunity: Opportunity
    reasons: frozenset[Reason]
    at: datetime.datetime
    step: Step | None
    next_stage: Stage | None

    @property
    def group(self) -> DayGroup | None:
        return group_of(self.reasons)

    @property
    def today(self) -> datetime.date:
        return organisation_date(self.at)

    @cached_property
    def task(self) -> Task | None:
        return next_task(self.opportunity)

    @cached_property
    def token(self) -> str:
        return once.new_token()

    @property
    def rendered_for(self) -> RenderedFor:
        return RenderedFor.present(self.opportunity)

    @property
    def left(self) -> int:
        """How many required steps are left, up to and including the active stage."""
        return len(self.opportunity.unmet_steps)

    # The reasons

    @property
    def why(self) -> list[DayReason]:
        """The reasons in words: of the next step, of the close date, and of the stage where the group is about it."""
        return list(self._why())

    def _why(self) -> Iterator[DayReason]:
        if self.reasons & {Reason.LATE, Reason.DUE_TODAY}:
            yield self._due()
        if Reason.SLIPPED in self.reasons:
            yield DayReason(_past(self._days_since(self.opportunity.estimated_close_date)), "over")
        if self.group is DayGroup.READY:
            yield DayReason(self._ready())
        if Reason.UNPLANNED in self.reasons:
            yield DayReason(_("Nothing planned"))
        if self.group is DayGroup.STUCK and Reason.OVER_TARGET in self.reasons:
            yield DayReason(self._age(), "over")
        if self.task and not self.reasons & {Reason.LATE, Reason.DUE_TODAY}:
            yield DayReason(self._planned(self.task))

    def _due(self) -> DayReason:
        days = self._days_since(self.opportunity.next_step_due)
        if not days:
            time = getattr(self.task, "time", None)
            return DayReason(
                _("today at %(time)s") % {"time": formats.time_of_day(time)} if time else _("today"), lead=self._text
            )
        return DayReason(
            ngettext("%(days)d day late", "%(days)d days late", days) % {"days": days}, "late", lead=self._text
        )

    @property
    def _text(self) -> str:
        return self.opportunity.next_step

    def _ready(self) -> str:
        if self.opportunity.is_finished:
            return _("Finished: won or lost?")
        if self.next_stage is None:
            return _("Everything is there to finish")
        return _("Everything is there for %(stage)s") % {"stage": self.next_stage.name}

    def _age(self) -> str:
        stage, days = self.opportunity.active_stage, self.opportunity.days_in_stage(self.at)
        sentence = ngettext(
            "%(days)d day in %(stage)s, target %(target)d", "%(days)d days in %(stage)s, target %(target)d", days
        )
        return sentence % {"days": days, "stage": stage.name, "target": stage.target_days}

    def _planned(self, task: Task) -> str:
        return f"{task} {formats.on_day(task.due, self.today)}" if task.due else str(task)

    def _days_since(self, day: datetime.date | None) -> int:
        return (self.today - day).days if day else 0

    # The acts

    @property
    def main(self) -> DayAct | None:
        return self.acts[0] if self.acts else None

    @property
    def quiet(self) -> DayAct | None:
        return self.acts[1] if len(self.acts) > 1 else None

    @property
    def more(self) -> list[DayAct]:
        """The acts behind ⋯."""
        return self.acts[2:]

    @property
    def address(self) -> str:
        """Where the form of the acts leads if no button names an address: its first button, or the opportunity."""
        buttons = [act.address for act in self.acts if not act.is_link]
        return buttons[0] if buttons else reverse("day_postpone", args=[self.opportunity.pk])

    @property
    def kinds(self) -> set[str]:
        return {act.kind for act in self.acts}

    @cached_property
    def acts(self) -> list[DayAct]:
        """The acts in the order of how much they help: the first is the main one."""
        return [act for act in self._acts() if act]

    def _acts(self) -> Iterator[DayAct | None]:
        is_due = bool(self.reasons & {Reason.LATE, Reason.DUE_TODAY})
        yield self._onward()
        if is_due:
            yield self._done()
            yield self._postpone()
        if Reason.SLIPPED in self.reasons:
            yield DayAct("close_date", _("New close date"), self._address("close_date"), is_link=True)
        yield self._answer()
        if self.task is None:
            yield DayAct("plan", _("Plan a step"), self._address("plan"), is_link=True)
        if self.opportunity.is_on_hold:
            yield DayAct("resume", _("Resume"), self._address("resume"))
        if not is_due:
            yield self._done()
            yield self._postpone()

    def _onward(self) -> DayAct | None:
        """The move of the main button, if it will go through. An opportunity on hold is resumed first."""
        if self.opportunity.is_on_hold:
            return None
        if self.opportunity.is_finished:
            close = reverse("close", args=[self.opportunity.pk])
            return DayAct("close", _("Won or lost…"), close, is_link=True, is_solid=True)
        labels = {MoveKind.ADVANCE: _("Next Stage"), MoveKind.FINISH: _("Finish")}
        kind = transitions.onward(self.opportunity, is_last=self.next_stage is None)
        return DayAct(kind.value, labels[kind], self._address(kind.value), is_solid=True) if kind else None

    def _done(self) -> DayAct | None:
        if self.task is None:
            return None
        return DayAct("done", pgettext("act", "Done"), self._address("done"), is_link=True)

    def _postpone(self) -> DayAct | None:
        offer: Any = postponement(self.task.due, self.today) if self.task else None
        if offer is None:
            return None
        label, day = offer
        return DayAct("postpone", str(label), self._address("postpone"), field="next-due", value=day.isoformat())

    def _answer(self) -> DayAct | None:
        """The explicit answer that completes the only step that is left."""
        evidence = offers.evidence(self.step, self.opportunity) if self.step else []
        explicit = next((offer.explicit for offer in evidence), "")
        label = self._says(explicit)
        if not (self.step and label):
            return None
        address = reverse("day_answer", args=[self.opportunity.pk, self.step.pk])
        return DayAct("answer", label, address, field="also", value=explicit)

    def _says(self, explicit: str) -> str:
        contact = self.opportunity.contact
        if explicit == offers.CONTACT_DECIDES:
            return _("%(contact)s is the decision maker") % {"contact": contact} if contact else ""
        return {
            offers.SELL_ALONE: _("I sell this alone"),
            offers.NO_KNOWN_COMPETITORS: _("No known competitors"),
        }.get(explicit, "")

    def _address(self, act: str) -> str:
        return reverse(f"day_{act}", args=[self.opportunity.pk])


def _past(days: int) -> str:
    return ngettext("close date %(days)d day past", "close date %(days)d days past", days) % {"days": days}
