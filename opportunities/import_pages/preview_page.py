"""What will become of each row, before anything is written, and the button that starts the import."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from opportunities import access
from opportunities.forms import rendered_for
from opportunities.http_status import status_of
from opportunities.import_pages import found, rows
from opportunities.imports import making, previewing, running
from opportunities.models import Import
from opportunities.pipeline.tracks import Tracks
from opportunities.refusals import Refused
from opportunities.views.paging import page_of
from opportunities.views.request import role_required, see_other
from salesflow.users.requests import SignedInRequest
from stages.models import Stage
from stages.track import SmallTrack

WRITTEN = (rows.Fate.CREATE, rows.Fate.UPDATE)


@dataclass(frozen=True)
class StageLine:
    """How many open opportunities of the file are in a stage, with the track of one that is there."""

    stage: Stage
    count: int
    track: SmallTrack
    process: str
    """Its name on the first line of a process, if the file has several."""


def stage_lines(counts: Mapping[int, int]) -> list[StageLine]:
    """Every stage of the processes that the file names, in order. One query."""
    of_process = defaultdict[Any, list[Stage]](list)
    for stage in Tracks().in_use:
        of_process[stage.process].append(stage)
    named = {process: stages for process, stages in of_process.items() if any(each.pk in counts for each in stages)}
    return [
        StageLine(
            stage,
            counts.get(stage.pk, 0),
            SmallTrack(position=place, stages=len(stages), met=0, waived=0, required=1, is_open=False),
            str(process) if len(named) > 1 and not place else "",
        )
        for process, stages in named.items()
        for place, stage in enumerate(stages)
    ]


@require_safe
@role_required
def import_preview(request: SignedInRequest, run: int) -> HttpResponse:
    """The rows by what will become of them. Until all are counted: how far it is."""
    own = found.own_import(request, run)
    if own.is_started:
        return redirect(found.address(own))
    if not own.is_mapped:
        return redirect("import_values", own.pk)
    return _page(request, own)


def _page(request: SignedInRequest, own: Import, refusal: Refused | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "run": own,
        "steps": found.steps(own, "import_preview"),
        "version": found.version(own),
        "refusal": refusal,
    }
    if own.is_counted:
        context |= _counted(request, own)
    elif not own.refusal:
        context["counted"] = previewing.counted(own)
    status = status_of(refusal) if refusal else 200
    return render(request, "imports/import_preview.html", context, status=status)


def _counted(request: SignedInRequest, own: Import) -> dict[str, Any]:
    fates: Counter[str] = previewing.fates(own)
    chips = rows.chips(rows.FATES, fates)
    show = rows.chosen(request.GET.get("show", ""), chips)
    page = page_of(request, rows.of_fate(own, show), count=fates[show])
    has_stages = own.noun == Import.Noun.OPPORTUNITIES
    return {
        "chips": chips,
        "show": show,
        "page": page,
        "page_query": f"show={show}&",
        "lines": rows.lines(own, page, request.user),
        "total": fates.total(),
        "written": sum(fates[fate] for fate in WRITTEN),
        "fates": fates,
        "stage_lines": stage_lines(previewing.open_stages(own)) if has_stages else [],
        "may_keep": access.may_keep_stages(request.user),
    }


@require_POST
@role_required
def import_start(request: SignedInRequest, run: int) -> HttpResponse:
    """Starts the import that the page showed."""
    own = found.own_import(request, run)
    version = rendered_for.posted_id(request.POST, "version")
    if own.is_started:
        return see_other(found.address(own))
    try:
        if version != found.version(own):
            raise found.ImportChanged
        running.start(own, by=request.user, at=timezone.now())
    except Refused as refusal:
        return _page(request, own, refusal)
    running.go_on(own, clock=timezone.now)
    return see_other(found.address(own))


@require_safe
@role_required
def import_mapping(request: SignedInRequest, run: int) -> HttpResponse:
    """The mapping as a file for `manage.py import_opportunities`."""
    own = found.own_import(request, run)
    response = JsonResponse(making.mapping_of(own).to_json(), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="mapping-{own.pk}.json"'
    return response


@require_POST
@role_required
def import_go_on(request: SignedInRequest, run: int) -> HttpResponse:
    """Goes on with an import that was stopped, or whose worker has died."""
    own = found.own_import(request, run)
    if not own.is_started:
        previewing.wake()
        return see_other(reverse("import_preview", args=[own.pk]))
    if own.finished_at is None:
        running.resume(own)
        running.go_on(own, clock=timezone.now)
    return see_other(found.address(own))
