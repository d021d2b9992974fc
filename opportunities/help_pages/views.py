"""The help pages: the processes in use, for each stage what its steps mean and who may do what, and the keys."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from opportunities.help_pages import guide, rights
from opportunities.help_pages.keys import GROUPS
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest


@role_required
@require_safe
def help_pages(request: SignedInRequest) -> HttpResponse:
    return render(request, "help_pages/help_pages.html", {"processes": guide.processes()})


@role_required
@require_safe
def help_stage(request: SignedInRequest, process: int, stage: int) -> HttpResponse:
    page = guide.stage_page(process, stage)
    if page is None:
        raise Http404
    return render(request, "help_pages/help_stage.html", {"page": page, "rights": rights.RIGHTS})


@role_required
@require_safe
def keys(request: SignedInRequest) -> HttpResponse:
    """The keys. With JavaScript it opens as a dialog."""
    return render(request, "help_pages/keys.html", {"groups": GROUPS})
