"""The form of a mail to a person of an opportunity."""

from typing import Any, cast

from crispy_forms.layout import Layout
from crispy_forms.utils import TEMPLATE_PACK
from django import forms
from django.core.validators import validate_email
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from opportunities.customers.models import Contact
from opportunities.editing import mails
from opportunities.editing.mails import ADDRESS_LENGTH, Letter
from opportunities.forms import fields, rendered_for
from opportunities.forms.base import EditingForm
from opportunities.models import MailTemplate, Opportunity, OpportunityMail
from opportunities.refusals import Refused
from salesflow.users.models import User
from stages.models import Step

COMPLETE = "complete"
"""The value of `also` of the button that sends the mail and marks the step complete."""


class EnterSendsNothing:
    """A layout object with an invisible disabled button. Enter presses the first button, so it sends no mail."""

    def render(self, form: Any, context: Any, template_pack: Any = TEMPLATE_PACK, **kwargs: Any) -> str:
        return render_to_string("mails/_enter_sends_nothing.html")


class MailForm(EditingForm):
    """Writes a mail to `person`. A person without an address gets one that is typed here, and keeps it.

    `language` is that of the mail, `en` or `nb`. `step` is the step that the mail may complete, if any.
    """

    creates = True
    record: Opportunity

    contact = fields.IdField()
    seen_address = forms.CharField(required=False, widget=fields.SingleHiddenInput)
    language = forms.CharField(required=False, widget=fields.SingleHiddenInput)
    address = fields.LineField(
        label=_("Mail address"),
        max_length=ADDRESS_LENGTH,
        validators=[validate_email],
        error_messages={"required": _("Type the mail address.")},
        help_text=_("It is saved with the contact."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    subject = fields.LineField(label=_("Subject"), error_messages={"required": _("Write a subject.")})
    text = fields.TextField(label=_("Text"), error_messages={"required": _("Write the mail first.")})

    def __init__(self, *args: Any, step: Step | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("version", "token"):  # of a form in place: the panel around it has these fields, too
            self.fields[name].widget.attrs["id"] = f"id_mail_{name}"
        self.step = step
        self._address = self.fields["address"]
        self._offer_address(not self["seen_address"].value())

    def _offer_address(self, is_missing: bool) -> None:
        """Asks for an address only if the page shows none."""
        self.fields.pop("address", None)
        if is_missing:
            self.fields["address"] = self._address
        language = self["language"].value()
        for name in ("subject", "text"):
            self.fields[name].widget.attrs["lang"] = language if language in ("en", "nb") else "en"
        hidden = [name for name, field in self.fields.items() if field.widget.is_hidden]
        shown = [name for name in ("address", "subject", "text") if name in self.fields]
        self.helper.layout = Layout(EnterSendsNothing(), *hidden, *shown)

    @property
    def completes(self) -> bool:
        """Whether the pressed button also marks the step complete."""
        return self.step is not None and self.data.get("also") == COMPLETE

    @property
    def may_complete(self) -> bool:
        """Whether the page offers that button."""
        return self.step is not None and self.record.is_open and not getattr(self.record, self.step.field)

    def refuse_unnamed(self) -> None:
        super().refuse_unnamed()
        if self.is_bound:
            rendered_for.posted_id(cast(QueryDict, self.data), "contact")

    def write_to(self, record: Opportunity) -> OpportunityMail:
        """Sends the mail, inside `editing`, and marks the step complete if that button was pressed."""
        entries = self.cleaned_data
        letter = Letter(
            contact_id=entries["contact"],
            subject=entries["subject"],
            text=entries["text"],
            seen_address=entries["seen_address"],
            typed_address=entries.get("address", ""),
        )
        mail = mails.send(record, letter)
        if self.completes and self.step is not None:
            setattr(record, self.step.field, True)
        return mail

    def refuse(self, refusal: Refused) -> None:
        super().refuse(refusal)
        if isinstance(refusal, mails.AddressChanged):
            data = cast(QueryDict, self.data).copy()
            data["seen_address"] = refusal.address
            self.data = data
            self._offer_address(not refusal.address)


def first_values(
    record: Opportunity, *, person: Contact, by: User, language: str, template: MailTemplate | None
) -> dict[str, str]:
    """What a new form shows: the template in the language of the mail, with the names filled in."""
    named = {
        "contact": person.name,
        "first_name": person.name.split()[0] if person.name.split() else person.name,
        "account": record.account.name if record.account else "",
        "opportunity": record.name,
        "owner": str(record.owner),
        "sender": str(by),
    }
    first = {"contact": str(person.pk), "seen_address": person.email, "language": language}
    if template is None:
        return first
    return first | {"subject": template.subject(language, named), "text": template.body(language, named)}
