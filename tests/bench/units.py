"""`python -m tests.bench.units`: what the main pages cost people of an organisation with 5,000 people in 300 units.

Makes its own database with 100,000 opportunities, by SQL, and requests each page as a rep, a colleague who reads, the
lead of 40 people, a manager of no unit, and a manager who sees all. `DATABASE_URL` names an empty database of
PostgreSQL, or one that this made before. `WHO=leader` measures one of them; `EXPLAIN=1` also prints the plan of the
slowest statement of each page.
"""

import os
import statistics
import time
from functools import partial

from tests.bench.data import set_up

PEOPLE, UNITS, OPPORTUNITIES = 5_000, 300, 100_000
ROUNDS = int(os.environ.get("ROUNDS", "15"))
REGIONS = 10

PAGES = {
    "my day": "/",
    "list": "/opportunities/",
    "list, by name": "/opportunities/?sort=name",
    "list, closed too": "/opportunities/?status=all",
    "list, search": "/opportunities/?q=solhaug&status=all",
    "funnel": "/funnel/",
    "what changed": "/news/",
    "competitors": "/competitors/",
    "my tasks": "/tasks/",
}


def main() -> None:
    set_up("units", OPPORTUNITIES)
    from django.core.management import call_command
    from django.db import connection

    call_command("collectstatic", interactive=False, verbosity=0)  # pages name its files
    make()
    print(f"{connection.vendor}; the least of {ROUNDS} requests, and the middle one")
    print(f"{'who':14}{'page':20}{'queries':>8}{'ms':>8}{'middle':>8}{'SQL ms':>8}{'slowest':>9}{'kB':>6}")
    for who in os.environ.get("WHO", "rep reading leader unitless seer").split():
        measure(who)


def make() -> None:
    """Makes the organisation, unless it is there."""
    from django.contrib.auth.models import Group
    from django.core.management import call_command
    from django.db import connection, transaction

    from opportunities.models import Opportunity
    from salesflow.users.models import COLLEAGUE, SALES_MANAGER, SALESPERSON, Unit, User

    if User.objects.filter(username="person0").exists():
        return
    call_command("demo", password="bench", verbosity=0)
    with transaction.atomic():
        top = Unit.objects.get(name="Sales")
        regions = [Unit.objects.create(name=f"Region {number}", parent=top) for number in range(REGIONS)]
        teams = [
            Unit.objects.create(name=f"Team {number}", parent=regions[number % REGIONS])
            for number in range(UNITS - REGIONS - Unit.objects.count() + len(regions) - 1)
        ]
        led = Unit.objects.create(name="Team of the lead", parent=regions[0])
        roles = {role: Group.objects.get(name=role) for role in (COLLEAGUE, SALESPERSON, SALES_MANAGER)}
        people = [_person(number, led if number < 40 else teams[number % len(teams)]) for number in range(PEOPLE)]
        people += [User(username="unitless"), User(username="seer", sees_all=True), User(username="leader", unit=top)]
        people += [User(username="reading", unit=led)]
        for person in people:
            person.email = f"{person.username}@demo.example"
            person.password = "!"
        people = User.objects.bulk_create(people)
        named = {person.username: person for person in people}
        Unit.objects.filter(pk=led.pk).update(lead=named["leader"])
        managers = {"unitless", "seer", "leader"}
        User.groups.through.objects.bulk_create(
            User.groups.through(user=person, group=roles[_role(person.username, managers)]) for person in people
        )
        first = named["person0"].pk
        copies = OPPORTUNITIES // Opportunity.objects.count() + 1
        _copy(Opportunity._meta, copies, first)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _person(number, unit):
    from salesflow.users.models import User

    return User(username=f"person{number}", first_name="Person", last_name=f"{number:05}", unit=unit)


def _role(username: str, managers: set[str]) -> str:
    return (
        "Sales manager" if username in managers else "Colleague (read only)" if username == "reading" else "Salesperson"
    )


def _copy(meta, copies: int, first: int) -> None:
    """Copies each opportunity so often. Spreads the copies over the people. Every fifth has one more on its team."""
    from django.db import connection

    from opportunities.editing import found_by
    from opportunities.models import Opportunity, write_guard

    own = {
        "name": "o.name || ' ' || n.i",
        "owner_id": f"{first} + (o.id * 7919 + n.i * 104729) % {PEOPLE}",
        "sort_text": "o.sort_text || ' ' || n.i",
        "search_text": "o.search_text || ' ' || n.i",
        "source_id": "NULL",
        "source_kind": "''",
    }
    columns = [field.column for field in meta.concrete_fields if not field.primary_key]
    values = ", ".join(own.get(column, f"o.{column}") for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {copies}) "
            f"INSERT INTO opportunities_opportunity ({', '.join(columns)}) "
            f"SELECT {values} FROM opportunities_opportunity o CROSS JOIN n WHERE o.owner_id < {first}"
        )
        cursor.execute(
            "INSERT INTO opportunities_teammember (opportunity_id, user_id, role) "
            f"SELECT id, {first} + (id * 31) % {PEOPLE}, 'account_manager' FROM opportunities_opportunity "
            f"WHERE id % 5 = 0 AND owner_id >= {first}"
        )
    with write_guard.guarded_every():
        found_by.fill(Opportunity.objects.filter(owner__gte=first))


def measure(who: str) -> None:
    from django.test import Client

    from opportunities.models import Opportunity
    from salesflow.users.models import User

    user = User.objects.get(username="person3" if who == "rep" else who)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    print(f"{who}: sees {Opportunity.objects.visible_to(user).count()}")
    for name, address in PAGES.items():
        report(who, name, partial(client.get, address))


def report(who: str, name: str, ask) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask()
    with CaptureQueriesContext(connection) as queries:
        body = ask().content
    asked = list(queries.captured_queries)  # read now, because the next request empties the log
    spent = sorted(float(query["time"]) * 1000 for query in asked)
    times = sorted(_timed(ask) for _ in range(ROUNDS))
    figures = f"{len(asked):8}{times[0]:8.1f}{statistics.median(times):8.1f}{sum(spent):8.1f}{spent[-1]:9.1f}"
    print(f"{who:14}{name:20}{figures}{len(body) / 1000:6.0f}", flush=True)
    if os.environ.get("EXPLAIN"):
        slowest = max(asked, key=lambda query: float(query["time"]))["sql"]
        print(plan(slowest), flush=True)


def _timed(ask) -> float:
    began = time.perf_counter()
    assert ask().status_code == 200
    return (time.perf_counter() - began) * 1000


def plan(sql: str) -> str:
    from django.db import connection

    explain = "EXPLAIN (ANALYZE, BUFFERS)" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"{explain} {sql}")
        except Exception as error:  # the logged text has no quotes on SQLite
            return f"    {sql[:300]}\n    not explained: {error}"
        rows = [" ".join(str(cell) for cell in row) for row in cursor.fetchall()]
    return "\n".join(f"    {row}" for row in [sql[:1500], *rows])


if __name__ == "__main__":
    main()
