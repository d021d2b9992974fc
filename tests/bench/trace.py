"""`make trace`: the files that run and the SQL statements of two requests, from URL to database.

The requests are the opportunity page and Next Stage with one changed field. Nothing is kept. Makes its own database in
the temporary directory.
"""

import logging
import os
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
OURS = [str(TOP / name) for name in ("salesflow", "stages", "opportunities")]


def main() -> None:
    database = Path(tempfile.gettempdir()) / "salesflow-trace.sqlite3"
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{database}")
    os.environ |= {"SECRET_KEY": "for the trace only", "HTTPS": "False", "DEBUG": "True"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "salesflow.settings"
    import django

    django.setup()
    logging.disable(logging.WARNING)
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", verbosity=0)
    call_command("demo", if_empty=True, opportunities=60, password="trace")
    with transaction.atomic():
        trace()
        transaction.set_rollback(True)


def trace() -> None:
    from django.test import Client

    from opportunities.models import Opportunity
    from salesflow.users.models import User
    from tests.support.pages import Form

    user = User.objects.get(username="rep")
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    opportunity = Opportunity.objects.open().filter(owner=user, is_ready=True, active_stage__name_en="Develop").first()
    page = opportunity.get_absolute_url()
    client.get(page)  # fills caches and imports modules
    show("The opportunity page", lambda: client.get(page))
    form = Form(client.get(page), f"{page}save/")
    show(
        "Next Stage, one field changed", lambda: form.press(client, "Next Stage", customer_need="Every lorry on a map.")
    )


def show(what: str, request) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    files: set[str] = set()

    def note(frame, event, argument) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(tuple(OURS)):
            files.add(str(Path(frame.f_code.co_filename).relative_to(TOP)))

    with CaptureQueriesContext(connection) as queries:
        sys.setprofile(note)
        try:
            answer = request()
        finally:
            sys.setprofile(None)
    above_models = sorted(file for file in files if is_above_models(file))
    print(f"\n{what}: {answer.status_code}, {len(queries)} statements, {len(above_models)} files above the models")
    for file in above_models:
        print(f"  {file}")
    print(f"  and {len(files) - len(above_models)} others: models, settings, middleware, templates' tags")
    for number, query in enumerate(queries.captured_queries, start=1):
        print(f"{number:4} {query['sql'][:140]}")


def is_above_models(file: str) -> bool:
    is_app = file.startswith(("opportunities/", "stages/"))
    return is_app and not any(part in file for part in ("/models", "templatetags", "/customers/"))


if __name__ == "__main__":
    main()
