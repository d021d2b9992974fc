"""The customer's people who have a say, on the opportunity they have it in."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from opportunities import differences
from opportunities.forms import people
from opportunities.views import rows
from opportunities.views.request import role_required, sent_once
from salesflow.users.requests import SignedInRequest

STAKEHOLDERS = rows.Kind(
    noun=differences.STAKEHOLDER,
    tab="stakeholders",
    add_form=people.StakeholderAddForm,
    change_form=people.StakeholderForm,
    related="contact__account",
)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def stakeholder_add(request: SignedInRequest, pk: int) -> HttpResponse:
    return rows.add(request, pk, STAKEHOLDERS)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def stakeholder_edit(request: SignedInRequest, pk: int, row: int) -> HttpResponse:
    return rows.change(request, pk, row, STAKEHOLDERS)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def stakeholder_remove(request: SignedInRequest, pk: int, row: int) -> HttpResponse:
    return rows.remove(request, pk, row, STAKEHOLDERS)
