"""My day: what a person's own open opportunities need today, each of them once.

A deputy also has the days of the people for whom they act.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Value, When

from opportunities import access
from opportunities.models import Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.models.tasks import with_next_task
from opportunities.pipeline.conditions import Reasons
from opportunities.pipeline.day_groups import GROUP_NAMES, DayCandidate, DayGroup, Reason, group_of, grouped
from opportunities.pipeline.day_rows import DayRow
from opportunities.pipeline.tracks import Tracks
from opportunities.transitions import organisation_date
from salesflow.users.models import User
from stages.models import Step

ROWS = 10  # of a group; a page stays below 100 kB
_READ = (
    *("pk", "next_step_due", "estimated_close_date", "stage_counted_from", "active_stage", "estimated_revenue"),
    "steps_to_catch_up",
)


@dataclass(frozen=True)
class ShownGroup:
    """A group of the day: how many opportunities it has, and the first of them."""

    group: DayGroup
    count: int
    rows: list[DayRow]

    @property
    def title(self) -> str:
        return str(GROUP_NAMES[self.group])

    @property
    def shows_some(self) -> bool:
        """Whether there are more opportunities than rows."""
        return self.count > len(self.rows)


@dataclass(frozen=True)
class MyDay:
    """The groups in order, also empty ones. `open` is the number of open opportunities.

    `to_catch_up`: how many of them were imported and still lack a step.
    """

    today: datetime.date
    open: int
    groups: list[ShownGroup]
    to_catch_up: int = 0

    @property
    def count(self) -> int:
        """How many opportunities need the reader."""
        return sum(group.count for group in self.groups)


def person_of(reader: User, owner: object) -> User:
    """The person whose day has the opportunities of the owner with that id: one who is away, or else the reader."""
    return next((person for person in access.away(reader) if str(person.pk) == str(owner)), reader)


def of(user: User, *, at: datetime.datetime, tracks: Tracks) -> MyDay:
    """The day of a user. Four queries, however many opportunities there are."""
    own = _own(user)
    candidates = _candidates(own, at, tracks)
    found = grouped(candidates)
    first = {group: members[:ROWS] for group, members in found.items()}
    rows = _rows(own, [each for members in first.values() for each in members], at, tracks)
    shown = [
        ShownGroup(group, len(found[group]), [rows[each.pk] for each in first[group] if each.pk in rows])
        for group in found
    ]
    to_catch_up = sum(each.lacks_imported for each in candidates)
    return MyDay(organisation_date(at), len(candidates), shown, to_catch_up)


def row_of(user: User, pk: int, *, at: datetime.datetime, tracks: Tracks) -> DayRow | None:
    """One row of the day; None if the opportunity is not the user's, not open, or needs nothing. Four queries."""
    own = _own(user).filter(pk=pk)
    needed = [each for each in _candidates(own, at, tracks) if group_of(each.reasons)]
    return _rows(own, needed, at, tracks).get(pk)


def counts(user: User, *, at: datetime.datetime, tracks: Tracks) -> MyDay:
    """The day without its rows: its counts. One query."""
    candidates = _candidates(_own(user), at, tracks)
    groups = [ShownGroup(group, len(members), []) for group, members in grouped(candidates).items()]
    return MyDay(organisation_date(at), len(candidates), groups)


def _own(user: User) -> OpportunityQuerySet:
    return Opportunity.objects.open().filter(owner=user)


def _candidates(opportunities: OpportunityQuerySet, at: datetime.datetime, tracks: Tracks) -> list[DayCandidate]:
    """What decides the group and the place of each opportunity. One query, which finds the reasons."""
    today = organisation_date(at)
    reasons = Reasons(today, tracks.targets)
    holds: Any = {
        f"why_{reason}": Case(When(reasons.of(reason), then=Value(True)), default=Value(False)) for reason in Reason
    }
    rows = opportunities.order_by().annotate(**holds).values(*_READ, *holds)
    return [_candidate(row, today, tracks.targets) for row in rows]


def _candidate(row: dict[str, Any], today: datetime.date, targets: dict[int, int]) -> DayCandidate:
    days = {
        Reason.LATE: lambda: (today - row["next_step_due"]).days,
        Reason.SLIPPED: lambda: (today - row["estimated_close_date"]).days,
        Reason.OVER_TARGET: lambda: (
            (today - organisation_date(row["stage_counted_from"])).days - targets[row["active_stage"]]
        ),
    }
    reasons = [reason for reason in Reason if row[f"why_{reason}"]]
    return DayCandidate(
        row["pk"],
        {reason: days[reason]() if reason in days else 0 for reason in reasons},
        row["estimated_revenue"],
        lacks_imported=row["steps_to_catch_up"] > 0,
    )


def _rows(
    opportunities: OpportunityQuerySet, candidates: list[DayCandidate], at: datetime.datetime, tracks: Tracks
) -> dict[int, DayRow]:
    """The rows of these candidates by id. Two queries."""
    if not candidates:
        return {}
    reasons = {each.pk: each.reasons for each in candidates}
    named = opportunities.filter(pk__in=list(reasons)).select_related("active_stage", "contact", "owner")
    found = list(with_next_task(named.defer("description", "customer_need", "proposed_solution")))
    steps = _last_steps(found)
    return {
        each.pk: DayRow(each, reasons[each.pk], at=at, step=steps.get(each.pk), next_stage=tracks.following(each))
        for each in found
    }


def _last_steps(opportunities: Iterable[Opportunity]) -> dict[int, Step]:
    """The only step that is left, by the id of its opportunity, where one is left. One query."""
    wanted = {each.pk: each.unmet_steps[0] for each in opportunities if len(each.unmet_steps) == 1}
    steps = Step.objects.select_related("stage").in_bulk(set(wanted.values())) if wanted else {}
    return {pk: steps[step] for pk, step in wanted.items() if step in steps}
