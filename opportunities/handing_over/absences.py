"""The page of absences: one's own, those for which one is the deputy, and for managers those of their people."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from opportunities import access, editing
from opportunities.handing_over.forms import AbsenceForm
from opportunities.transitions import organisation_date
from opportunities.views.paging import page_of
from opportunities.views.request import is_to_be_saved, posted, refuse_reader, role_required, see_other, sent_once
from salesflow import once
from salesflow.users import absences as domain
from salesflow.users.models import Absence
from salesflow.users.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def absences(request: SignedInRequest) -> HttpResponse:
    """The absences of today and later, and the form of a new one."""
    refuse_reader(request)
    form = AbsenceForm(posted(request), by=request.user)
    form.refuse_unnamed()
    if is_to_be_saved(request, form):
        try:
            return _added(request, form)
        except ValidationError as refusal:
            for name, errors in refusal.error_dict.items():
                form.add_error(name, errors)
    return _page(request, form)


def _added(request: SignedInRequest, form: AbsenceForm) -> HttpResponse:
    today = organisation_date(timezone.now())
    if not access.may_set_absence(request.user, form.entries["person"]):
        raise Http404
    with editing.written_or_refused(is_new=True):
        once.claim(request)
        absence = domain.add(**form.entries, by=request.user, today=today)
        said = _("Saved. %(deputy)s acts for %(person)s on these days.")
        said %= {"deputy": absence.deputy, "person": absence.person}
        once.remember(request, reverse("absences"), said)
    messages.success(request, said)
    return see_other("absences")


def _page(request: SignedInRequest, form: AbsenceForm) -> HttpResponse:
    today, user = organisation_date(timezone.now()), request.user
    concerned = Q(person=user) | Q(deputy=user)
    if user.is_manager:
        concerned |= Q(person__in=access.people_whose_absence_may_be_set(user))
    found = Absence.objects.not_over(today).filter(concerned).select_related("person", "deputy")
    page = page_of(request, found)
    settable = access.people_whose_absence_may_be_set(user).filter(pk__in=[absence.person_id for absence in page])
    ids = set(settable.values_list("pk", flat=True))
    rows = [(absence, absence.person_id in ids) for absence in page]
    context = {"form": form, "page": page, "rows": rows, "today": today}
    return render(request, "handing_over/absences.html", context, status=422 if form.errors else 200)


@require_POST
@role_required
def absence_remove(request: SignedInRequest, absence: int) -> HttpResponse:
    """Ends an absence before today, or takes back one that has not begun."""
    refuse_reader(request)
    found = get_object_or_404(Absence.objects.select_related("person"), pk=absence)
    if not access.may_set_absence(request.user, found.person):
        raise Http404
    domain.end(found, today=organisation_date(timezone.now()))
    messages.success(request, _("The absence of %(person)s has ended.") % {"person": found.person})
    return see_other("absences")
