"""The page on which an opportunity is edited."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from opportunities import transitions
from opportunities.forms.edit import EditOpportunityForm
from opportunities.http_status import status_of
from opportunities.models import Opportunity
from opportunities.views.request import (
    editing_by,
    is_to_be_saved,
    opportunity_for,
    posted,
    role_required,
    save_the_rest,
    see_other,
)
from salesflow.users.requests import SignedInRequest


@role_required
@require_http_methods(["GET", "HEAD", "POST"])
def opportunity_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    opportunity = opportunity_for(request, pk)
    if request.method != "POST" and not opportunity.is_open:
        messages.warning(request, _("This opportunity is closed and can only be read. Reopen it to change it."))
        return redirect(opportunity)
    form = EditOpportunityForm(posted(request), record=opportunity, by=request.user)
    form.refuse_unnamed()
    if is_to_be_saved(request, form):
        try:
            _write(request, form)
        except transitions.Refused as refusal:
            form.refuse(refusal)
            save_the_rest(form, partial(_write, request, form))
            return _edit_page(request, form, status_of(refusal))
        return _saved(request, opportunity)
    return _edit_page(request, form, 422 if form.errors else 200)


def _write(request: SignedInRequest, form: EditOpportunityForm) -> None:
    with editing_by(request, form, owner_leaves=form.owner_leaves) as record:
        form.write_to(record)


def _saved(request: SignedInRequest, opportunity: Opportunity) -> HttpResponse:
    """Redirects to the opportunity or, if the user may not see it any more, to the list."""
    if Opportunity.objects.filter(pk=opportunity.pk).visible_to(request.user).exists():
        messages.success(request, _("Saved."))
        return see_other(opportunity)
    messages.success(request, _("Saved. “%(name)s” is no longer yours to see.") % {"name": opportunity.name})
    return see_other("opportunity_list")


def _edit_page(request: SignedInRequest, form: EditOpportunityForm, status: int) -> HttpResponse:
    context = {"form": form, "opportunity": form.record}
    return render(request, "opportunity/opportunity_edit.html", context, status=status)
