"""Random opportunities for reports, each with its history, by bulk inserts past the moves of the product.

    @report_rows.SOME_SETS
    @given(rows=report_rows.LIVES)
    def test_…(world, rows):                      # `world`: a fixture, World.made_for(cast)
        with transaction.atomic():
            made = report_rows.add(world, rows)   # the opportunities, in the order of the lives
            ...
            transaction.set_rollback(True)

A life is what happens to one opportunity: acts, each some hours after the one before, none after NOW. An act that is
not possible where the opportunity is does nothing, so every list of acts is a life. `add` plays each life as the moves
do: visits, holds, closings, requests, waivers and events say the same, and the columns of the opportunity follow from
them. `verify` finds no fault in visits, holds, closings and the history. Steps are not filled in: the ids of
`unmet_steps` are what a life says. Events do not list child rows.
"""

import copy
import datetime
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from opportunities.customers.models import Account, Competitor, searched
from opportunities.editing import answers, changes, found_by
from opportunities.models import (
    CloseRequest,
    Closing,
    Debrief,
    Event,
    Hold,
    Opportunity,
    OpportunityCompetitor,
    ProcessInstance,
    StageVisit,
    StatusReason,
    Task,
    TeamMember,
    Waiver,
    WaiverRequest,
    write_guard,
)
from opportunities.models.event import WaiverChange, log_value
from salesflow.users.models import Unit, User
from stages import designing
from stages.models import PipelinePhase, Process, Stage, Step
from tests.support.examples import REPORT_SETS, report_sets
from tests.support.factories import AccountFactory, CompetitorFactory, add_process

NOW = datetime.datetime(2026, 3, 2, 10, 0, tzinfo=datetime.UTC)
TODAY = NOW.date()
BEGIN = NOW - datetime.timedelta(days=500)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)

