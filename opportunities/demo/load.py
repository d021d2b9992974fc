"""Fills an empty database with a demo: users, their customers, and opportunities in all stages."""

import datetime
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction

from opportunities import previews
from opportunities.demo import bulk, customers, processes, sales_targets, staff, users
from opportunities.demo.context import DAY, DemoEntry, DemoOpportunity, language
from opportunities.demo.customers import Customers
from opportunities.demo.scenarios import SCENARIOS
from opportunities.previews import draw_in_subprocess
from opportunities.transitions import organisation_date
from salesflow.users.models import User
from stages.models import Process, Stage, stages_of

Progress = Callable[[int], None]
UsersByName = dict[str, User]

LONG_AGO = 300 * DAY
"""How long ago users and customers were entered: before the first opportunity."""


class NotEmpty(Exception):
    """The database is not empty: `found` says what it has."""

    def __init__(self, found: users.DatabaseContent) -> None:
        super().__init__(found)
        self.found = found


def entries() -> list[DemoEntry]:
    return [DemoEntry(**{**entry, "competitors": tuple(entry.get("competitors", ()))}) for entry in _read("deals.json")]


def load_demo(
    *, at: datetime.datetime, count: int, people: int = 0, password: str | None, progress: Progress
) -> dict[User, str]:
    """Makes users, customers and `count` opportunities, whose histories end before `at`, in one transaction.

    The opportunities of deals.json run their scenarios through `transitions` and `editing`; the others are copies of
    them, owned by so many more `people`. Calls `progress` with the number made so far. Returns the passwords of the
    users that every demo has. Refusal: NotEmpty.
    """
    with transaction.atomic():
        users.lock()
        found = users.database_content()
        if found is not users.DatabaseContent.NOTHING:
            raise NotEmpty(found)
        chosen = entries()[:count]
        users.make(at=at - LONG_AGO)
        processes.make()
        sales_targets.make(at=at - LONG_AGO, today=organisation_date(at))
        for number, demo in enumerate(_demo_opportunities(chosen, at), start=1):
            SCENARIOS[demo.entry.scenario].run(demo)
            progress(number)
        previews.make_waiting(draw_in_subprocess.drawn_here)
        owners = staff.make(people, at=at - LONG_AGO, password=password)
        bulk.make(count - len(chosen), done=len(chosen), progress=progress, staff=owners)
        users.leave(today=organisation_date(at))
        return users.set_passwords(password)


def _demo_opportunities(chosen: list[DemoEntry], at: datetime.datetime) -> list[DemoOpportunity]:
    people = {user.username: user for user in User.objects.all()}
    owners = {entry.account: people[entry.owner] for entry in chosen}
    known = customers.make(at=at - LONG_AGO, by=people["admin"], owners=owners)
    stages = stages_of(Process.objects.get(is_default=True).pk)
    phrases = _read("texts.json")
    return [_demo_opportunity(entry, people, known, stages, phrases, organisation_date(at)) for entry in chosen]


def _demo_opportunity(
    entry: DemoEntry,
    people: UsersByName,
    known: Customers,
    stages: list[Stage],
    phrases: dict[str, Any],
    today: datetime.date,
) -> DemoOpportunity:
    account = known.accounts[entry.account]
    return DemoOpportunity(
        entry=entry,
        owner=people[entry.owner],
        colleague=people["rep" if entry.owner == "rep2" else "rep2"],
        manager=people["manager"],
        account=account,
        contacts=known.contacts[entry.account],
        competitors=known.competitors,
        stages=stages,
        phrases=phrases[language(account)],
        today=today,
        rng=random.Random(entry.name),  # noqa: S311 -- nothing secret, and the same each time
    )


def _read(name: str) -> Any:
    return json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
