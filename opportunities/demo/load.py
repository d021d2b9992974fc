"""Fills an empty database with a demo: four users, their customers, and opportunities in all stages."""

import datetime
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction

from opportunities.demo import bulk, customers, users
from opportunities.demo.context import DAY, Script, Story, language
from opportunities.demo.customers import Customers
from opportunities.demo.scenarios import COURSES
from opportunities.transitions import organisation_date
from salesflow.users.models import User
from stages.models import Process, Stage, stages_of

Progress = Callable[[int], None]
Cast = dict[str, User]

LONG_AGO = 300 * DAY
"""When users and customers were entered: before the first opportunity."""


class NotEmpty(Exception):
    """The database is not empty: `found` says what it has."""

    def __init__(self, found: users.DatabaseContent) -> None:
        super().__init__(found)
        self.found = found


def scripts() -> list[Script]:
    return [Script(**{**entry, "competitors": tuple(entry.get("competitors", ()))}) for entry in _read("deals.json")]


def fill(*, at: datetime.datetime, count: int, password: str | None, progress: Progress) -> dict[User, str]:
    """Make that many opportunities, whose histories end by that moment, and who works on them, in one transaction.

    Those of deals.json walk their course through `transitions` and `editing`; what is asked for beyond are copies.
    `progress` is called with the number made so far. Returns the users' passwords. Refusal: NotEmpty.
    """
    with transaction.atomic():
        users.lock()
        found = users.database_content()
        if found is not users.DatabaseContent.NOTHING:
            raise NotEmpty(found)
        walking = scripts()[:count]
        users.make(at=at - LONG_AGO)
        for number, story in enumerate(_stories(walking, at), start=1):
            COURSES[story.script.course].lead(story)
            progress(number)
        bulk.make(count - len(walking), done=len(walking), progress=progress)
        return users.set_passwords(password)


def _stories(walking: list[Script], at: datetime.datetime) -> list[Story]:
    cast = {user.username: user for user in User.objects.all()}
    known = customers.make(at=at - LONG_AGO, by=cast["admin"])
    stages = stages_of(Process.objects.get(is_default=True).pk)
    phrases = _read("texts.json")
    return [_story(script, cast, known, stages, phrases, organisation_date(at)) for script in walking]


def _story(
    script: Script, cast: Cast, known: Customers, stages: list[Stage], phrases: dict[str, Any], today: datetime.date
) -> Story:
    account = known.accounts[script.account]
    return Story(
        script=script,
        owner=cast[script.owner],
        colleague=cast["rep" if script.owner == "rep2" else "rep2"],
        manager=cast["manager"],
        account=account,
        contacts=known.contacts[script.account],
        competitors=known.competitors,
        stages=stages,
        phrases=phrases[language(account)],
        today=today,
        chance=random.Random(script.name),  # noqa: S311 -- nothing secret, and the same each time
    )


def _read(name: str) -> Any:
    return json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
