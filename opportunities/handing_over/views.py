"""The pages of a hand-over: from whom, what and to whom, and the report."""

from collections import Counter
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opportunities import access, editing
from opportunities.customers.models import Account
from opportunities.handing_over import moved_rows, moving, undoing, work
from opportunities.handing_over.forms import HandOverForm
from opportunities.http_status import status_of
from opportunities.models import HandOver, Opportunity, Task
from opportunities.models.hand_overs import ACCOUNT, MOVED, OPPORTUNITY, TASK
from opportunities.views.paging import page_of
from opportunities.views.request import is_to_be_saved, posted, refuse_reader, role_required, see_other, sent_once
from salesflow import once
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest

LAST_HAND_OVERS = 10


def _refuse_others(request: SignedInRequest) -> None:
    refuse_reader(request)
    if not access.may_hand_over(request.user):
        raise Http404


@require_safe
@role_required
def hand_over(request: SignedInRequest) -> HttpResponse:
    """The people whose work the manager may give to another, and the manager's last hand-overs."""
    _refuse_others(request)
    page = page_of(request, work.givers(request.user))
    last = HandOver.objects.filter(by=request.user).select_related("giver", "taker")[:LAST_HAND_OVERS]
    return render(request, "handing_over/hand_over.html", {"page": page, "last": last})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def hand_over_from(request: SignedInRequest, user: int) -> HttpResponse:
    """What one person would hand over, with ticks; the form that hands it over."""
    _refuse_others(request)
    giver = get_object_or_404(access.people_whose_work_may_be_handed_over(request.user), pk=user)
    pieces = work.pieces(giver, request.user)
    form = HandOverForm(posted(request), giver=giver, pieces=pieces)
    form.refuse_unnamed()
    if form.is_bound:
        form.marks  # noqa: B018 - raises BadRequest
    if is_to_be_saved(request, form):
        return _begun(request, form)
    return _from_page(request, form, pieces)


def _begun(request: SignedInRequest, form: HandOverForm) -> HttpResponse:
    entries = {"giver": form.giver, "taker": form.cleaned_data["taker"], "stays": form.cleaned_data["stays"]}
    with editing.written_or_refused(is_new=True):
        once.claim(request)
        begun = moving.begin(**entries, by=request.user, at=timezone.now(), marks=form.chosen)
        address = reverse("hand_over_report", args=[begun.pk])
        once.remember(request, address)
    moving.continue_with(begun, at=timezone.now())
    return see_other(address)


def _from_page(request: SignedInRequest, form: HandOverForm, pieces: list[work.WorkRow]) -> HttpResponse:
    page = page_of(request, pieces)
    counted = Counter(piece.kind for piece in pieces)
    context = {
        "form": form,
        "groups": [
            {"kind": kind, "count": counted[kind], "pieces": list(rows), "is_all": kind in form.whole_kinds}
            for kind, rows in groupby(page, key=lambda piece: piece.kind)
        ],
        "giver": form.giver,
        "counts": work.counts(form.giver, request.user),
        "number": len(pieces),
        "page": page,
        "ticked": form.ticked if form.is_bound else [piece.mark for piece in page],
        "most": work.MOST if len(pieces) == work.MOST else None,
    }
    return render(request, "handing_over/hand_over_from.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def hand_over_report(request: SignedInRequest, hand_over: int) -> HttpResponse:
    """What was handed over, what was refused and why. A POST goes on, if the worker did not."""
    _refuse_others(request)
    own = HandOver.objects.filter(by=request.user).select_related("giver", "taker", "undone_by")
    found = get_object_or_404(own, pk=hand_over)
    if request.method == "POST":
        moving.continue_with(found, at=timezone.now())
        return see_other(reverse("hand_over_report", args=[found.pk]))
    return _report_page(request, found)


@require_POST
@role_required
@sent_once
def hand_over_undo(request: SignedInRequest, hand_over: int) -> HttpResponse:
    """Gives back what was handed over; says what has changed since if that is not possible any more."""
    _refuse_others(request)
    found = get_object_or_404(HandOver.objects.filter(by=request.user), pk=hand_over)
    once.posted_token(request.POST)
    address = reverse("hand_over_report", args=[found.pk])
    try:
        with editing.written_or_refused(is_new=True):
            once.claim(request)
            undone = undoing.undo(found.pk, by=request.user, at=timezone.now())
            message = _("%(person)s has everything back.") % {"person": undone.giver}
            once.remember(request, address, message)
    except editing.Refused as refusal:
        return _report_page(request, HandOver.objects.select_related("giver", "taker").get(pk=found.pk), refusal)
    messages.success(request, message)
    return see_other(address)


def _report_page(request: SignedInRequest, found: HandOver, refusal: editing.Refused | None = None) -> HttpResponse:
    refused = [row for row in found.rows if row["outcome"] not in ("", MOVED)]
    page = page_of(request, refused)
    context: dict[str, Any] = {
        "hand_over": found,
        "moved": Counter(row["kind"] for row in found.rows if row["outcome"] == MOVED),
        "moved_count": sum(row["outcome"] == MOVED for row in found.rows),
        "waiting": len(moving.waiting(found)),
        "total": len(found.rows),
        "page": page,
        "refused": _named(list(page), request.user),
        **_undo_of(found, request.user),
        "refusal": refusal,
        "token": once.new_token(),
    }
    status = status_of(refusal) if refusal else 200
    return render(request, "handing_over/hand_over_report.html", context, status=status)


def _undo_of(found: HandOver, reader: User) -> dict[str, Any]:
    """Whether the hand-over can be undone, and what has changed since."""
    is_open = found.undone_at is None and not moving.waiting(found)
    moved = moved_rows.moved_by(found) if is_open else []
    return {"can_undo": bool(moved), "changed": moved_rows.changed_since(found, reader, moved) if moved else []}


def _named(rows: list[dict[str, Any]], reader: User) -> list[dict[str, Any]]:
    """The refused rows with the names that the reader may see, and why they were refused. Three queries."""
    ids = {kind: [row["pk"] for row in rows if row["kind"] == kind] for kind in (OPPORTUNITY, TASK)}
    seen = Opportunity.objects.visible_to(reader)
    named: dict[tuple[str, int], tuple[str, str]] = {}
    for opportunity in Opportunity.objects.filter(pk__in=ids[OPPORTUNITY]).visible_to(reader).only("name"):
        named[OPPORTUNITY, opportunity.pk] = (opportunity.name, opportunity.get_absolute_url())
    tasks = Task.objects.filter(pk__in=ids[TASK]).select_related("opportunity")
    for each in tasks.filter(opportunity__in=seen.filter(tasks__in=ids[TASK]).values("pk")):
        named[TASK, each.pk] = (each.text, each.opportunity.get_absolute_url())
    for account in Account.objects.filter(pk__in=[row["pk"] for row in rows if row["kind"] == ACCOUNT]):
        named[ACCOUNT, account.pk] = (account.name, "")
    return [
        {"kind": row["kind"], "why": moving.WHY[row["outcome"]], "name": name, "address": address}
        for row in rows
        for name, address in (named.get((row["kind"], row["pk"]), ("", "")),)
    ]
