"""`python -m tests.bench.privacy`: what it costs to export and to erase one person among 100,000 opportunities.

Takes the organisation of `tests.bench.units`, gives each of its opportunities events, notes, tasks and stakeholders,
and exports and erases a contact who is on ten of them. `DATABASE_URL` as there. `EXPLAIN=1` also prints the plan of the
slowest statement of each part. Nothing of the erasure is kept.
"""

import os
import time
from collections.abc import Callable
from typing import Any

from tests.bench import units
from tests.bench.data import set_up

TABLES = ("event", "note", "task", "stakeholder", "opportunitycompetitor")
EVENTS = 4
"""So many events of each opportunity."""
OWN = 10


def main() -> None:
    set_up("units", units.OPPORTUNITIES)
    from django.db import connection, transaction

    units.make()
    fill()
    print(f"{connection.vendor}; {counts()}")
    print(f"{'part':24}{'queries':>8}{'ms':>9}{'SQL ms':>9}{'slowest':>9}")
    with transaction.atomic():
        measure()
        transaction.set_rollback(True)


def counts() -> str:
    from django.apps import apps

    found = {name: apps.get_model("opportunities", name)._base_manager.count() for name in ("opportunity", *TABLES)}
    return ", ".join(f"{count} {name}" for name, count in found.items())


def fill() -> None:
    """Gives each copy of an opportunity the rows of one that the demo made, unless they are there."""
    from django.apps import apps
    from django.db import connection

    from opportunities.models import Event, Opportunity
    from salesflow.users.models import User

    if Event.objects.count() > units.OPPORTUNITIES:
        return
    first = User.objects.get(username="person0").pk
    made = list(Opportunity.objects.filter(owner__lt=first).order_by("pk").values_list("pk", flat=True))
    opportunity = f"(ARRAY[{', '.join(map(str, made))}])[1 + c.id % {len(made)}]"
    if connection.vendor == "sqlite":
        opportunity = f"{made[0]} + c.id % {len(made)}"
    with connection.cursor() as cursor:
        for name in TABLES:
            meta = apps.get_model("opportunities", name)._meta
            columns = [field.column for field in meta.concrete_fields if not field.primary_key]
            values = ", ".join("c.id" if column == "opportunity_id" else f"o.{column}" for column in columns)
            few = f" AND o.version <= {EVENTS}" if name == "event" else ""
            cursor.execute(
                f"INSERT INTO {meta.db_table} ({', '.join(columns)}) SELECT {values} FROM opportunities_opportunity c "
                f"JOIN {meta.db_table} o ON o.opportunity_id = {opportunity}{few} WHERE c.owner_id >= {first}"
            )
        cursor.execute("ANALYZE")


def measure() -> None:
    from django.utils import timezone

    from opportunities.customers.models import Contact
    from opportunities.editing import editing, notes
    from opportunities.models import Opportunity
    from opportunities.privacy import erasing, holdings
    from salesflow.users.models import User

    by, at = User.objects.get(username="seer"), timezone.now()
    person = Contact(name="Kanarine Fuglesang", email="kanarine@fuglesang.example", phone="+47 93 27 15 84")
    person.save()
    for opportunity in Opportunity.objects.open().order_by("pk")[:OWN]:
        with editing(opportunity, by=by, at=at) as record:
            record.contact = person
            notes.add(record, text="Kanarine Fuglesang called, and Kanarine will call again.")
    report("counts of the page", lambda: holdings.counts(person))
    report("export", lambda: sum(map(len, holdings.exported(person, by=by, at=at))))
    erasure = report("erase", lambda: erasing.start(person, version=person.version, by=by, at=at))
    passage = erasure.passages.first()
    report("one passage", lambda: erasing.decide(passage, "whole", by=by, at=at, digest=passage.digest))
    for each in erasure.passages.filter(decision=""):
        erasing.decide(each, "whole", by=by, at=at, digest=each.digest)
    report("accept", lambda: erasing.accept(erasure, by=by, at=at))


def report(name: str, act: Callable[[], Any]) -> Any:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        result = act()
    took = (time.perf_counter() - began) * 1000
    asked = list(queries.captured_queries)
    spent = sorted((float(query["time"]) * 1000, query["sql"]) for query in asked)
    figures = f"{len(asked):8}{took:9.0f}{sum(each for each, _sql in spent):9.0f}{spent[-1][0]:9.0f}"
    print(f"{name:24}{figures}", flush=True)
    if os.environ.get("EXPLAIN"):
        print(units.plan(spent[-1][1]), flush=True)
    return result


if __name__ == "__main__":
    main()
