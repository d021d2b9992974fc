"""The page with what others changed since the reader last looked, a line for each opportunity."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from opportunities import way_back
from opportunities.activities import news as news_of
from opportunities.activities.news_lines import NewsLine, lines
from opportunities.editing import last_looks
from opportunities.forms import fields
from opportunities.models import LastLook, Opportunity
from opportunities.transitions import Refused
from opportunities.views.paging import ROWS_OF_A_LIST, page_of
from opportunities.views.request import role_required, see_other
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest
from stages.models import Step


@dataclass(frozen=True)
class NewsRow:
    """An opportunity, and what each other person did to it."""

    opportunity: Opportunity
    lines: list[NewsLine]

    @property
    def seen(self) -> str:
        """What “Mark all as seen” posts for it."""
        return f"{self.opportunity.pk}-{self.opportunity.version}"


@require_safe
@role_required
@way_back.remembered("news")
def news(request: SignedInRequest) -> HttpResponse:
    """The rows, in four queries, however many there are."""
    page = page_of(request, news_of.page_looks(request.user))
    return render(request, "news/news.html", {"page": page, "rows": _rows(page, request.user)})


def _rows(looks: Iterable[LastLook], reader: User) -> list[NewsRow]:
    opportunities = [look.opportunity for look in looks]
    events = news_of.events_of(reader, opportunities)
    steps = _step_names(each.active_stage.process_id for each in opportunities)
    return [NewsRow(each, lines(events[each.pk], steps[each.active_stage.process_id])) for each in opportunities]


def _step_names(processes: Iterable[int]) -> dict[int, dict[str, str]]:
    """The names of the steps by field, by the id of their process. One query."""
    names: dict[int, dict[str, str]] = {process: {} for process in processes}
    for step in Step.objects.filter(stage__process__in=list(names)).select_related("stage") if names else ():
        names[step.stage.process_id][step.field] = step.name
    return names


@require_POST
@role_required
def news_seen(request: SignedInRequest) -> HttpResponse:
    """Remembers that the reader has seen what the page listed."""
    posted = _posted(request.POST.getlist("seen"))
    visible = Opportunity.objects.filter(pk__in=list(posted)).visible_to(request.user)
    versions = dict(visible.values_list("pk", "version"))
    if any(posted[pk] > version for pk, version in versions.items()):
        raise BadRequest("An opportunity never had this version.")
    try:
        last_looks.see_all({pk: posted[pk] for pk in versions}, by=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Marked as seen."))
    return see_other("news")


def _posted(values: list[str]) -> dict[int, int]:
    """The posted versions by the id of the opportunity. Raises BadRequest for what the page does not send."""
    pairs = [tuple(map(fields.clean_id, value.split("-"))) for value in values]
    if not pairs or len(pairs) > ROWS_OF_A_LIST or any(len(pair) != 2 or None in pair for pair in pairs):
        raise BadRequest("What was seen is missing or is no list of versions.")
    return dict(pairs)  # type: ignore[arg-type]
