"""How far an import is, what became of its rows, and what a person can do with the whole of it."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opportunities import editing
from opportunities.http_status import status_of
from opportunities.import_pages import found, rows
from opportunities.imports import acting, approvals, outcomes, running, undoing
from opportunities.models import Import, ImportAct, ImportRow
from opportunities.refusals import Refused
from opportunities.views.request import role_required, see_other, sent_once
from salesflow import once
from salesflow.users.requests import SignedInRequest

LISTS = {
    Import.Noun.OPPORTUNITIES: "opportunity_list",
    Import.Noun.ACCOUNTS: "account_list",
    Import.Noun.CONTACTS: "contact_list",
}


@require_safe
@role_required
def import_run(request: SignedInRequest, run: int) -> HttpResponse:
    """The report. An import that was not started leads to its next step, and is shown to nobody else."""
    seen = found.visible_import(request, run)
    if not seen.is_started:
        own = found.own_import(request, run)
        return redirect("import_preview" if own.is_mapped else "import_reading", own.pk)
    return report(request, seen)


def report(request: SignedInRequest, run: Import, refusal: Refused | None = None) -> HttpResponse:
    counts = running.progress(run)
    counts[rows.WAITING] = counts.pop("", 0)
    acts = _acts(request, run, counts)
    undo, not_undone = acts["act"], acts["not_undone"]

    def of(run: Import, show: str) -> QuerySet[ImportRow]:
        return undoing.refused(undo).order_by("pk") if show == rows.NOT_UNDONE else rows.of_outcome(run, show)

    chips = rows.chips(rows.OUTCOMES, {**counts, rows.NOT_UNDONE: not_undone})
    leads_to_board = run.noun == Import.Noun.OPPORTUNITIES and bool(counts[rows.Outcome.CREATED])
    context: dict[str, Any] = {
        "run": run,
        "is_own": run.by_id == request.user.pk,
        "version": found.version(run),
        "token": once.new_token(),
        "counts": counts,
        "total": counts.total(),
        "ended": counts.total() - counts[rows.WAITING],
        "waiting": counts[rows.WAITING],
        **rows.shown(request, run, chips, of),
        "leads_to_board": leads_to_board,
        "list_address": reverse("board" if leads_to_board else LISTS[Import.Noun(run.noun)]),
        "refusal": refusal,
        **acts,
    }
    return render(request, "imports/import_report.html", context, status=status_of(refusal) if refusal else 200)


def _acts(request: SignedInRequest, run: Import, counts: Counter[str]) -> dict[str, Any]:
    """What was done with the whole import since, and what can be."""
    acts = list(run.acts.select_related("by").order_by("pk"))
    under_way = next((act for act in acts if act.is_under_way), None)
    last = under_way or next(reversed(acts), None)
    is_done = not run.is_under_way and under_way is None
    is_own = run.by_id == request.user.pk
    progress = acting.progress(last) if last else None
    behind = outcomes.waits_for_its_stage(run) if run.finished_at and run.noun == Import.Noun.OPPORTUNITIES else 0
    return {
        "act": last,
        "act_progress": progress,
        "not_undone": progress[1] if last and progress and last.act == ImportAct.Act.UNDO else 0,
        "behind": behind,
        "asked": outcomes.stages_asked([run], request.user).get(run.pk) if run.waits_for_answer else None,
        "may_ask": bool(is_own and behind and is_done and not run.asked_at),
        "may_answer": run.waits_for_answer and approvals.may_answer(run, request.user),
        "may_undo": is_done and is_own and bool(counts[rows.Outcome.CREATED] + counts[rows.Outcome.UPDATED]),
    }


# Acts on the whole import

Act = Callable[[], ImportAct | None]


def _acted(
    request: SignedInRequest,
    run: Import,
    act: Act,
    message: str,
    *,
    page: Callable[..., HttpResponse] = report,
    say: Callable[[SignedInRequest, ImportAct], None] | None = None,
) -> HttpResponse:
    """Does the act once for each form; shows `page` with the reason if it is refused.

    `say` adds the message after the act has begun, if it depends on what was done.
    """
    once.posted_token(request.POST)
    address = found.address(run)
    try:
        found.refuse_old_page(request, run)
        with editing.written_or_refused(is_new=True):
            once.claim(request)
            begun = act()
            once.remember(request, address, message)
    except Refused as refusal:
        return page(request, run, refusal)
    if begun is not None:
        acting.go_on(begun, clock=timezone.now)
    if say is not None and begun is not None:
        say(request, begun)
    else:
        messages.success(request, message)
    return see_other(address)


@require_POST
@role_required
@sent_once
def import_ask(request: SignedInRequest, run: int) -> HttpResponse:
    """Asks the managers to keep the stages of the file."""
    own = found.own_import(request, run)
    by: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    return _acted(request, own, lambda: approvals.ask(own, **by), _("The managers are asked."))


@require_POST
@role_required
@sent_once
def import_approve(request: SignedInRequest, run: int) -> HttpResponse:
    seen = _to_answer(request, run)
    by: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    return _acted(request, seen, lambda: approvals.approve(seen, **by), _("Approved."))


@require_POST
@role_required
@sent_once
def import_decline(request: SignedInRequest, run: int) -> HttpResponse:
    seen = _to_answer(request, run)
    by: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    return _acted(request, seen, lambda: approvals.decline(seen, **by), _("Declined."))


def _to_answer(request: SignedInRequest, run: int) -> Import:
    """The import, for who may see it. Who may answer, `approvals` says."""
    return found.visible_import(request, run)


# Undo


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def import_undo(request: SignedInRequest, run: int) -> HttpResponse:
    """What would go, and the button that takes the import back."""
    own = found.own_import(request, run)
    if not own.is_started:
        return redirect(found.address(own))
    if request.method != "POST":
        return _undo_page(request, own)
    by: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    begun = _("The report says what is undone.")
    return _acted(request, own, lambda: undoing.undo(own, **by), begun, page=_undo_page, say=_say_undone)


def _say_undone(request: SignedInRequest, act: ImportAct) -> None:
    """Says what the undo did, if all of it was done in the request."""
    _done, refused, waiting = acting.progress(act)
    if refused and not waiting:
        sentence = ngettext("%(count)d row could not be undone.", "%(count)d rows could not be undone.", refused)
        messages.warning(request, sentence % {"count": refused})
    else:
        said = _("The report says what is undone.") if waiting else _("The import is undone.")
        messages.success(request, said)


def _undo_page(request: SignedInRequest, own: Import, refusal: Refused | None = None) -> HttpResponse:
    context = {
        "run": own,
        "version": found.version(own),
        "token": once.new_token(),
        "counts": running.progress(own),
        "why_not": undoing.why_not(own, request.user),
        "changed": rows.lines(own, undoing.changed_rows(own), request.user),
        "refusal": refusal,
    }
    return render(request, "imports/import_undo.html", context, status=status_of(refusal) if refusal else 200)
