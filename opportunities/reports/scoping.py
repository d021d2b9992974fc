"""What a request asks a report for: the filters, the process, and the opportunities that are counted."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from opportunities.forms import fields
from opportunities.forms.list_filter import SEVERAL_VALUES
from opportunities.models import Opportunity
from opportunities.pipeline import totals
from opportunities.reports.every import Report
from opportunities.reports.filter import HORIZON, OF_STATUS, OWNER, ReportFilter
from opportunities.reports.tables import Scope
from salesflow.users.requests import SignedInRequest
from stages.models import Process, Stage

OPTIONS = (HORIZON, "unit")
"""Filters that a report reads besides the owner, and besides that they narrow what is counted."""


class Chosen:
    """The filters of a request, and the process that it shows."""

    def __init__(self, request: SignedInRequest, report: Report) -> None:
        self.request, self.report = request, report
        self.found = ReportFilter(request.GET, request=request, period=report.default_period)
        self.found.process = str(self._asked.pk) if self._asked else ""
        self.found.counted_process = str(self.process.pk) if self.process and self._is_narrowed else ""

    @cached_property
    def processes(self) -> list[Process]:
        """The default process, and those of the opportunities that the reader sees, by name. One query."""
        visible = Opportunity.objects.visible_to(self.request.user).order_by()
        active_stages = Stage.objects.filter(pk__in=visible.values("active_stage"))
        found = Process.objects.filter(Q(is_default=True) | Q(pk__in=active_stages.values("process")))
        return sorted(found.order_by(), key=lambda process: process.place)

    @property
    def process(self) -> Process | None:
        """The process whose stages are shown: that of the address, or the default one."""
        return self._asked or next(iter(self.processes), None)

    @cached_property
    def _asked(self) -> Process | None:
        asked = fields.query_id(self.request.GET, "process")
        return next((process for process in self.processes if process.pk == asked), None)

    @property
    def _is_narrowed(self) -> bool:
        """Whether only the opportunities of the process are counted."""
        return self._asked is not None or (self.report.is_of_one_process and len(self.processes) > 1)

    @property
    def scope(self) -> Scope:
        rows = self.found.rows
        if self.process and self._is_narrowed:
            stages = Stage.objects.filter(process=self.process).order_by()
            rows = rows.filter(active_stage__in=stages.values("pk"))  # no join, so that each is read once
        found = self.found
        options = {OWNER: found.owner, **{name: found.given(name) for name in OPTIONS}}
        return Scope(totals.each_once(rows), self.process, found.period, found.about.today, self.request.user, options)

    def process_links(self, link: Callable[[str, str, bool], Any]) -> list[Any]:
        """The processes to choose from; none if there is one only."""
        if len(self.processes) < 2:
            return []
        links = []
        if not self.report.is_of_one_process:
            links.append(link(gettext("All processes"), self.found.address(process=""), self._asked is None))
        shown = self.process if self.report.is_of_one_process else self._asked
        return links + [
            link(each.name, self.found.address(process=str(each.pk)), each == shown) for each in self.processes
        ]

    @property
    def printed_filters(self) -> list[tuple[str, str]]:
        """The process, if only its opportunities are counted, the owner, and the filters in use, with their values."""
        process = [(gettext("Process"), self.process.name)] if self.process and self._is_narrowed else []
        names = [OWNER, *(name for name in self.found.filters if name != OWNER and self.found.given(name))]
        labels = ((str(self.found.filters[name].label), self.found.filters[name]) for name in names)
        return process + [(label, each.shown(self.found.data[each.name])) for label, each in labels]

    @property
    def left_out(self) -> list[str]:
        """A sentence for what the address has that the report cannot use, besides the filters that it has."""
        asked = self.request.GET.getlist("process")
        sentences = []
        if asked and asked[-1] and self._asked is None:
            sentences.append(gettext("Process: it is not one of those you can choose."))
        if len(set(asked)) > 1:
            sentences.append(f"{gettext('Process')}: {SEVERAL_VALUES}")
        if any(self.request.GET.get(name) for name in OF_STATUS):
            sentences.append(gettext("Status and closing date: the report decides which are counted."))
        return sentences
