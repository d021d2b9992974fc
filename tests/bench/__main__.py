"""`make bench`: server time, queries and weight of each main page over a demo of many opportunities.

Makes its own database with `N` opportunities (default 2,000), signs in as the manager and as a rep, and requests each
page `ROUNDS` times. The database is kept in the temporary directory, so that later runs can be compared. Its name has a
digest of the migrations, so that other migrations make another database.
"""

import gzip
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

N = int(os.environ.get("N", "2000"))
ROUNDS = int(os.environ.get("ROUNDS", "30"))

PAGES = {
    "my day": "/",
    "list": "/opportunities/",
    "list, by name": "/opportunities/?sort=name",
    "list, by revenue": "/opportunities/?sort=-revenue",
    "list, search": "/opportunities/?q=nord&status=all",
    "list, page 20": "/opportunities/?status=all&page=20",
    "new": "/opportunities/new/",
    "find": "/find/?q=nord",
    "find, nothing": "/find/?q=zzzz",
    "funnel": "/funnel/",
    "opportunity": "{opportunity}",
    "opportunity, timeline": "{opportunity}?tab=timeline",
    "edit": "{opportunity}edit/",
    "close as won": "{opportunity}close/won/",
    "next stage, shut gate": "POST {opportunity}advance/",
}


def main() -> None:
    database = Path(tempfile.gettempdir()) / f"salesflow-bench-{N}-{digest_of_migrations()}.sqlite3"
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{database}")
    os.environ |= {"SECRET_KEY": "for the bench only", "HTTPS": "False", "DJANGO_SETTINGS_MODULE": "salesflow.settings"}
    import logging

    import django

    django.setup()
    logging.disable(logging.WARNING)  # one of the pages meets a shut gate
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("demo", opportunities=N, password="bench")
    print(f"{'page':26}{'who':10}{'queries':>8}{'median ms':>11}{'p95 ms':>8}{'kB':>6}{'kB gzip':>9}")
    for who in ("rep", "manager"):
        measure(who)


def digest_of_migrations() -> str:
    listed = subprocess.run([sys.executable, ".ci/migrations.py", "--list"], capture_output=True, check=True)
    return hashlib.sha256(listed.stdout).hexdigest()[:12]


def measure(who: str) -> None:
    from django.test import Client

    from opportunities.models import Opportunity
    from salesflow.users.models import User

    user = User.objects.get(username=who)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    opportunity = Opportunity.objects.visible_to(user).open().filter(is_ready=False).latest("pk")
    for name, address in PAGES.items():
        method, _, path = address.format(opportunity=opportunity.get_absolute_url()).rpartition(" ")
        sent = {"from_stage": opportunity.active_stage_id, "page_version": opportunity.version} if method else {}
        report(name, who, partial(client.post if method else client.get, data=sent), path)


def report(name: str, who: str, ask, path: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        body = ask(path).content
    query_count = len(queries)  # read now, because the next request empties the log
    times = sorted(timed(ask, path) for _ in range(ROUNDS))
    p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
    sizes = f"{len(body) / 1000:6.0f}{len(gzip.compress(body)) / 1000:9.1f}"
    print(f"{name:26}{who:10}{query_count:8}{statistics.median(times):11.1f}{p95:8.1f}{sizes}")


def timed(ask, path: str) -> float:
    """Milliseconds of server time."""
    began = time.perf_counter()
    answer = ask(path)
    if answer.status_code >= 500:
        sys.exit(f"{path}: {answer.status_code}")
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