SOME_SETS = settings(
    max_examples=report_sets(30),
    deadline=None,
    derandomize=REPORT_SETS is None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
"""How a report is compared with plain Python: on 30 sets of opportunities, with SWEEP=full on 1,000.

REPORT_SETS=125 takes so many, others for each `--hypothesis-seed`: a sweep in parts.
"""

Kind = Event.Kind
LOGGED = tuple(
    answers.of(name)
    for name in (
        *("name", "owner", "account", "estimated_revenue", "estimated_close_date", "probability", "rating"),
        *("forecast_category", *answers.CLOSING),
    )
)


# What may happen


NUMBER = st.integers(0, 10**6)
ACTS = st.tuples(
    st.sampled_from(
        [
            *["next"] * 10,
            *["move"] * 4,
            *["hold", "hold", "resume", "finish", "win", "win", "win", "lose", "reopen"],
            *["revenue", "date", "category", "probability", "owner", "account"],
            *["waive", "withdraw", "ask_waiver", "answer_waiver", "ask_close", "decline_close"],
            *["plan", "do", "other", "import"],
        ]
    ),
    NUMBER,
    st.sampled_from([7, 24, 24 * 3, 24 * 7, 24 * 20, 0, 1, 24 * 60, 50]),  # hours since the act before
)
"""(what, a number from which the rest of the act follows, hours since the act before)"""

CENTS = st.one_of(st.none(), st.integers(0, 300), st.integers(0, 10**8), st.just(10**14 - 1))

LIFE = st.fixed_dictionaries(
    {
        # Hours after BEGIN. Hypothesis likes small numbers: without the other days, nearly all would begin at once.
        "began": st.one_of(
            st.integers(0, 24 * 500), st.sampled_from([24 * day for day in (100, 200, 300, 400, 460, 490, 497, 500)])
        ),
        "process": st.sampled_from([0, 0, 0, 1]),
        "cents": CENTS,
        "close_date": st.one_of(st.none(), st.integers(-60, 200)),  # days after it began
        "probability": st.one_of(st.none(), st.integers(0, 100)),
        "category": st.integers(0, 3),
        "rating": st.integers(0, 2),
        "owner": st.integers(0, 5),
        "account": st.one_of(st.none(), st.integers(0, 5)),
        "member": st.one_of(st.none(), st.none(), st.integers(0, 5)),
        "competitors": st.sets(st.integers(0, 2), max_size=2),
        "debrief": st.one_of(st.none(), st.integers(-100, 999)),  # the price gap
        "unmet": st.sets(st.integers(0, 20), max_size=4),
        "acts": st.lists(ACTS, min_size=6, max_size=20),
    }
)
LIVES = st.lists(LIFE, min_size=2, max_size=12)


# Where it happens


@dataclass
class World:
    """The rows that lives refer to by numbers."""

    people: list[User]
    """The owners: `rep` and `colleague` of the cast first, then those of units."""
    manager: User
    accounts: list[Account]
    competitors: list[Competitor]
    processes: list[Process]
    """The default process, and another one."""
    stages: dict[int, list[Stage]] = field(default_factory=dict)
    """The stages of each process in order, by its id, with their process."""
    steps: dict[int, list[Step]] = field(default_factory=dict)
    """The required steps of each process in order, by its id, with their stage."""
    reasons: dict[str, list[StatusReason]] = field(default_factory=dict)
    """The reasons of each status in order."""

    def __post_init__(self):
        for process in self.processes:
            mine = Stage.objects.filter(process=process).order_by("order", "pk")
            self.stages[process.pk] = list(mine.select_related("process"))
            steps = Step.objects.filter(stage__in=mine, required=True)
            self.steps[process.pk] = list(steps.select_related("stage").order_by("stage__order", "order", "pk"))
        for reason in StatusReason.objects.order_by("status", "order", "pk"):
            self.reasons.setdefault(reason.status, []).append(reason)

    @classmethod
    def made_for(cls, cast):
        """Adds to what ships and to the cast: units, accounts, competitors, a process with phases, a reason of won."""
        north = Unit.objects.create(name="North", lead=cast["manager"])
        south = Unit.objects.create(name="South", parent=north)
        User.objects.filter(pk=cast["manager"].pk).update(sees_all=True)
        User.objects.filter(pk=cast["rep"].pk).update(unit=north)
        User.objects.filter(pk=cast["colleague"].pk).update(unit=south)
        agreement = add_process("Service agreement", "Scope", "Negotiate", "Sign")
        with designing.changing(agreement.pk):
            for own, shipped in {"Scope": "Develop", "Sign": "Close"}.items():
                stage = agreement.stages.get(name_en=own)
                stage.phase = PipelinePhase.objects.get(name_en=shipped)
                stage.save()
        StatusReason.objects.create(status="won", name_en="Tender won", order=1)
        industries = ("Shipping", "Shipping", "Energy", "")
        return cls(
            people=[User.objects.get(pk=cast[name].pk) for name in ("rep", "colleague", "manager")],
            manager=User.objects.get(pk=cast["manager"].pk),
            accounts=[AccountFactory(name=f"Account {at}", industry=each) for at, each in enumerate(industries)],
            competitors=[CompetitorFactory(name=f"Rival {at}") for at in range(3)],
            processes=[Process.objects.get(is_default=True), agreement],
        )


def _pick(rows, number):
    return rows[number % len(rows)]


def add(world, lives):
    """Saves an opportunity for each life, and returns them in the same order."""
    played = [Played(world, life, number) for number, life in enumerate(lives)]
    with write_guard.guarded_every():
        records = Opportunity.objects.bulk_create([each.record for each in played])
        for model in CHILDREN:
            rows = [row for each in played for row in each.rows[model]]
            if model is StageVisit:  # the one entered last has the largest id, as `verify` asks for the pipeline phase
                rows.sort(key=lambda row: row.entered_at)
            model.objects.bulk_create(rows)
    return records


CHILDREN = (
    *(ProcessInstance, StageVisit, Hold, CloseRequest, Closing, Waiver, WaiverRequest),
    *(OpportunityCompetitor, TeamMember, Task, Debrief, Event),
)


# How it happens


class Played:
    """One opportunity with its child rows, not saved yet, after all acts of a life."""

    def __init__(self, world, life, number):
        self.world, self.life = world, life
        self.rows = {model: [] for model in CHILDREN}
        self.at = BEGIN + life["began"] * HOUR
        self.process = world.processes[life["process"]]
        self.stages = world.stages[self.process.pk]
        self.steps = world.steps[self.process.pk]
        self.visit = self.hold = self.closing = None
        self.other = self.other_visit = None
        self._begin(number)
        for what, of, hours in life["acts"]:
            if self.at + hours * HOUR > NOW:
                break
            self.at += hours * HOUR
            before = copy.copy(self.record)
            event = getattr(self, f"_{what}")(of)
            if event is not None:
                self._log(before, event)
        self._derive()

    def _begin(self, number):
        life, world = self.life, self.world
        owner = _pick(world.people, life["owner"])
        cents, days = life["cents"], life["close_date"]
        self.record = Opportunity(
            name=f"Deal {number}",
            owner=owner,
            account=None if life["account"] is None else _pick(world.accounts, life["account"]),
            estimated_revenue=None if cents is None else Decimal(cents) / 100,
            estimated_close_date=None if days is None else self.at.date() + days * DAY,
            probability=life["probability"],
            rating=_pick(Opportunity.Rating.values, life["rating"]),
            forecast_category=_pick(Opportunity.ForecastCategory.values[:4], life["category"]),
            status_reason=self._reason("in_progress"),
            created_at=self.at,
            created_by=owner,
        )
        instance = {"process": self.process, "started_at": self.at, "started_by": owner}
        self.instance = self._row(ProcessInstance, is_primary=True, **instance)
        self._enter(self.stages[0])
        for each in sorted(life["competitors"]):
            self._row(OpportunityCompetitor, competitor=_pick(world.competitors, each))
        if life["member"] is not None:
            self._row(TeamMember, user=_pick(world.people, life["member"]))
        if life["debrief"] is not None:
            told = {"created_at": self.at, "created_by": owner, "why": "They said so."}
            competitor = _pick([None, *world.competitors], life["debrief"])
            self._row(Debrief, price_gap=life["debrief"], competitor=competitor, **told)
        self._log(None, Event(kind=Kind.STARTED, to_stage=self.stages[0]))

    # Moves

    def _move(self, of):
        target = _pick(self.stages, of)
        here, there = self._place(self.record.active_stage), self._place(target)
        if not self.record.is_open or (here == there and not self.is_finished) or (self.is_finished and there > here):
            return None
        back = Kind.WENT_BACK if there <= here else Kind.ADVANCED if there == here + 1 else Kind.JUMPED
        event = Event(kind=back, from_stage=self.record.active_stage, to_stage=target)
        self._leave()
        self._enter(target)
        return event

    def _next(self, of):
        here = self._place(self.record.active_stage)
        return None if self.is_finished else self._move(min(here + 1, len(self.stages) - 1))

    def _finish(self, of):
        is_last = self.record.active_stage == self.stages[-1]
        if not self.record.is_open or self.is_finished or not is_last:
            return None
        self._leave()
        self.instance.finished_at = self.at
        return Event(kind=Kind.FINISHED, from_stage=self.record.active_stage)

    def _hold(self, of):
        if not self.record.is_open or self.is_finished or self.hold:
            return None
        self.hold = self._row(Hold, visit=self.visit, from_at=self.at, by=self.by, reason="They reorganise.")
        self.record.is_on_hold, self.record.status_reason = True, self._reason("on_hold")
        return Event(kind=Kind.HELD, reason="They reorganise.")

    def _resume(self, of):
        if not self.hold:
            return None
        self._end_hold()
        return Event(kind=Kind.RESUMED)

    def _win(self, of):
        if not self.record.is_open or self.record.active_stage != self.stages[-1]:
            return None
        event = Event(kind=Kind.WON, from_stage=self.record.active_stage)
        if not self.is_finished:
            self._leave()
            self.instance.finished_at = self.at
        revenue = self.record.estimated_revenue or Decimal(0)
        actual = revenue if of % 2 else Decimal(of) / 100
        self._close(event, _pick(self.world.reasons["won"], of // 2), of, actual_revenue=actual)
        return event

    def _lose(self, of):
        if not self.record.is_open:
            return None
        event = Event(kind=Kind.LOST, from_stage=self.record.active_stage)
        self._leave()
        reason = _pick(self.world.reasons["lost"], of)
        named = {link.competitor for link in self.rows[OpportunityCompetitor]}
        competitor = _pick(self.world.competitors, of) if reason.asks_competitor or of % 3 == 0 else None
        if competitor and competitor not in named:
            self._row(OpportunityCompetitor, competitor=competitor)
        actual = Decimal(of) / 100 if of % 5 == 0 else None
        self._close(event, reason, of, competitor=competitor, actual_revenue=actual)
        missing = [step for step in self.steps if step.pk not in self.waived]
        if missing and of % 4 == 1:
            given = {"at": self.at, "by": self.by, "reason": "It died early.", "closing": self.closing}
            self._row(Waiver, step=_pick(missing, of), **given)
            event.waived_steps = [log_value(_pick(missing, of))]
        return event

    def _close(self, event, reason, of, **answered):
        record, outcome = self.record, event.kind.value
        closed_on = localdate(self.at) - (of % 4) * DAY
        answered |= {"outcome": outcome, "status_reason": reason, "closed_on": closed_on}
        self._end_other()
        for task in self.rows[Task]:
            task.dropped_at = self.at if task.is_open else task.dropped_at
        self._answer_requests(CloseRequest.Outcome.CLOSED)
        for step in self.steps:
            event.waiver_changes += self._end_requests(step, self.by)
        self.closing = self._row(Closing, stage=record.active_stage, at=self.at, by=self.by, **answered)
        record.status = record.forecast_category = outcome
        record.status_reason, record.closed_on = reason, closed_on
        record.actual_revenue = self.closing.actual_revenue

    def _reopen(self, of):
        if self.record.is_open:
            return None
        record, closing = self.record, self.closing
        target = self.stages[of % (self._place(closing.stage) + 1)]
        closing.reopened_at, closing.reopened_by, closing.reopen_reason = self.at, self.by, "They called."
        self.closing = None
        record.status, record.status_reason = "open", self._reason("in_progress")
        record.forecast_category, record.actual_revenue, record.closed_on = "pipeline", None, None
        event = Event(kind=Kind.REOPENED, from_stage=closing.stage, to_stage=target, reason="They called.")
        if self.other and not self.other.finished_at:
            self._enter_other(self.other.active_stage)
        self._enter(target)
        return event

    def _other(self, of):
        """Enters a stage of the other process."""
        if not self.record.is_open:
            return
        process = next(each for each in self.world.processes if each != self.process)
        if self.other is None:
            started = {"process": process, "started_at": self.at, "started_by": self.by}
            self.other = self._row(ProcessInstance, is_primary=False, **started)
        self._end_other()
        self._enter_other(_pick(self.world.stages[process.pk], of))

    def _enter_other(self, stage):
        entered = {"instance": self.other, "stage": stage, "entered_at": self.at, "entered_by": self.by}
        self.other_visit = self._row(StageVisit, **entered)
        self.other.active_stage = self.record.pipeline_phase = stage

    def _end_other(self):
        if self.other_visit:
            self.other_visit.left_at, self.other_visit.left_by = self.at, self.by
            self.other_visit = None

    # Edits

    def _revenue(self, of):
        return self._edit("estimated_revenue", None if of % 7 == 0 else Decimal(of) / 100)

    def _date(self, of):
        return self._edit("estimated_close_date", None if of % 7 == 0 else localdate(self.at) + (of % 300 - 90) * DAY)

    def _category(self, of):
        return self._edit("forecast_category", _pick(Opportunity.ForecastCategory.values[:4], of))

    def _probability(self, of):
        return self._edit("probability", None if of % 4 == 0 else of % 101)

    def _owner(self, of):
        return self._edit("owner", _pick(self.world.people, of))

    def _account(self, of):
        return self._edit("account", _pick([None, *self.world.accounts], of))

    def _edit(self, name, value):
        if not self.record.is_open:
            return None
        setattr(self.record, name, value)
        return Event(kind=Kind.EDITED)

    # Requests, waivers and tasks

    def _waive(self, of):
        if not self.record.is_open or not self.steps:
            return None
        step = _pick(self.steps, of)
        if step.pk in self.waived:
            return None
        self._row(Waiver, step=step, at=self.at, by=self.world.manager, reason="A framework agreement.")
        event = Event(kind=Kind.WAIVED, by=self.world.manager, to_stage=step.stage, reason="A framework agreement.")
        event.waived_steps = [log_value(step)]
        event.waiver_changes = self._end_requests(step, self.world.manager)
        return event

    def _import(self, of):
        """What happened before was imported now, without a step."""
        missing = [step for step in self.steps if step.pk not in self.waived]
        if not self.record.is_open or not missing or any(event.imported_at for event in self.rows[Event]):
            return None
        for event in self.rows[Event]:
            event.imported_at = self.at
        step, by, reason = _pick(missing, of), self.world.manager, "It was there when it was imported."
        self._row(Waiver, step=step, kind=Waiver.Kind.IMPORTED, at=self.at, by=by, reason=reason)
        event = Event(kind=Kind.IMPORTED, by=by, reason=reason, waived_steps=[log_value(step)])
        event.waiver_changes = self._end_requests(step, by)
        return event

    def _withdraw(self, of):
        in_force = [each for each in self._waivers_in_force() if not each.closing]
        if not self.record.is_open or not in_force:
            return None
        waiver = _pick(in_force, of)
        waiver.withdrawn_at, waiver.withdrawn_by = self.at, self.world.manager
        waiver.withdraw_reason = "It is needed."
        stage, by = waiver.step.stage, self.world.manager
        event = Event(kind=Kind.WITHDREW_WAIVER, by=by, to_stage=stage, reason="It is needed.")
        event.waiver_changes = [{"step": log_value(waiver.step), "what": WaiverChange.WITHDRAWN.value}]
        return event

    def _ask_waiver(self, of):
        if not self.record.is_open or not self.steps:
            return None
        step = _pick(self.steps, of)
        if step.pk in self.waived or self._asked(step):
            return None
        self._row(WaiverRequest, step=step, at=self.at, by=self.by, reason="They know us.")
        event = Event(kind=Kind.ASKED_WAIVER, to_stage=step.stage, reason="They know us.")
        event.waiver_changes = [{"step": log_value(step), "what": WaiverChange.ASKED.value}]
        return event

    def _answer_waiver(self, of):
        open_ones = [each for each in self.rows[WaiverRequest] if each.answered_at is None]
        if not self.record.is_open or not open_ones:
            return None
        asked = _pick(open_ones, of)
        outcome, kind = _pick(ANSWERS, of)
        asked.answered_at, asked.answered_by, asked.outcome = self.at, self.world.manager, outcome
        said = "No." if kind == Kind.DECLINED_WAIVER else ""
        event = Event(kind=kind, by=self.world.manager, to_stage=asked.step.stage, reason=said)
        asked.answer = event.reason
        event.waiver_changes = [{"step": log_value(asked.step), "what": outcome.value}]
        if kind == Kind.WAIVED:
            event.reason, event.waived_steps = asked.reason, [log_value(asked.step)]
            given = {"step": asked.step, "at": self.at, "by": self.world.manager, "reason": asked.reason}
            asked.waiver = self._row(Waiver, **given)
        return event

    def _asked(self, step):
        return [each for each in self.rows[WaiverRequest] if each.step == step and each.answered_at is None]

    def _end_requests(self, step, by):
        outcome = WaiverRequest.Outcome.NOT_NEEDED
        for asked in (ended := self._asked(step)):
            asked.answered_at, asked.answered_by, asked.outcome = self.at, by, outcome
        return [{"step": log_value(asked.step), "what": outcome.value} for asked in ended]

    def _ask_close(self, of):
        if not self.record.is_open or any(each.answered_at is None for each in self.rows[CloseRequest]):
            return None
        reason = _pick([each for each in self.world.reasons["lost"] if not each.asks_competitor], of)
        answered = {"status_reason": reason, "closed_on": localdate(self.at), "description": "Never mind."}
        self._row(CloseRequest, at=self.at, by=self.by, **answered)
        return Event(kind=Kind.ASKED, reason="Never mind.")

    def _decline_close(self, of):
        if all(each.answered_at for each in self.rows[CloseRequest]):
            return None
        self._answer_requests(CloseRequest.Outcome.DECLINED, "Go on.")
        return Event(kind=Kind.DECLINED, reason="Go on.")

    def _answer_requests(self, outcome, answer=""):
        for asked in self.rows[CloseRequest]:
            if asked.answered_at is None:
                asked.answered_at, asked.answered_by, asked.outcome = self.at, self.by, outcome
                asked.answer = answer

    def _plan(self, of):
        if self.record.is_open:
            due = None if of % 5 == 0 else localdate(self.at) + (of % 60) * DAY
            planned = {"text": f"Call {of}", "due": due, "owner": self.record.owner}
            self._row(Task, created_at=self.at, created_by=self.by, **planned)

    def _do(self, of):
        open_ones = [task for task in self.rows[Task] if task.is_open]
        if open_ones:
            task = _pick(open_ones, of)
            task.done_at, task.done_by = self.at, self.by

    # The parts of acts

    @property
    def by(self):
        return self.record.owner

    @property
    def is_finished(self):
        return self.instance.finished_at is not None

    @property
    def waived(self):
        return {each.step.pk for each in self._waivers_in_force()}

    def _waivers_in_force(self):
        return [
            each
            for each in self.rows[Waiver]
            if each.withdrawn_at is None and not (each.closing and each.closing.reopened_at)
        ]

    def _reason(self, key):
        return next(each for each in self.world.reasons["open"] if each.key == key)

    def _place(self, stage):
        return self.stages.index(stage)

    def _row(self, model, **columns):
        row = model(opportunity=self.record, **columns)
        self.rows[model].append(row)
        return row

    def _enter(self, stage):
        record = self.record
        self.instance.active_stage, self.instance.finished_at = stage, None
        record.active_stage = record.pipeline_phase = stage
        record.stage_entered_at, record.stage_counted_from = self.at, self.at - self._time_spent(stage)
        entered = {"stage": stage, "entered_at": self.at, "entered_by": record.owner}
        self.visit = self._row(StageVisit, instance=self.instance, **entered)

    def _time_spent(self, stage):
        """In earlier visits, without holds."""
        stays = [visit.left_at - visit.entered_at for visit in self.rows[StageVisit] if visit.stage == stage]
        holds = [hold.until_at - hold.from_at for hold in self.rows[Hold] if hold.visit.stage == stage]
        return sum(stays, datetime.timedelta()) - sum(holds, datetime.timedelta())

    def _leave(self):
        if self.hold:
            self._end_hold()
        if self.visit:
            self.visit.left_at, self.visit.left_by = self.at, self.by
            self.visit = None

    def _end_hold(self):
        self.hold.until_at, self.hold.ended_by = self.at, self.by
        self.record.stage_counted_from += self.hold.until_at - self.hold.from_at
        self.record.is_on_hold, self.record.status_reason = False, self._reason("in_progress")
        self.hold = None

    def _log(self, before, event):
        event.opportunity, event.at = self.record, self.at
        event.by = event.by if event.by_id else self.by
        event.changes = changes.of_fields(before, self.record, LOGGED)
        if event.kind == Kind.EDITED and not event.changes:
            return
        event.version = len(self.rows[Event]) + 1
        self.rows[Event].append(event)

    def _derive(self):
        """Fills the columns that follow from the rest, as `editing` does at the end of each write."""
        record, here = self.record, self._place(self.record.active_stage)
        record.is_finished = self.is_finished
        reached = [step for step in self.steps if self._place(step.stage) <= here]
        drawn = {step.pk for at, step in enumerate(reached) if at in self.life["unmet"]}
        unmet = [step for step in reached if step.pk in drawn - self.waived]
        record.unmet_steps = [step.pk for step in unmet]
        record.missing_behind = sum(self._place(step.stage) < here for step in unmet)
        mine = [step for step in self.steps if step.stage == record.active_stage]
        record.steps_required = len(mine)
        record.steps_waived = sum(step.pk in self.waived for step in mine)
        record.steps_met = len(mine) - record.steps_waived - sum(step in mine for step in unmet)
        record.is_ready = record.is_open and not unmet
        record.asked_steps = sorted(each.step.pk for each in self.rows[WaiverRequest] if each.answered_at is None)
        record.competitor_count = len(self.rows[OpportunityCompetitor])
        record.team_count = len(self.rows[TeamMember])
        record.task_count = sum(task.dropped_at is None or not record.is_open for task in self.rows[Task])
        record.debrief_count = len(self.rows[Debrief])
        first = min((task for task in self.rows[Task] if task.is_open), key=_place_of, default=None)
        record.next_step, record.next_step_due = (first.text, first.due) if first else ("", None)
        record.version, record.modified_at = len(self.rows[Event]), self.rows[Event][-1].at
        record.search_text = searched(record)
        record.found_by = found_by.joined(record, record.account.search_text if record.account else "", "")


ANSWERS = (
    (WaiverRequest.Outcome.APPROVED, Kind.WAIVED),
    (WaiverRequest.Outcome.DECLINED, Kind.DECLINED_WAIVER),
    (WaiverRequest.Outcome.TAKEN_BACK, Kind.TOOK_BACK_WAIVER),
)


def _place_of(task):
    return task.due is None, task.due or datetime.date.min, task.created_at


def localdate(at):
    """The date of that moment for the organisation."""
    return timezone.localdate(at, timezone.get_default_timezone())
