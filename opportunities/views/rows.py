"""What the pages of stakeholders, competitors and team members have in common: add, change, remove."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities import access, editing, rules
from opportunities.differences import Noun, Person
from opportunities.forms import picking
from opportunities.forms.rows import AddForm, ChangeForm, RemoveForm, RowForm
from opportunities.models import Opportunity
from opportunities.rules import ContactStays, MoveRefused, PassedGate
from opportunities.standing import Standing
from opportunities.views.request import opportunity_for, posted, see_other, status_of
from salesflow import once
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest
from stages import gates


@dataclass(frozen=True)
class Kind:
    """One noun whose rows hang on an opportunity: its forms, and the tab that lists it."""

    noun: Noun
    tab: str
    add_form: type[AddForm]
    change_form: type[ChangeForm]
    related: str
    is_led: bool = False  # changed by the owner and by managers only

    def rows(self, opportunity: Opportunity) -> QuerySet[Any]:
        """Those on the opportunity, ready to be listed."""
        rows: QuerySet[Any] = getattr(opportunity, self.noun.relation).select_related(self.related)
        return rows


def tab(user: User, opportunity: Opportunity, kind: Kind, token: str) -> dict[str, Any]:
    """What the tab of the opportunity page shows: the rows, and the form to add one, for those who may.

    All forms of a page carry its one token.
    """
    refusal = why_not(user, opportunity, kind)
    return {
        "rows": list(kind.rows(opportunity)),
        "add_form": None if refusal else kind.add_form(record=opportunity, initial={"token": token}),
    }


@dataclass(frozen=True)
class Answer:
    """What one page says: named after its view, as its template is."""

    name: str
    done: str | Promise
    row: Person | None = None


ADDED, CHANGED, REMOVED = gettext_lazy("%(name)s added."), gettext_lazy("Saved."), gettext_lazy("%(name)s removed.")


def add(request: SignedInRequest, pk: int, kind: Kind) -> HttpResponse:
    """A page with the form that also stands in the tab; `?stage=` leads back to a panel, `?role=` is proposed."""
    opportunity = opportunity_for(request, pk)
    form = kind.add_form(posted(request), record=opportunity, initial=asked(request, "role"))
    return answer(request, form, kind, Answer(f"{kind.noun.name}_add", ADDED))


def change(request: SignedInRequest, pk: int, row: int, kind: Kind) -> HttpResponse:
    opportunity = opportunity_for(request, pk)
    found = get_object_or_404(kind.rows(opportunity), pk=row)
    form = kind.change_form(posted(request), record=opportunity, row=found, initial=asked(request))
    return answer(request, form, kind, Answer(f"{kind.noun.name}_edit", CHANGED, found))


def remove(request: SignedInRequest, pk: int, row: int, kind: Kind) -> HttpResponse:
    """Asks first, so that it works without JavaScript and nobody removes by a slip."""
    opportunity = opportunity_for(request, pk)
    found = get_object_or_404(kind.rows(opportunity), pk=row)
    form = RemoveForm(posted(request), record=opportunity, row=found, initial=asked(request))
    return answer(request, form, kind, Answer(f"{kind.noun.name}_remove", REMOVED, found))


def asked(request: SignedInRequest, *names: str) -> dict[str, str]:
    """What the address proposes for these fields; every form takes `stage`."""
    return {name: request.GET[name] for name in ("stage", *names) if name in request.GET}


def answer(request: SignedInRequest, form: RowForm, kind: Kind, said: Answer) -> HttpResponse:
    """Write a good form and go back to where it was opened; else show its page, refused or not yet sent."""
    refusal = why_not(request.user, form.record, kind)
    if refusal:
        return page(request, form, kind, said, refusal=refusal, status=status_of(refusal) if form.is_bound else 200)
    if isinstance(form, picking.PickingForm) and picking.is_find(request):
        form.find()
        return page(request, form, kind, said)
    if not form.is_valid():
        return page(request, form, kind, said, status=422 if form.is_bound else 200)
    try:
        message = _written(request, form, kind, said)
    except MoveRefused as refused:
        form.refuse(refused)
        return page(request, form, kind, said, way_out=way_out(refused, form.record), status=status_of(refused))
    messages.success(request, message)
    return see_other(back(form, kind))


def _written(request: SignedInRequest, form: RowForm, kind: Kind, said: Answer) -> str:
    """Writes the form; what creates a row, once. Returns the message for the reader."""
    with editing.editing(
        form.record, by=request.user, at=timezone.now(), version=form.seen_version, page=form.page
    ) as record:
        if form.creates:
            once.claim(request)
        message = said.done % {"name": form.write_to(record)}
        if form.creates:
            once.remember(request, back(form, kind), message)
    return message


def why_not(user: User, opportunity: Opportunity, kind: Kind) -> MoveRefused | None:
    """What keeps this person from changing anything of this kind here, in the words of the rule itself."""
    try:
        editing.refuse_closed(opportunity)
        rules.refuse_changed_lead(user, opportunity, team_changed=kind.is_led, owner_changed=False)
    except MoveRefused as refusal:
        return refusal
    return None


def page(
    request: SignedInRequest,
    form: RowForm,
    kind: Kind,
    said: Answer,
    *,
    refusal: MoveRefused | None = None,
    way_out: "WayOut | None" = None,
    status: int = 200,
) -> HttpResponse:
    """The page of one form; with `refusal`, why there is none."""
    context = {
        "opportunity": form.record,
        "form": form,
        "form_errors": status != 200,
        "row": said.row,
        "refusal": refusal,
        "way_out": way_out,
        "back": back(form, kind),
        "may_lead": access.may_lead(request.user, form.record),
    }
    return render(request, f"opportunities/{said.name}.html", context, status=status)


def back(form: RowForm, kind: Kind) -> str:
    """The stage panel that the form was opened from, or else the tab."""
    query = f"?stage={form.back_to}" if form.back_to is not None else f"?tab={kind.tab}"
    return f"{form.record.get_absolute_url()}{query}"


@dataclass(frozen=True)
class WayOut:
    """Where a refused change becomes possible."""

    url: str
    text: str


def way_out(refusal: MoveRefused, opportunity: Opportunity) -> WayOut | None:
    if isinstance(refusal, PassedGate):
        stage = refusal.unmet[0].stage
        text = _("Show %(stage)s, where you can go back to change it") % {"stage": stage.name}
        return WayOut(f"{opportunity.get_absolute_url()}?stage={stage.pk}", text)
    if isinstance(refusal, ContactStays):
        return WayOut(_where_contact_is(opportunity), _("Change the contact"))
    return None


def _where_contact_is(opportunity: Opportunity) -> str:
    """The stage that asks for the contact; in a process without such a step, the page with all fields."""
    for stage in Standing.of(opportunity).stages:
        if any(step.field == "contact" for step in gates.steps_in_use(stage)):
            return f"{opportunity.get_absolute_url()}?stage={stage.pk}#id_contact"
    return f"{reverse('opportunity_edit', args=[opportunity.pk])}#id_contact"
