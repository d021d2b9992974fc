"""The pages that merge two accounts, contacts or competitors, and undo it. Only those who may merge; 404 for others."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opportunities import access, editing, merging
from opportunities.customer_pages import merged_addresses
from opportunities.customer_pages.merge_pages import comparison
from opportunities.customer_pages.merge_pages.forms import OtherForm, PostedMerge
from opportunities.customers import duplicate_groups, duplicates, nouns
from opportunities.customers.models import Customer, Merge
from opportunities.forms import fields
from opportunities.forms.picker.form import is_find
from opportunities.http_status import status_of
from opportunities.views.paging import ROWS_OF_A_PART, page_of
from opportunities.views.request import allowed_to, posted, see_other, sent_once
from salesflow import once
from salesflow.users.requests import SignedInRequest

ACCOUNT = str(Merge.Noun.ACCOUNT)
MERGES_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(access.may_merge)
@merged_addresses.leads_to_survivor
@sent_once
def customer_merge(request: SignedInRequest, customer: int, noun: str) -> HttpResponse:
    """Merges another row into this one. `?with=` is the other one; without it, the page asks for it."""
    row = get_object_or_404(nouns.MODELS[noun], pk=customer)
    if request.method == "POST" and "with" in request.POST:
        return _merged(request, row)
    pk = fields.query_id(request.GET, "with")
    if pk is None:
        return _choose(request, row)
    other = _other(row, pk)
    return _compare(request, row, other) if other else see_other(row)


def _other(row: Customer, pk: int) -> Any:
    """The row of that id, or the one that it became part of. None if that is the row itself. 404 for no row."""
    other: Any = merged_addresses.row_or_survivor(type(row), pk)
    if other is None:
        raise Http404
    return other if other.pk != row.pk else None


def _choose(request: SignedInRequest, row: Any) -> HttpResponse:
    form = OtherForm(posted(request), row=row)
    if is_find(request):
        form.find()
    elif form.is_bound and form.is_valid():
        return see_other(f"{request.path}?with={form.cleaned_data['other'].pk}")
    like = duplicates.like(type(row), duplicates.entries_of(row), but=row.pk)
    context = {"form": form, "row": row, "like": like}
    return render(request, "customers/merge_with.html", context, status=422 if form.errors else 200)


def _compare(
    request: SignedInRequest, row: Any, other: Any, *, refusal: editing.Refused | None = None, take: Any = None
) -> HttpResponse:
    context = {
        "row": row,
        "other": other,
        "compared": comparison.compared(row, other, take),
        "has": comparison.has(row, other),
        "refusal": refusal,
        "token": once.new_token(),
    }
    return render(request, "customers/merge.html", context, status=_status(refusal) if refusal else 200)


def _status(refusal: editing.Refused) -> int:
    return 409 if isinstance(refusal, editing.Gone) else status_of(refusal)


def _merged(request: SignedInRequest, row: Any) -> HttpResponse:
    given = PostedMerge.of(request.POST, type(row))
    try:
        with editing.written_or_refused(is_new=True):
            once.claim(request)
            merge = merging.merge(
                type(row),
                survivor=row.pk,
                gone=given.other,
                take=given.take,
                versions=given.versions,
                by=request.user,
                at=timezone.now(),
            )
            message = _("%(gone)s is part of %(name)s now.") % {"gone": merge.gone_name, "name": merge.survivor_name}
            address = reverse("merge_page", args=[merge.pk])
            once.remember(request, address, message)
    except editing.Refused as refusal:
        return _not_merged(request, row, given, refusal)
    messages.success(request, message)
    return see_other(address)


def _not_merged(request: SignedInRequest, row: Any, given: PostedMerge, refusal: editing.Refused) -> HttpResponse:
    """Both as they are now, with the posted choices; the page of the row if both are one already."""
    now = get_object_or_404(type(row), pk=row.pk)
    other = _other(now, given.other)
    if other is not None:
        return _compare(request, now, other, refusal=refusal, take=given.take)
    messages.warning(request, str(refusal))
    return see_other(now)


@require_safe
@allowed_to(access.may_merge)
def merge_page(request: SignedInRequest, merge: int) -> HttpResponse:
    """What a merge moved, and the button that undoes it."""
    return _merge_page(request, get_object_or_404(Merge.objects.select_related("by", "undone_by"), pk=merge))


def _merge_page(request: SignedInRequest, merge: Merge, refusal: editing.Refused | None = None) -> HttpResponse:
    context = {
        "merge": merge,
        "survivor": merged_addresses.row_or_survivor(nouns.MODELS[merge.noun], merge.survivor_id),
        "again": nouns.MODELS[merge.noun]._base_manager.filter(pk=merge.gone_id).first(),
        "moved": comparison.moved_by(merge),
        "changed": merging.changed_since(merge) if merge.is_in_force else [],
        "refusal": refusal,
        "token": once.new_token(),
    }
    return render(request, "customers/merge_page.html", context, status=_status(refusal) if refusal else 200)


@require_POST
@allowed_to(access.may_merge)
@sent_once
def merge_undo(request: SignedInRequest, merge: int) -> HttpResponse:
    row = get_object_or_404(Merge.objects.select_related("by", "undone_by"), pk=merge)
    once.posted_token(request.POST)
    message = _("%(name)s is there again.") % {"name": row.gone_name}
    address = reverse("merge_page", args=[row.pk])
    try:
        with editing.written_or_refused(is_new=True):
            once.claim(request)
            merging.undo(row.pk, by=request.user, at=timezone.now())
            once.remember(request, address, message)
    except editing.Refused as refusal:
        row.refresh_from_db()
        return _merge_page(request, row, refusal)
    messages.success(request, message)
    return see_other(address)


@require_safe
@allowed_to(access.may_merge)
def likely_duplicates(request: SignedInRequest) -> HttpResponse:
    """Rows that are probably one, in groups: `?of=` is the noun, `?by=` what is the same. Then the last merges."""
    noun = request.GET.get("of") or ACCOUNT
    model = nouns.MODELS.get(noun)
    by = request.GET.get("by") or "name"
    if model is None or by not in duplicate_groups.SORTS[model]:
        raise Http404
    page = page_of(request, duplicate_groups.keys(model, by), ROWS_OF_A_PART)
    context = {
        "noun": noun,
        "by": by,
        "nouns": [(each, capfirst(rows._meta.verbose_name_plural)) for each, rows in nouns.MODELS.items()],
        "sorts": [(name, sort.label) for name, sort in duplicate_groups.SORTS[model].items()],
        "page": page,
        "groups": duplicate_groups.of(model, by, page),
        "merges": Merge.objects.filter(noun=noun).select_related("by")[:MERGES_SHOWN],
    }
    return render(request, "customers/likely_duplicates.html", context)
