"""`make bench`: what each main page costs, beside the floor: a bare Django page with as many rows.

Starts two servers over the database of `tests.bench.data`: ours and the floor. Asks a page and its floor in turn, so
that other load of the machine meets both, as a rep, a lead and a manager; then with 8 clients at once. Prints the
median and the 95th percentile, the ratio to the floor and its aim, requests a second, statements, bytes, and the memory
of the largest worker. `N=100000` measures more opportunities, `PEOPLE=50` are the salespeople, `ROUNDS=30` the requests
of each page, `WHO=rep` asks as one of the three. `docs/performance.md` has results.
"""

import itertools
import os
import secrets
import statistics
import threading
import time
from dataclasses import dataclass
from typing import Any

from tests.bench import data
from tests.bench.servers import Server, Visitor

ROUNDS = int(os.environ.get("ROUNDS", "30"))
WHO = os.environ.get("WHO", "rep lead manager").split()
CLIENTS = 8
SECONDS = 2.0  # of requests by 8 clients

RECORD, FEW, MANY, AGGREGATE, MOVE = "/record/{pk}/", "/rows/50/", "/rows/200/", "/aggregate/", "/move/{pk}/"


@dataclass(frozen=True)
class Measured:
    """A page, the floor that it is compared with, and how many times as much it may cost."""

    name: str
    path: str
    floor: str
    aim: float
    act: str = ""
    """`ready` or `shut`: the page is a post of Next Stage for an opportunity with that gate."""


REPORTS = {
    "overview": "",
    "conversion": "conversion/",
    "time in stage": "time/",
    "won and lost": "won-and-lost/",
    "forecast": "forecast/",
    "bridge": "bridge/",
    "what blocks us": "blockers/",
}

PAGES = (
    Measured("opportunity", "/opportunities/{pk}/", RECORD, 5),
    Measured("list", "/opportunities/", FEW, 3),
    Measured("list, by name", "/opportunities/?sort=name", FEW, 3.5),
    Measured("list, by account", "/opportunities/?sort=account&status=all", FEW, 3.5),
    Measured("list, by revenue", "/opportunities/?sort=-revenue&status=all", FEW, 3.5),
    Measured("list, page 20", "/opportunities/?status=all&page=20", FEW, 3.5),
    Measured("list, last page", "/opportunities/?status=all&page=999999", FEW, 3.5),
    Measured("list, search", "/opportunities/?q=nord&status=all", FEW, 6),
    Measured("board", "/opportunities/board/", MANY, 4),
    Measured("find", "/find/?q=nord", FEW, 6),
    Measured("my day", "/", FEW, 3.5),
    Measured("funnel", "/funnel/", AGGREGATE, 4),
    *(Measured(report, f"/reports/{path}?period=year", AGGREGATE, 20) for report, path in REPORTS.items()),
    Measured("Next Stage", "/opportunities/{pk}/advance/", MOVE, 6, act="ready"),
    Measured("Next Stage, refused", "/opportunities/{pk}/advance/", MOVE, 11, act="shut"),
)


def main() -> None:
    data.set_up()
    data.fill()
    from django.db import connection

    print(f"{connection.vendor}, {data.N} opportunities, {data.PEOPLE} salespeople")
    ours = Server("salesflow.wsgi", "salesflow.settings")
    floor = Server("tests.bench.floor_wsgi", "tests.bench.floor_settings")
    with ours, floor:
        heads = ("median", "p95", "floor", "ratio", "aim", "8 at once/s", "floor/s", "queries", "kB", "gzip")
        print(f"{'who':9}{'page':22}" + "".join(f"{head:>12}" for head in heads))
        for who, user in data.people().items():
            if who in WHO:
                measure(who, user, ours, floor)
        print(f"memory of the largest worker: {ours.megabytes():.0f} MB; of the floor: {floor.megabytes():.0f} MB")


def measure(who: str, user: Any, ours: Server, floor: Server) -> None:
    cookies, token = signed_in(user)
    visitors = Visitor(ours, cookies, token), Visitor(floor, cookies, token)
    for page in PAGES:
        targets = targets_of(page, user)
        if not targets:
            print(f"{who:9}{page.name:22} no opportunity for it")
            continue
        times, floors = in_turn(page, targets, *visitors)
        answer = visitors[0].ask(*request_of(page, targets[0]))
        rates = ("", "") if page.act else (rate(ours, page.path, targets, user), rate(floor, page.floor, targets, user))
        size = f"{len(answer.body) / 1000:.0f}", f"{answer.compressed / 1000:.1f}"
        figures = (
            *(f"{statistics.median(times):.1f}", f"{percentile(times):.1f}", f"{statistics.median(floors):.1f}"),
            *(f"{statistics.median(times) / statistics.median(floors):.1f}", f"{page.aim:g}", *rates),
            *(str(statements(user, page, targets)), *size),
        )
        print(f"{who:9}{page.name:22}" + "".join(f"{figure:>12}" for figure in figures), flush=True)


def signed_in(user: Any) -> tuple[dict[str, str], str]:
    """The cookies of a browser in which this person is signed in, and its token against forged requests."""
    from django.conf import settings
    from django.test import Client

    client, token = Client(), secrets.token_hex(16)
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: token}, token


def targets_of(page: Measured, user: Any) -> list[Any]:
    """The opportunities that the requests are about, one after the other."""
    from opportunities.models import Opportunity

    rows = Opportunity.objects.visible_to(user).open().filter(is_finished=False).order_by("-pk")
    if page.act:
        rows = rows.filter(is_ready=page.act == "ready", active_stage__order__lt=3)
    return list(rows[: ROUNDS + 2])


def request_of(page: Measured, target: Any) -> tuple[str, dict[str, object] | None]:
    form = {"from_stage": target.active_stage_id, "page_version": target.version} if page.act else None
    return page.path.format(pk=target.pk), form


def in_turn(page: Measured, targets: list[Any], ours: Visitor, floor: Visitor) -> tuple[list[float], list[float]]:
    """The times of the page and of its floor, in milliseconds, without the first ones."""
    times, floors = [], []
    rounds = len(targets) if page.act == "ready" else ROUNDS + 2
    for target in itertools.islice(itertools.cycle(targets), rounds):
        times.append(ours.ask(*request_of(page, target)).milliseconds)
        floors.append(floor.ask(page.floor.format(pk=target.pk), {} if page.act else None).milliseconds)
    return times[2:] or times, floors[2:] or floors


def percentile(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]


def rate(server: Server, path: str, targets: list[Any], user: Any) -> str:
    """Requests a second, of 8 clients."""
    cookies, token = signed_in(user)
    ends, done = time.perf_counter() + SECONDS, [0] * CLIENTS

    def ask(client: int) -> None:
        visitor = Visitor(server, cookies, token)
        while time.perf_counter() < ends:
            visitor.ask(path.format(pk=targets[done[client] % len(targets)].pk))
            done[client] += 1

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return f"{sum(done) / SECONDS:.0f}"


def statements(user: Any, page: Measured, targets: list[Any]) -> int:
    """The SQL statements of one request, in this process; a move that went through cannot be made again."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    target = targets[-1]
    path, form = request_of(page, target)
    client.get(target.get_absolute_url() if form else path)  # reads what is read once for each process
    with CaptureQueriesContext(connection) as queries:
        client.get(path) if form is None else client.post(path, form)
    return len(queries)


if __name__ == "__main__":
    main()
