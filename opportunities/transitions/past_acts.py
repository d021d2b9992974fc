"""What happened to an opportunity before it was imported. `replaying` does these acts again, each at its moment."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Model

from opportunities.models import Note
from opportunities.transitions.closing import LostAnswers, WonAnswers
from salesflow.users.models import User
from stages.models import Stage


@dataclass(frozen=True)
class PastAct:
    """One act. `at` is an aware moment."""

    at: datetime.datetime


@dataclass(frozen=True)
class PastEstimate(PastAct):
    """Its estimates were changed. None: as they were before."""

    estimated_revenue: Decimal | None = field(default=None, kw_only=True)
    close_date: datetime.date | None = field(default=None, kw_only=True)
    probability: int | None = field(default=None, kw_only=True)

    @property
    def entries(self) -> dict[str, Any]:
        said = {
            "estimated_revenue": self.estimated_revenue,
            "estimated_close_date": self.close_date,
            "probability": self.probability,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
class PastVisit(PastEstimate):
    """It entered a stage, with its estimates of then. In the stage where it is, only these changed."""

    stage: Stage


@dataclass(frozen=True)
class PastFinish(PastAct):
    """The process was finished."""


@dataclass(frozen=True)
class PastClosing(PastAct):
    """It was closed. The day is that of the answers."""

    answers: WonAnswers | LostAnswers


@dataclass(frozen=True)
class PastReopening(PastAct):
    """It was opened again, in this stage. None: in the one in which it was closed."""

    reason: str
    stage: Stage | None = None


@dataclass(frozen=True)
class PastHold(PastAct):
    """It was put on hold."""

    reason: str


@dataclass(frozen=True)
class PastResumption(PastAct):
    """It was resumed."""


@dataclass(frozen=True)
class PastNote(PastAct):
    """A note was written. `author`: None for the person who imports."""

    text: str
    kind: str = Note.Kind.GENERAL
    is_pinned: bool = False
    author: User | None = None


@dataclass(frozen=True)
class PastTask(PastAct):
    """A task was planned.

    `owner`: None for the owner of the opportunity, as for a person who may not edit it. `done_at`: not before `at`.
    """

    text: str
    due: datetime.date | None = None
    time: datetime.time | None = None
    owner: User | None = None
    done_at: datetime.datetime | None = None


@dataclass(frozen=True)
class PastTaskDone(PastAct):
    """The task was done, by the person who imports."""

    task: PastTask


def with_name(name: str, text: str, model: type[Model]) -> str:
    """The text after the name of the person that it is of, if the column `text` takes both; else the text alone."""
    named = f"{name}: {text}"
    most: Any = model._meta.get_field("text")
    return named if len(named) <= most.max_length else text


CLOSES_OR_OPENS = (PastClosing, PastReopening)
