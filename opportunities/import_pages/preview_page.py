"""What will become of each row, before anything is written."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from opportunities import access
from opportunities.http_status import status_of
from opportunities.import_pages import found, rows
from opportunities.imports import making, previewing
from opportunities.models import Import
from opportunities.pipeline.tracks import Tracks
from opportunities.refusals import Refused
from opportunities.views.request import role_required
from salesflow.users.models import User
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


def stage_lines(counts: Mapping[int, int], tracks: Tracks) -> list[StageLine]:
    """Every stage of the processes that the file names, in order."""
    of_process = defaultdict[Any, list[Stage]](list)
    for stage in tracks.in_use:
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
    return preview(request, own)


def preview(request: SignedInRequest, own: Import, refusal: Refused | None = None) -> HttpResponse:
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
    tracks, hints = Tracks(), previewing.hints(own)
    has_stages = own.noun == Import.Noun.OPPORTUNITIES
    return {
        **rows.shown(request, own, chips, rows.of_fate, tracks),
        "total": fates.total(),
        "written": sum(fates[fate] for fate in WRITTEN),
        "fates": fates,
        "stage_lines": stage_lines(previewing.open_stages(own), tracks) if has_stages else [],
        "may_keep": access.may_keep_stages(request.user),
        "equal": hints.equal,
        **(_of_opportunities(own, hints.without_owner) if has_stages else {}),
    }


def _of_opportunities(own: Import, without_owner: int) -> dict[str, Any]:
    """What is taken for what the file does not say: the owner, and since when an opportunity is in its stage."""
    mapping = making.mapping_of(own)
    named = mapping.default_owner if without_owner else None
    chosen = User.objects.filter(pk=named).first() if named is not None and named != own.by_id else None
    return {
        "without_owner": without_owner,
        "default_owner": chosen or own.by,
        "lacks_days_in_stage": previewing.lacks_days_in_stage(own),
        "has_created": bool(mapping.heading_of("created_on")),
    }
