"""The page that writes a mail to a person of an opportunity, and sends it by the outbox.

With JavaScript it opens in place, at the step that asks for the mail.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from opportunities.customers.models import Contact
from opportunities.editing import mails
from opportunities.forms import fields
from opportunities.forms.mails import MailForm, first_values
from opportunities.http_status import status_of
from opportunities.models import MailTemplate, Opportunity
from opportunities.models.mail_templates import OF_STEPS
from opportunities.refusals import Refused
from opportunities.views import in_place, remedies
from opportunities.views.request import (
    editing_by,
    opportunity_for,
    posted,
    role_required,
    see_other,
    sent_once,
    shown_query,
    step_of,
)
from salesflow import once
from salesflow.users.requests import SignedInRequest
from stages.bilingual import readers_language
from stages.models import Step

MOST_PEOPLE = 50
LANGUAGES = ("en", "nb")


@dataclass
class Draft:
    """What the page is about: whom the mail goes to, in which language, and how it begins."""

    request: SignedInRequest
    opportunity: Opportunity
    step: Step | None

    @property
    def asked(self) -> Any:
        return self.request.POST if self.request.method == "POST" else self.request.GET

    @cached_property
    def people(self) -> list[Contact]:
        return list(mails.people(self.opportunity)[:MOST_PEOPLE])

    @cached_property
    def person(self) -> Contact | None:
        """The person asked for; on a page that asks for none, the first."""
        asked = fields.query_id(self.asked, "contact")
        found = next((each for each in self.people if each.pk == asked), None)
        return found or (next(iter(self.people), None) if asked is None else None)

    @property
    def others(self) -> list[Contact]:
        return [each for each in self.people if each != self.person]

    @cached_property
    def language(self) -> str:
        """The language asked for, or else that of the person, or else that of the reader."""
        asked = fields.only_value(self.asked, "language")
        known = self.person.language if self.person else ""
        return next((each for each in (asked, known) if each in LANGUAGES), None) or readers_language()

    @cached_property
    def templates(self) -> list[MailTemplate]:
        """The templates to choose from. A step has one of its own."""
        if self.step:
            return list(MailTemplate.objects.filter(key=OF_STEPS[self.step.field]))
        return list(MailTemplate.objects.filter(is_archived=False))

    @property
    def template(self) -> MailTemplate | None:
        if self.step:
            return next(iter(self.templates), None)
        asked = fields.query_id(self.asked, "template")
        return next((each for each in self.templates if each.pk == asked), None)

    @cached_property
    def refusal(self) -> Refused | None:
        """Why this person gets no mail from the reader."""
        try:
            mails.refuse_sender(self.request.user)
            if self.person:
                mails.refuse_contact(self.person)
        except Refused as refusal:
            return refusal
        return None

    @property
    def place(self) -> str:
        """The id of the place at a step in which the form is shown; empty for a page of its own."""
        return in_place.place_of(self.request) if self.step else ""

    @property
    def has_form(self) -> bool:
        """Whether the opportunity has a person to write to. A posted form shows its own refusal."""
        return bool(self.people) and (self.request.method == "POST" or self.refusal is None)

    def _query(self, **changed: Any) -> str:
        """The choices of the page, one of them changed."""
        template = self.template.pk if self.template and not self.step else None
        chosen = {"contact": self.person.pk if self.person else None, "language": self.language, "template": template}
        return urlencode({name: value for name, value in (chosen | changed).items() if value is not None})

    @property
    def in_other_language(self) -> str:
        return self._query(language="en" if self.language == "nb" else "nb")

    @property
    def other_templates(self) -> list[tuple[MailTemplate, str]]:
        """The templates to begin with instead, each with its query. A step has one of its own."""
        others = [] if self.step else [each for each in self.templates if each != self.template]
        return [(each, self._query(template=each.pk)) for each in others]

    @property
    def back(self) -> str:
        query = f"stage={self.step.stage_id}" if self.step else "tab=timeline"
        if self.place:
            query = shown_query(self.request)
        return f"{self.opportunity.get_absolute_url()}?{query}"

    @property
    def where_contact_is(self) -> str:
        return remedies.where_contact_is(self.opportunity)

    def form(self) -> MailForm:
        initial = in_place.token_of(self.request)
        if self.person:
            about: dict[str, Any] = {"by": self.request.user, "language": self.language, "template": self.template}
            initial |= first_values(self.opportunity, person=self.person, **about)
        return MailForm(posted(self.request), record=self.opportunity, step=self.step, initial=initial)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def mail_write(request: SignedInRequest, pk: int) -> HttpResponse:
    """A mail that begins empty, or with the template of `?template=`."""
    return _respond(request, Draft(request, opportunity_for(request, pk), None))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@in_place.opens_in_place
@sent_once
def mail_write_for(request: SignedInRequest, pk: int, step: int) -> HttpResponse:
    """The mail that a step asks for. It may mark the step complete."""
    opportunity = opportunity_for(request, pk)
    return _respond(request, Draft(request, opportunity, step_of(opportunity, step, field__in=OF_STEPS)))


def _respond(request: SignedInRequest, draft: Draft) -> HttpResponse:
    form = draft.form()
    form.refuse_unnamed()
    if not form.is_bound:
        form.fields["text" if "address" not in form.fields else "address"].widget.attrs["data-focus"] = ""
        return _page(request, draft, form, status=200)
    if not form.is_valid():
        return _page(request, draft, form, status=422)
    try:
        message = _sent(request, draft, form)
    except Refused as refusal:
        form.refuse(refusal)
        return _page(request, draft, form, status=status_of(refusal))
    messages.success(request, message)
    return see_other(draft.back)


def _sent(request: SignedInRequest, draft: Draft, form: MailForm) -> str:
    """Writes the mail once per form. Returns the message for the user."""
    with editing_by(request, form, closed="refuse" if form.completes else "allow") as record:
        once.claim(request)
        mail = form.write_to(record)
        message = _("The mail to %(person)s is on its way.") % {"person": mail.contact}
        once.remember(request, draft.back, message)
    return message


def _page(request: SignedInRequest, draft: Draft, form: MailForm, *, status: int) -> HttpResponse:
    context = {
        "opportunity": draft.opportunity,
        "draft": draft,
        "form": form,
        "place": draft.place,
        "back": draft.back,
        "form_errors": status != 200,
    }
    template = "mails/_in_place.html" if draft.place else "mails/mail_write.html"
    return render(request, template, context, status=status)
