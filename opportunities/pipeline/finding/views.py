"""Quick find: the page, and its answers for js/find.js."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from opportunities.forms import fields
from opportunities.forms.list_filter import SearchField
from opportunities.models import Opportunity
from opportunities.pipeline.finding import answers
from opportunities.pipeline.tracks import Tracks
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest


class FindForm(forms.Form):
    q = SearchField(label=_("Find"), required=False)


@role_required
@require_safe
def find(request: SignedInRequest) -> HttpResponse:
    """What is found for `?q=`. `?at=` is the opportunity that is on the screen."""
    form = FindForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    at = fields.query_id(request.GET, "at")
    opportunity = Opportunity.objects.filter(pk=at).visible_to(request.user).first() if at else None
    context = {
        "form": form,
        "text": text,
        "opportunity": opportunity,
        "tracks": Tracks(),
        "groups": [] if form.errors else answers.groups(request.user, text, opportunity),
    }
    return render(request, "find/_answers.html" if request.htmx else "find/find.html", context)
