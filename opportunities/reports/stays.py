"""How long opportunities are in the stages: the stays that ended, and the one that goes on.

Time on hold is left out, and all stays of an opportunity in one stage are added up.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Sequence

from django.db.models import Count, F
from django.db.models.functions import TruncDate
from django.utils import timezone

from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline.visit_conditions import IN_A_STAGE
from opportunities.reports import spreads, sql, stays_sql
from opportunities.reports.spreads import Spread
from stages.models import Stage

_SPREADS = "WITH chosen AS MATERIALIZED ({0}), [parts] SELECT * FROM spreads"


def that_ended(opportunities: OpportunityQuerySet, stages: Sequence[Stage]) -> dict[int, Spread]:
    """By the id of each stage: the time in it, of those of these opportunities that are not in it any more. One query.

    `opportunities` has no joins, and its primary process is that of the stages.
    """
    if not stages:
        return {}
    query = _SPREADS.replace("[parts]", stays_sql.parts(stages))
    chosen = opportunities.annotate(deal=F("pk")).values_list("deal")
    return spreads.of_rows(sql.rows(query, chosen, *stays_sql.rows_read()))


def that_go_on(opportunities: OpportunityQuerySet, today: datetime.date) -> dict[int, Counter[int]]:
    """By the id of each stage: how many of the open ones of these opportunities are in it for how many days. One query.

    Days of the calendar, all stays added up, without holds, as `Opportunity.days_in_stage` counts them. Without those
    on hold and the finished ones.
    """
    since = TruncDate("stage_counted_from", tzinfo=timezone.get_default_timezone())
    in_stages = opportunities.matching(IN_A_STAGE).order_by().annotate(since=since)
    found: dict[int, Counter[int]] = defaultdict(Counter)
    for stage, day, count in in_stages.values_list("active_stage", "since").annotate(count=Count("*")):
        found[stage][max((today - day).days, 0)] += count
    return dict(found)


def days_begun(time: datetime.timedelta) -> int:
    """A time in whole days; a part of a day counts as one."""
    return -(-time // datetime.timedelta(days=1))
