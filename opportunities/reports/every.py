"""The reports, in the order of their tabs."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities import pages, way_back
from opportunities.pages import PageLink
from opportunities.pipeline.periods import Period
from opportunities.reports import (
    blockers,
    bridge,
    conversion,
    dashboard,
    forecast,
    pipeline_now,
    time_in_stage,
    win_loss,
)
from opportunities.reports.filter import BESIDE, HORIZON
from opportunities.reports.tables import Scope, Table


@dataclass(frozen=True)
class Report:
    """One page of tables."""

    name: str
    """The name of its address."""
    path: str
    label: Promise
    guide: Promise
    """What it answers, in one sentence."""
    tables: Callable[[Scope], list[Table]]
    default_period: Period = Period.THIS_QUARTER
    is_of_one_process: bool = True
    """Whether it counts the opportunities of one process only, because its rows are stages or steps."""

    beside: tuple[str, ...] = BESIDE
    """The filters that are always in sight."""
    leads_to: tuple[PageLink, ...] = ()
    """The pages with what the report compares with."""

    @property
    def address(self) -> str:
        return reverse(self.name)

    @property
    def csv_name(self) -> str:
        return f"{self.name}_csv"


REPORTS = (
    Report(
        name="reports",
        path="reports/",
        label=_("Overview"),
        guide=_("What is open, what was won, how often and how fast, beside the period before."),
        tables=dashboard.tables,
        is_of_one_process=False,
    ),
    Report(
        name="funnel",
        path="funnel/",
        label=_("Funnel"),
        guide=_(
            "Where each open opportunity is now, counted once. Only what went on to the next stage is of the period."
        ),
        tables=pipeline_now.tables,
        default_period=Period.LAST_12_MONTHS,
        is_of_one_process=False,
    ),
    Report(
        name="conversion",
        path="reports/conversion/",
        label=_("Conversion"),
        guide=_(
            "How far the opportunities got that entered the process in the period. It begins with the last 12 months, "
            "so that most had time to get on; those that entered lately had less."
        ),
        tables=conversion.tables,
        default_period=Period.LAST_12_MONTHS,
    ),
    Report(
        name="time_in_stage",
        path="reports/time/",
        label=_("Time"),
        guide=_("How long opportunities are in a stage: the open ones now, the won ones of the period."),
        tables=time_in_stage.tables,
        default_period=Period.LAST_12_MONTHS,
    ),
    Report(
        name="win_loss",
        path="reports/won-and-lost/",
        label=_("Won and lost"),
        guide=_("What was closed in the period, and why."),
        tables=win_loss.tables,
        is_of_one_process=False,
    ),
    Report(
        name="forecast",
        path="reports/forecast/",
        label=_("Forecast"),
        guide=_("What is expected by the months of the period, what was won, and the targets."),
        tables=forecast.tables,
        is_of_one_process=False,
        leads_to=(pages.SALES_TARGETS,),
    ),
    Report(
        name="bridge",
        path="reports/bridge/",
        label=_("Bridge"),
        guide=_("What changed the pipeline between the first and the last day of the period."),
        tables=bridge.tables,
        beside=(*BESIDE, HORIZON),
        is_of_one_process=False,
    ),
    Report(
        name="blockers",
        path="reports/blockers/",
        label=_("What blocks us"),
        guide=_("Which steps hold up open opportunities now, and the waivers of the period."),
        tables=blockers.tables,
    ),
)

way_back.add_reports({report.name: report.label for report in REPORTS})
