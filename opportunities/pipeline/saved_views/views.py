"""The pages of saved views: the list of them, a new one, its name, its columns, and what is pressed beside it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opportunities.editing import Refused, written_or_refused
from opportunities.forms import fields, rendered_for
from opportunities.http_status import status_of
from opportunities.models.saved_views import ROWS_A_PAGE, SavedView
from opportunities.pipeline.filters import OpportunityFilter
from opportunities.pipeline.lists import columns
from opportunities.pipeline.saved_views import rights, saving, shown
from opportunities.pipeline.saved_views.forms import ViewForm, chosen_columns
from opportunities.pipeline.saved_views.shown import View
from opportunities.views.request import role_required, see_other, sent_once
from salesflow import once
from salesflow.users.requests import SignedInRequest

LIST = "saved_views"


@require_safe
@role_required
def saved_views(request: SignedInRequest) -> HttpResponse:
    """All views of the reader, with what may be done with each."""
    return _list(request)


def _list(request: SignedInRequest, refusal: Refused | None = None) -> HttpResponse:
    rows = [
        (view, bool(view.saved and rights.may_change(request.user, view.saved))) for view in shown.every(request.user)
    ]
    status = status_of(refusal) if refusal else 200
    return render(request, "saved_views/saved_views.html", {"rows": rows, "refusal": refusal}, status=status)


@require_safe
@role_required
def pinned_views(request: SignedInRequest) -> HttpResponse:
    """The lines of the user menu with the pinned views, which htmx fetches when the menu is opened."""
    views = [view for view in shown.of_list(request.user, "").links if view.is_pinned]
    return render(request, "saved_views/_menu.html", {"views": views})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def saved_view_new(request: SignedInRequest) -> HttpResponse:
    """A view with the filters of the address."""
    if request.method != "POST":
        found = _filter(request, request.GET)
        return _new_page(request, ViewForm(user=request.user, initial={"query": found.state}), found)
    once.posted_token(request.POST)
    form = ViewForm(request.POST, user=request.user)
    found = _posted_filter(request)
    if not form.is_valid():
        return _new_page(request, form, found, 422)
    try:
        return _made(request, form, found)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _new_page(request, form, found, status_of(refusal))


def _made(request: SignedInRequest, form: ViewForm, found: OpportunityFilter) -> HttpResponse:
    shown_now = shown.find(request.user, str(request.GET.get("view", ""))) or shown.first(request.user)
    with written_or_refused(is_new=True):
        once.claim(request)
        names = [column.name for column in shown_now.columns] if shown_now.choice else []
        view = saving.create(by=request.user, query=found.state, columns=names, **form.entries)
        said = _("Saved as “%(view)s”.") % {"view": view}
        address = View(str(view.pk), view.name, view.query, saved=view).address
        once.remember(request, address, said)
    messages.success(request, said)
    return HttpResponseRedirect(address, status=303)


def _new_page(request: SignedInRequest, form: ViewForm, found: OpportunityFilter, status: int = 200) -> HttpResponse:
    return render(request, "saved_views/new.html", {"form": form, "found": found}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def saved_view_edit(request: SignedInRequest, view: int) -> HttpResponse:
    """The name of a view, and who sees it."""
    saved = _to_change(request, view)
    form = ViewForm(request.POST or None, user=request.user, view=saved)
    refusal = None
    if request.method == "POST":
        version = rendered_for.posted_id(request.POST, "version")
        if form.is_valid():
            try:
                with written_or_refused(is_new=True):
                    saving.change(view, version=version, by=request.user, **form.entries)
            except Refused as refused:
                refusal = refused
            else:
                messages.success(request, _("Saved."))
                return see_other(LIST)
    context = {"form": form, "view": saved, "refusal": refusal}
    status = status_of(refusal) if refusal else 422 if form.errors else 200
    return render(request, "saved_views/edit.html", context, status=status)


@require_POST
@role_required
def saved_view_update(request: SignedInRequest, view: int) -> HttpResponse:
    """Gives a view the filters of the list that the reader sees."""
    _to_change(request, view)
    found = _posted_filter(request)

    def update(version: int) -> HttpResponse:
        saved = saving.change(view, version=version, by=request.user, query=found.state)
        messages.success(request, _("“%(view)s” has these filters now.") % {"view": saved})
        return HttpResponseRedirect(View(str(saved.pk), saved.name, saved.query).address, status=303)

    return _written(request, update)


@require_POST
@role_required
def saved_view_delete(request: SignedInRequest, view: int) -> HttpResponse:
    _to_change(request, view)

    def delete(version: int) -> HttpResponse:
        saved = saving.delete(view, version=version, by=request.user, at=timezone.now())
        said = _("“%(view)s” is deleted.") % {"view": saved}
        messages.success(request, said, extra_tags=f"deleted-view-{saved.pk}-{saved.version}")
        return see_other(LIST)

    return _written(request, delete)


@require_POST
@role_required
def saved_view_restore(request: SignedInRequest, view: int) -> HttpResponse:
    """Takes the deletion of a view back."""
    _to_change(request, view)

    def restore(version: int) -> HttpResponse:
        saved = saving.restore(view, version=version, by=request.user)
        messages.success(request, _("“%(view)s” is here again.") % {"view": saved})
        return see_other(LIST)

    return _written(request, restore)


@require_POST
@role_required
def view_choice(request: SignedInRequest) -> HttpResponse:
    """Pins a view, or makes it the first; or takes that back."""
    view = _chosen(request, request.POST)
    posted = {
        name: fields.only_value(request.POST, name) for name in ("is_pinned", "is_default") if name in request.POST
    }
    if not posted or not set(posted.values()) <= {"0", "1"}:
        raise BadRequest("is_pinned or is_default is missing or unknown.")
    entries = {name: value == "1" for name, value in posted.items()}

    def choose() -> HttpResponse:
        saving.choose(view, by=request.user, **entries)
        return see_other(LIST)

    return _refused_on_the_list(request, choose)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
def view_columns(request: SignedInRequest) -> HttpResponse:
    """The columns of a view for this person, their order, and how many rows a page has."""
    view = _chosen(request, request.GET)
    if request.method != "POST":
        context = {"view": view, "rows": _columns(view), "sizes": ROWS_A_PAGE, "back": _back(request)}
        return render(request, "saved_views/columns.html", context)
    names = [] if "reset" in request.POST else chosen_columns(request.POST)
    size = rendered_for.posted_id(request.POST, "rows_a_page")
    with written_or_refused(is_new=True):
        saving.choose(view, by=request.user, columns=names, rows_a_page=size if size in ROWS_A_PAGE else None)
    return HttpResponseRedirect(_back(request), status=303)


def _back(request: SignedInRequest) -> str:
    """The list with the filters from which the reader came."""
    query = request.GET.urlencode()
    return f"{reverse('opportunity_list')}?{query}" if query else reverse("opportunity_list")


def _columns(view: View) -> list[tuple[columns.Column, int | None]]:
    """Every column with its place; without one if it is not shown. Those that are shown come first."""
    used = view.columns
    others = [column for column in columns.ALL.values() if column not in used]
    return [*((column, place) for place, column in enumerate(used, start=1)), *((column, None) for column in others)]


def _chosen(request: SignedInRequest, data: QueryDict) -> View:
    view = shown.find(request.user, str(data.get("view", "")))
    if view is None:
        raise Http404
    return view


def _to_change(request: SignedInRequest, pk: int) -> SavedView:
    """The view, if the reader may change it, deleted or not; 404 otherwise."""
    view = get_object_or_404(SavedView.objects.select_related("owner", "unit"), pk=pk)
    if not rights.may_change(request.user, view):
        raise Http404
    return view


def _filter(request: SignedInRequest, query: QueryDict) -> OpportunityFilter:
    return OpportunityFilter(query, request=request)


def _posted_filter(request: SignedInRequest) -> OpportunityFilter:
    """The filters that the form has. Raises BadRequest without them: a view of everything is not what was asked for."""
    query = fields.only_value(request.POST, "query")
    if query is None:
        raise BadRequest("query is missing, or is there twice.")
    return _filter(request, QueryDict(query))


def _written(request: SignedInRequest, write: Callable[[int], HttpResponse]) -> HttpResponse:
    version = rendered_for.posted_id(request.POST, "version")
    return _refused_on_the_list(request, lambda: write(version))


def _refused_on_the_list(request: SignedInRequest, write: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        with written_or_refused(is_new=True):
            return write()
    except Refused as refusal:
        return _list(request, refusal)
