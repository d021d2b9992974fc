"""The page with the reader's own tasks, and its acts."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from opportunities.activities import my_tasks as tasks_of
from opportunities.activities import reminders as reminders_of
from opportunities.editing import conflicts
from opportunities.editing.children import TASK
from opportunities.forms.tasks import TaskDoneForm
from opportunities.http_status import status_of
from opportunities.models import Reminders
from opportunities.transitions import Refused, organisation_date
from opportunities.views.paging import page_of
from opportunities.views.request import editing_by, opportunity_for, role_required, see_other
from salesflow.users.requests import SignedInRequest


@require_safe
@role_required
def my_tasks(request: SignedInRequest) -> HttpResponse:
    return _page(request)


def _page(request: SignedInRequest, *, refusal: Refused | None = None) -> HttpResponse:
    """The tasks in groups, and the reminders. Six queries, however many tasks there are."""
    today = organisation_date(timezone.now())
    counted = tasks_of.counts(request.user, today)
    page = page_of(request, tasks_of.of(request.user), count=sum(counted.values()))
    reminders = reminders_of.of(request.user)
    context = {
        "page": page,
        "groups": tasks_of.grouped(list(page), today, counted),
        "reminders": reminders,
        "calendar_address": _calendar_address(reminders),
        "refusal": refusal,
    }
    return render(request, "my_tasks/my_tasks.html", context, status=status_of(refusal) if refusal else 200)


def _calendar_address(reminders: Reminders) -> str:
    key = reminders_of.calendar_key(reminders)
    return f"{settings.BASE_URL}{reverse('calendar', args=[reminders.user_id, key])}" if key else ""


@require_POST
@role_required
def task_done(request: SignedInRequest, pk: int, row: int) -> HttpResponse:
    """Completes a task of the page. 404 for one that was never on this opportunity."""
    opportunity = opportunity_for(request, pk)
    if not conflicts.has_had(opportunity, TASK, row):
        raise Http404
    form = TaskDoneForm(request.POST, record=opportunity, row=row)
    form.refuse_unnamed()
    if not form.is_valid():
        raise BadRequest("The version or the token is none.")
    try:
        with editing_by(request, form) as record:
            task = form.write_to(record)
    except Refused as refusal:
        return _page(request, refusal=refusal)
    messages.success(request, _("Done: %(task)s") % {"task": task})
    return see_other("my_tasks")
