"""The list of opportunities, and the pages on which one is created and edited."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from opportunities import editing, transitions
from opportunities.forms.edit import EditOpportunityForm
from opportunities.forms.filters import ALL_ROWS, FilterForm
from opportunities.forms.general import GeneralForm
from opportunities.forms.new import NewOpportunityForm
from opportunities.forms.picking import is_find
from opportunities.models import Opportunity
from opportunities.views.request import opportunity_for, posted, role_required, see_other, sent_once, status_of
from salesflow import once
from salesflow.users.requests import SignedInRequest

ROWS_A_PAGE = 50
ROWS_FOR_PRINT = 1000  # on one page, when it is asked for with ?rows=all
IN_THE_LIST = ("account", "owner", "active_stage", "status_reason")
CREATED = gettext_lazy("Opportunity created.")
NOT_IN_THE_LIST = ("description", "customer_need", "proposed_solution")  # long texts


@role_required
@require_safe
def opportunity_list(request: SignedInRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    filters = form.filters(me=request.user, today=transitions.organisation_date(timezone.now()))
    visible = Opportunity.objects.matching(filters).visible_to(request.user)
    found = visible.sorted(filters).select_related(*IN_THE_LIST).defer(*NOT_IN_THE_LIST)
    rows = ROWS_FOR_PRINT if form.rows == ALL_ROWS else ROWS_A_PAGE
    page = Paginator(found, rows).get_page(request.GET.get("page"))
    is_empty = not page.paginator.count and not Opportunity.objects.visible_to(request.user).exists()
    context = {"filter_form": form, "page": page, "is_empty": is_empty, "rows_for_print": ROWS_FOR_PRINT}
    return render(request, "opportunities/opportunity_list.html", context)


@role_required
@require_http_methods(["GET", "HEAD", "POST"])
@sent_once
def opportunity_new(request: SignedInRequest) -> HttpResponse:
    form = NewOpportunityForm(posted(request))
    if _is_to_be_saved(request, form):
        try:
            deal = _started(request, form)
        except transitions.MoveRefused as refusal:
            form.refuse(refusal)
            return _new_page(request, form, status_of(refusal))
        messages.success(request, CREATED)
        return see_other(deal)
    return _new_page(request, form, 422 if form.errors else 200)


def _started(request: SignedInRequest, form: NewOpportunityForm) -> Opportunity:
    """The opportunity that the form asks for, with the account and contact created along with it; once per form."""
    with editing.written_or_refused(is_new=True):
        once.claim(request)
        deal = transitions.start(by=request.user, at=timezone.now(), owner=request.user, **form.saved_entries())
        once.remember(request, deal.get_absolute_url(), str(CREATED))
        return deal


def _new_page(request: SignedInRequest, form: NewOpportunityForm, status: int) -> HttpResponse:
    return render(request, "opportunities/opportunity_new.html", {"form": form}, status=status)


@role_required
@require_http_methods(["GET", "HEAD", "POST"])
def opportunity_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    deal = opportunity_for(request, pk)
    if request.method != "POST" and not deal.is_open:
        messages.warning(request, _("This opportunity is closed and can only be read. Reopen it to change it."))
        return redirect(deal)
    form = EditOpportunityForm(posted(request), record=deal, by=request.user)
    if _is_to_be_saved(request, form):
        try:
            _write_edit(request, deal, form)
        except transitions.MoveRefused as refusal:
            form.refuse(refusal)
            return _edit_page(request, form, status_of(refusal))
        return _saved(request, deal)
    return _edit_page(request, form, 422 if form.errors else 200)


def _write_edit(request: SignedInRequest, deal: Opportunity, form: EditOpportunityForm) -> None:
    """Writes the form, with the account and contact created along with it."""
    with editing.editing(
        deal,
        by=request.user,
        at=timezone.now(),
        version=form.seen_version,
        owner_leaves=form.owner_leaves,
        page=form.page,
    ) as record:
        form.write_to(record)


def _saved(request: SignedInRequest, deal: Opportunity) -> HttpResponse:
    """On to the opportunity; to the list, when it was given away for good."""
    if Opportunity.objects.filter(pk=deal.pk).visible_to(request.user).exists():
        messages.success(request, _("Saved."))
        return see_other(deal)
    messages.success(request, _("Saved. “%(name)s” is no longer yours to see.") % {"name": deal.name})
    return see_other("opportunity_list")


def _edit_page(request: SignedInRequest, form: EditOpportunityForm, status: int) -> HttpResponse:
    context = {"form": form, "opportunity": form.record}
    return render(request, "opportunities/opportunity_edit.html", context, status=status)


def _is_to_be_saved(request: SignedInRequest, form: GeneralForm) -> bool:
    """Whether the form was sent with good entries; a Find button only asks for answers."""
    if is_find(request):
        form.find()
    return form.is_bound and form.is_valid()
