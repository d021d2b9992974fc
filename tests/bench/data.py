"""The database of a measurement: a demo of N opportunities and PEOPLE salespeople, made once and kept.

`DATABASE_URL` names an empty database, or one that this made before; by default a file of SQLite in the temporary
directory. The name of the file has a digest of the migrations, so that other migrations make another one.
"""

import hashlib
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import multiplied

N = int(os.environ.get("N", "2000"))
PEOPLE = int(os.environ.get("PEOPLE", "50"))


def set_up(kind: str = "bench", size: int = N) -> None:
    """Names the database and the settings, and loads Django."""
    database = Path(tempfile.gettempdir()) / f"salesflow-{kind}-{size}-{digest_of_migrations()}.sqlite3"
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{database}")
    os.environ |= {"SECRET_KEY": "for the bench only", "HTTPS": "False", "DJANGO_SETTINGS_MODULE": "salesflow.settings"}
    import django

    django.setup()
    logging.disable(logging.WARNING)  # some requests meet a shut gate
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def fill() -> None:
    """Makes the demo, unless it is there, and lets the database count its rows, as it does by itself after a while."""
    from django.core.management import call_command
    from django.db import connection

    call_command("demo", opportunities=N, people=PEOPLE, password="bench")
    if connection.vendor == "postgresql":
        multiplied.vacuum()
    else:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def digest_of_migrations() -> str:
    listed = subprocess.run([sys.executable, ".ci/migrations.py", "--list"], capture_output=True, check=True)
    return hashlib.sha256(listed.stdout).hexdigest()[:12]


def people() -> dict[str, object]:
    """A rep with a usual number of open opportunities, the lead of that unit, and a manager who sees all."""
    from django.db.models import Count, Q

    from salesflow.users.models import SALESPERSON, User

    staff = User.objects.filter(groups__name=SALESPERSON, unit__name__startswith="Team ")
    open_ones = Count("opportunities", filter=Q(opportunities__status="open"))
    reps = list(staff.annotate(open_ones=open_ones).order_by("open_ones", "pk"))
    rep = reps[len(reps) // 2]
    return {"rep": rep, "lead": rep.unit.lead, "manager": User.objects.get(username="manager")}
