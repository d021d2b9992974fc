"""What each act of a bulk run does to one opportunity, through `editing` and `transitions`."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opportunities import transitions
from opportunities.bulk_runs.reasons import ChangedSinceCounted
from opportunities.editing import answers, children, editing, tasks
from opportunities.models import BulkRow, BulkRun, Event, Opportunity
from salesflow.users.models import User


@dataclass(frozen=True)
class Doing:
    """One row of a run that is being done: by whom, and when. `opportunity` is as it was counted."""

    run: BulkRun
    row: BulkRow
    opportunity: Opportunity
    by: User
    at: datetime.datetime

    @property
    def how(self) -> dict[str, Any]:
        """The arguments for `editing`."""
        return {"by": self.by, "at": self.at, "version": self.row.version}

    @property
    def move(self) -> dict[str, Any]:
        """The arguments for the functions of `transitions`."""
        return {"opportunity": self.opportunity, "from_stage": self.row.stage, **self.how}


FIELDS: Mapping[str, str] = {
    BulkRun.Act.OWNER: "owner",
    BulkRun.Act.CLOSE_DATE: "estimated_close_date",
    BulkRun.Act.RATING: "rating",
    BulkRun.Act.FORECAST: "forecast_category",
}
"""The field that an act changes, of those acts that change one."""


def do(doing: Doing) -> None:
    """Does the act to the opportunity, or puts back what the other run did. Raises a `Refused`."""
    if doing.run.puts_back_id:
        _put_back(doing)
    elif doing.run.act in FIELDS:
        _change(doing, value_of(doing.run))
    else:
        OTHERS[doing.run.act](doing)


def value_of(run: BulkRun) -> Any:
    """What the run writes into the field of its act."""
    if run.act == BulkRun.Act.OWNER:
        return run.owner
    return run.day if run.act == BulkRun.Act.CLOSE_DATE else run.choice


def _change(doing: Doing, value: Any) -> None:
    with editing(doing.opportunity, owner_leaves=not doing.run.owners_stay, **doing.how) as record:
        answers.of(FIELDS[doing.run.act]).write(record, value)


def _plan(doing: Doing) -> None:
    with editing(doing.opportunity, **doing.how) as record:
        tasks.plan(record, text=doing.run.text, due=doing.run.day)


def _advance(doing: Doing) -> None:
    transitions.advance(**doing.move)


def _hold(doing: Doing) -> None:
    transitions.hold(reason=doing.run.text, **doing.move)


OTHERS: Mapping[str, Callable[[Doing], None]] = {
    BulkRun.Act.NEXT_STEP: _plan,
    BulkRun.Act.ADVANCE: _advance,
    BulkRun.Act.HOLD: _hold,
}
"""The acts that change no single field."""


def _put_back(doing: Doing) -> None:
    """Restores the value that the history has from before the other run."""
    event = doing.opportunity.events.get(version=doing.row.version)
    if doing.run.act == BulkRun.Act.OWNER:
        _put_owner_back(doing, event)
        return
    with editing(doing.opportunity, **doing.how) as record:
        _restore(record, event, FIELDS[doing.run.act])


def _restore(record: Opportunity, event: Event, field: str) -> None:
    old = next(change["old"] for change in event.changes if change["field"] == field)
    answers.of(field).write_logged(record, old)


def _put_owner_back(doing: Doing, event: Event) -> None:
    """The former owner gets the opportunity and the open tasks again, and leaves the team if the run put them on it.

    Refuses if the new owner had open tasks of their own here, because those would go along.
    """
    given = [row["id"] for row in event.children if row["table"] == children.TASK.name]
    joined = [row["id"] for row in event.children if row["table"] == children.TEAM_MEMBER.name]
    present = doing.opportunity.owner_id
    was_on_team = doing.opportunity.team_members.filter(user=present).exists()
    with editing(doing.opportunity, owner_leaves=not was_on_team, **doing.how) as record:
        if record.tasks.open().filter(owner=present).exclude(pk__in=given).exists():
            raise ChangedSinceCounted("")
        for member in record.team_members.filter(pk__in=joined):
            member.delete()
        _restore(record, event, "owner")
