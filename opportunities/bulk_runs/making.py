"""Stores a bulk run with its rows: the opportunities, each with its version and stage at this moment."""

import datetime
from collections.abc import Collection
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from django.db.models import F, JSONField, QuerySet, Value
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities import money
from opportunities.models import BulkRow, BulkRun, Opportunity
from opportunities.models.opportunity import OpportunityQuerySet
from salesflow.users.models import User

MOST = 10_000
"""The rows of one run."""

KEPT = datetime.timedelta(days=1)
"""How long a run is kept that was not started."""

CAN_BE_PUT_BACK: Collection[str] = {
    BulkRun.Act.OWNER,
    BulkRun.Act.CLOSE_DATE,
    BulkRun.Act.RATING,
    BulkRun.Act.FORECAST,
}
"""The acts of which the history has what was there before, and which ask for nothing else to be undone."""


NOTHING_CHOSEN = gettext_lazy("Choose at least one opportunity.")


class CannotBeMade(Exception):
    """There is no such run. The text is a sentence for the user."""


def make(*, act: str, chosen: OpportunityQuerySet, by: User, at: datetime.datetime, most: int = MOST) -> BulkRun:
    """Makes a run for what the person has chosen and may see, in the order of `chosen`. Two statements for the rows.

    A run has at most `most` rows. Removes earlier runs of the person that were not started. Refusal: CannotBeMade.
    """
    with transaction.atomic():
        BulkRun.objects.filter(by=by, started_at=None, made_at__lt=at - KEPT).delete()
        run = BulkRun.objects.create(act=act, by=by, made_at=at)
        _store(run, chosen.visible_to(by), most, version="version", stage="active_stage_id", opportunity="pk")
    return run


def put_back(run: BulkRun, *, by: User, at: datetime.datetime) -> BulkRun:
    """Makes the run that restores what the rows of this one were before. Refusal: CannotBeMade."""
    if run.act not in CAN_BE_PUT_BACK or run.puts_back_id or run.is_under_way:
        raise CannotBeMade(_("This cannot be put back."))
    with transaction.atomic():
        made, is_new = BulkRun.objects.get_or_create(puts_back=run, defaults={"act": run.act, "by": by, "made_at": at})
        if is_new:
            # After a stop a worker may still be doing a row: its lock is waited for.
            list(run.rows.filter(outcome="").select_for_update().values_list("pk"))
            done = run.rows.filter(outcome=BulkRow.Outcome.DONE, opportunity__isnull=False).order_by("pk")
            named = {"stage": "opportunity__active_stage_id", "opportunity": "opportunity_id"}
            _store(made, done, MOST, version="written_version", **named)
    return made


def _store(run: BulkRun, rows: "QuerySet[Opportunity] | models.QuerySet[BulkRow]", most: int, **columns: str) -> None:
    """Adds the rows in one statement, so that all are counted at the same moment. `columns`: where the values are."""
    values = {
        "row_run": Value(run.pk),
        "row_opportunity": F(columns["opportunity"]),
        "row_version": F(columns["version"]),
        "row_stage": F(columns["stage"]),
        "row_outcome": Value(""),
        "row_why": Value(""),
        "row_steps": Value([], output_field=JSONField()),
    }
    try:
        found, params = rows.annotate(**values).values_list(*values)[: most + 1].query.sql_with_params()
    except EmptyResultSet:  # the condition excludes every row, such as an empty list of ids
        raise CannotBeMade(NOTHING_CHOSEN) from None
    names = ("run", "opportunity", "version", "stage", "outcome", "why", "steps")
    table: Any = BulkRow._meta
    written = ", ".join(_quoted(table.get_field(name).column) for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {_quoted(table.db_table)} ({written}) {found}", params)
        count = cursor.rowcount
    if not count:
        raise CannotBeMade(NOTHING_CHOSEN)
    if count > most:
        limit = money.grouped(most)
        sentence = _("At most %(limit)s opportunities at once. Narrow the list with filters.")
        raise CannotBeMade(sentence % {"limit": limit})


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
