"""Common parts of views: the role of the user, the opportunity, posted forms, and redirects."""

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, FilteredRelation, Model, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils import timezone
from django.utils.http import urlencode

from opportunities import access, editing, transitions
from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.forms.picker.form import PickingForm, is_find
from opportunities.models import (
    Attachment,
    CloseRequest,
    Note,
    Opportunity,
    OpportunityMail,
    ProcessInstance,
    SourceKind,
    StageVisit,
    Task,
    TeamMember,
    WaiverRequest,
)
from opportunities.models.json_lists import ListOf
from opportunities.models.tasks import with_next_task
from opportunities.progress import Progress
from opportunities.views.ended import Ended
from salesflow import once
from salesflow.users import units
from salesflow.users.models import SALES_MANAGER, User
from salesflow.users.requests import SignedInRequest
from stages import vocabulary
from stages.models import Step

View = Callable[..., HttpResponse]

ON_THE_PAGE = (
    *("account", "contact", "owner", "status_reason", "active_stage"),
    *("primary_instance__process", "open_hold__by", "filed_debrief__created_by", "filed_debrief__competitor"),
)


def role_required(view: View) -> View:
    """Shows a user without a role one page that says so, instead of the view."""

    @functools.wraps(view)
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.has_role:
            return view(request, *args, **kwargs)
        managers = units.seeing_all(get_user_model().objects.filter(groups__name=SALES_MANAGER))
        return render(request, "no_role.html", {"managers": managers[:10]}, status=403)

    return guarded


def allowed_to(may: Callable[[User], bool], *, otherwise: type[Exception] = Http404) -> Callable[[View], View]:
    """Shows the view to users with a role who `may`, and to others 404; 403 where `otherwise` is PermissionDenied."""

    def decorated(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request.user):
                raise otherwise
            return view(request, *args, **kwargs)

        return role_required(guarded)

    return decorated


def editing_by(request: SignedInRequest, form: Any, **more: Any) -> AbstractContextManager[Opportunity]:
    """An `editing` block by the user, for the opportunity of the form and the page that the form was on."""
    named = {"version": form.seen_version, "page": form.page, "relies_on": form.relies_on}
    return editing.editing(form.record, by=request.user, at=timezone.now(), **named, **more)


