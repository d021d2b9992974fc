"""The opportunities that were open at a moment in the past, with what they were expected to bring then."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline import bridge_rows, past_values, totals
from opportunities.pipeline.bridge_parts import Part, PipelineChange
from opportunities.pipeline.totals import StageGroup
from opportunities.reports import sql

_BY_STAGE = """
    WITH found AS MATERIALIZED ({found})
    SELECT then_stage, then_probability, COUNT(*), SUM(then_cents) FROM found GROUP BY then_stage, then_probability
"""


@dataclass(frozen=True)
class OpenThen:
    """How many were open, and what they were expected to bring. None where it is not known."""

    count: int | None = None
    revenue: Decimal | None = None
    weighted: Decimal | None = None


def total(opportunities: OpportunityQuerySet, change: PipelineChange, shares: Mapping[int, int]) -> OpenThen:
    """What was open when the change began: the opening of the bridge, weighted as it was then. One query.

    `shares` has the probability of each stage in percent, by its id. It is that of today: a stage has no older one.
    """
    begins = change.begins
    found = totals.each_once(opportunities).filter(bridge_rows.condition(Part.OPENING, change))
    values = found.annotate(
        then_stage=past_values.stage_at(begins),
        then_probability=past_values.probability_at(begins),
        then_cents=past_values.cents_at(begins),
    ).values_list("then_stage", "then_probability", "then_cents")
    found_then = totals.total((_group(*row) for row in sql.rows(_BY_STAGE, values)), shares)
    return OpenThen(found_then.count, found_then.revenue, found_then.weighted)


def _group(stage: int, probability: int | None, count: int, cents: int) -> StageGroup:
    return StageGroup(stage, stage, probability, count, with_revenue=count, cents=int(cents))