def sent_once(view: View) -> View:
    """Gives a form that is sent twice its first response, because its own first write may be why it is refused now."""

    @functools.wraps(view)
    def answered(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except once.Repeated as repeated:
            return once.respond(request, repeated.done)
        is_refused = request.method == "POST" and 400 <= response.status_code < 500
        before = once.done(request) if is_refused else None  # a busy database would be waited for twice
        return once.respond(request, before) if before else response

    answered.is_sent_once = True  # type: ignore[attr-defined]  # a test asks each of these for its token
    return answered


def opportunity_to_read(request: SignedInRequest, pk: int) -> Opportunity:
    """The opportunity, if this user may see it; otherwise 404."""
    return _complete(get_object_or_404(_visible(request, pk)))


def opportunity_for(request: SignedInRequest, pk: int) -> Opportunity:
    """The opportunity for a page that changes it: 404 as in `opportunity_to_read`, 403 for who may only read it."""
    opportunity = opportunity_to_read(request, pk)
    refuse_reader(request)
    return opportunity


def refuse_reader(request: SignedInRequest) -> None:
    """Answers a user who may change nothing with 403."""
    if not access.may_write(request.user):
        raise PermissionDenied


def opportunity_now(request: SignedInRequest, pk: int) -> Opportunity:
    """The opportunity, read again after a refusal; 404 as in `opportunity_for`."""
    return _complete(get_object_or_404(_visible(request, pk)))


def _complete(opportunity: Opportunity) -> Opportunity:
    for name in _single_rows():
        vars(opportunity).setdefault(name, None)  # Django leaves it out where there is no row
    opportunity.team_ids = opportunity.team_ids or []  # type: ignore[attr-defined]
    return opportunity


def step_of(opportunity: Opportunity, pk: int, **found_by: Any) -> Step:
    """The step of the primary process, also one that is archived or in an archived stage; 404 for any other.

    `found_by` are more conditions.
    """
    processes = ProcessInstance.objects.filter(opportunity=opportunity, is_primary=True).values("process")
    steps = Step.objects.select_related("stage").filter(stage__process__in=processes, **found_by)
    return get_object_or_404(steps, pk=pk)


def answerable_step_of(opportunity: Opportunity, pk: int) -> Step:
    """The step in use of the primary process, if it has a field; 404 for any other.

    A step of an archived stage is in use while the opportunity is in that stage.
    """
    step = step_of(opportunity, pk, is_archived=False)
    is_out_of_use = step.stage.is_archived and step.stage_id != opportunity.active_stage_id
    if is_out_of_use or step.field not in vocabulary.fields():
        raise Http404
    return step


def _visible(request: SignedInRequest, pk: int) -> QuerySet[Opportunity]:
    visible = Opportunity.objects.filter(pk=pk).visible_to(request.user)
    asked = Exists(WaiverRequest.objects.filter(opportunity=OuterRef("pk")))
    notes, files = (_counted(rows) for rows in (Note.objects.all(), Attachment.objects.latest_versions()))
    mails = OpportunityMail.objects.filter(opportunity=OuterRef("pk")).order_by("-pk")
    about = {
        "has_waiver_requests": asked,
        "has_close_requests": Exists(CloseRequest.objects.filter(opportunity=OuterRef("pk"))),
        "last_mail_to": Subquery(mails.values("contact__name")[:1]),
        "last_mail_at": Subquery(mails.values("created_at")[:1]),
        "has_renewals": Exists(Opportunity.objects.filter(source=OuterRef("pk"), source_kind=SourceKind.RENEWAL)),
        "note_count": notes,
        "file_count": files,
        "open_task_count": _counted(Task.objects.open()),
        "team_ids": _listed(TeamMember.objects.all(), "user"),
        "visited_stages": _listed(StageVisit.objects.filter(instance__is_primary=True), "stage"),
    }
    visible = visible.annotate(**_single_rows()).select_related(*ON_THE_PAGE)
    return with_next_task(visible.annotate(**about))


def _single_rows() -> dict[str, FilteredRelation]:
    """Child rows of which an opportunity has one at most, by a constraint: read with it, in the same query."""
    return {
        "primary_instance": FilteredRelation("instances", condition=Q(instances__is_primary=True)),
        "open_hold": FilteredRelation("holds", condition=Q(holds__until_at__isnull=True)),
        "filed_debrief": FilteredRelation("debriefs"),
    }


def _listed(rows: QuerySet[Any], column: str) -> Subquery:
    """This column of the child rows of an opportunity, in a list; None for no rows."""
    of_one = rows.filter(opportunity=OuterRef("pk")).order_by().values("opportunity")
    return Subquery(of_one.annotate(listed=ListOf(column)).values("listed"))


def _counted(rows: QuerySet[Any]) -> Subquery:
    """How many of the child rows an opportunity has; None for none."""
    of_one = rows.filter(opportunity=OuterRef("pk")).order_by().values("opportunity")
    return Subquery(of_one.annotate(count=Count("pk")).values("count"))


def opportunity_context(request: SignedInRequest, opportunity: Opportunity) -> dict[str, Any]:
    """The context that all pages of one opportunity have."""
    waivers = {row.step_id: row for row in opportunity.waivers.in_force().select_related("by")}
    instance: ProcessInstance | None = opportunity.primary_instance  # type: ignore[attr-defined]
    if instance is not None:
        instance.opportunity = opportunity
    progress = Progress.of(opportunity, instance, waived={step_id: row.kind for step_id, row in waivers.items()})
    progress.visited = frozenset(opportunity.visited_stages or ())  # type: ignore[attr-defined]
    closing = opportunity.closing_in_force()
    return {
        "opportunity": opportunity,
        "progress": progress,
        "waivers": waivers,
        "moves": transitions.by_kind(transitions.available(opportunity, by=request.user, progress=progress)),
        "closing": closing,
        "ended": Ended(opportunity, closing, progress) if closing else None,
        "close_request": progress.close_request,
        "declined_request": transitions.declined_request(opportunity, progress),
    }


def shown_address(request: SignedInRequest) -> Any:  # the stubs have a private type for the query of a request
    """The query of the page that the reader sees: of the address that htmx sends, or of this request."""
    address = request.htmx.current_url_abs_path
    return QueryDict(address.partition("?")[2]) if address else request.GET


def shown_query(request: SignedInRequest) -> str:
    """The stage and the tab of the opportunity page that the reader sees."""
    shown = shown_address(request)
    stage, tab = fields.query_id(shown, "stage"), fields.only_value(shown, "tab")
    named = {"stage": stage, "tab": tab if tab and tab.isalpha() else None}
    return urlencode({name: value for name, value in named.items() if value is not None})


def posted(request: HttpRequest) -> QueryDict | None:
    """The data that binds a form; None unless the request is a POST. An empty post binds it, too."""
    return request.POST if request.method == "POST" else None


def see_other(to: Model | str, query: str = "") -> HttpResponse:
    """Redirects with 303 after a write."""
    return HttpResponseRedirect(f"{resolve_url(to)}{query}", status=303)


def is_to_be_saved(request: HttpRequest, form: PickingForm) -> bool:
    """Whether the form was posted with valid entries. A Find button saves nothing."""
    if is_find(request):
        form.find()
    return form.is_bound and form.is_valid()


def save_the_rest(form: EditingForm, write: Callable[[], object]) -> None:
    """Saves the entries that are in no conflict, beside those that are, if `form` takes that and no rule refuses it."""
    if not form.may_save_the_rest:
        return
    try:
        write()
    except editing.Refused as refusal:
        form.refuse(refusal)
    else:
        form.are_others_saved = True
