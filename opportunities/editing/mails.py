"""Writes a mail to a person of an opportunity, and the rules for it.

Call `send` inside an `editing` block, with the record that it yields. The mail and its row of the outbox are written in
the transaction of the block; a worker sends it. A mail is no change of the opportunity: it makes no event and no
version, and a closed opportunity takes it, too.
"""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from opportunities.customers import changing, saving
from opportunities.customers.models import Contact
from opportunities.editing import stamps
from opportunities.models import Opportunity, OpportunityMail
from opportunities.models.mails import MAIL_KIND
from opportunities.refusals import Refused
from salesflow import folding, safe_text
from salesflow.mail import outbox
from salesflow.users.models import User

ADDRESS_LENGTH = 254


class NoReplyAddress(Refused):
    """The sender has no mail address, so that nobody could answer."""

    code = "no_reply_address"


class NotInvolved(Refused):
    """The contact is no stakeholder of the opportunity, or not any more."""

    code = "not_involved"


class DoNotContact(Refused):
    """The contact does not want to be contacted."""

    code = "do_not_contact"


class AddressChanged(Refused):
    """The contact got another mail address since the page was opened. `address` is the one of now."""

    code = "address_changed"
    is_stale = True

    def __init__(self, sentence: str, *, address: str) -> None:
        super().__init__(sentence)
        self.address = address


class InvalidMail(Refused):
    """An entry is missing or cannot be sent. `field` names it."""

    code = "invalid_mail"


@dataclass(frozen=True)
class Letter:
    """What a person wrote. `seen_address` is the address of the contact that the page showed, empty for none.

    `typed_address` is one for a contact who has none; the contact keeps it.
    """

    contact_id: int
    subject: str
    text: str
    seen_address: str = ""
    typed_address: str = ""


def people(opportunity: Opportunity) -> QuerySet[Contact]:
    """Whom a mail may go to: the contact of the opportunity, then its other stakeholders. One query."""
    involved = Q(pk=opportunity.contact_id) | Q(stakes__opportunity=opportunity)
    first = Case(When(pk=opportunity.contact_id, then=Value(0)), default=Value(1))
    return Contact.objects.filter(involved).distinct().order_by(first, "sort_text", "pk")


def refuse_sender(by: User) -> None:
    """Refusal: NoReplyAddress."""
    if not by.email:
        raise NoReplyAddress(
            _("Your user has no mail address, so nobody could answer you. A manager can add it in the admin.")
        )


def refuse_contact(contact: Contact, address: str = "") -> None:
    """Refuses a contact who does not want to be contacted, and the address of one. Refusal: DoNotContact."""
    refused = contact if contact.do_not_contact else with_address(address or contact.email)
    if refused:
        raise DoNotContact(_("%(person)s does not want to be contacted.") % {"person": refused})


def with_address(address: str) -> Contact | None:
    """A contact with this mail address who does not want to be contacted. One query, if there is an address."""
    if not address:
        return None
    return Contact.objects.filter(email__iexact=address, do_not_contact=True).first()


def send(record: Opportunity, letter: Letter) -> OpportunityMail:
    """Writes the mail and asks the outbox to send it.

    Refusals: NoReplyAddress, NotInvolved, DoNotContact, AddressChanged, InvalidMail.
    """
    mail = OpportunityMail(opportunity=record, subject=letter.subject, text=letter.text)
    stamps.created(mail)
    refuse_sender(mail.created_by)
    mail.reply_to = mail.created_by.email
    mail.contact = _recipient(record, letter)
    mail.to = mail.contact.email or letter.typed_address
    _refuse_invalid(mail)
    refuse_contact(mail.contact, mail.to)
    if not mail.contact.email:
        changing.fill_in_email(mail.contact, mail.to, by=mail.created_by, at=mail.created_at)
    mail.outbox = outbox.send(kind=MAIL_KIND, at=mail.created_at, is_kept=True)
    mail.save()
    return mail


def _recipient(record: Opportunity, letter: Letter) -> Contact:
    """The contact, locked, if a mail may go to the address that the page showed."""
    is_involved = people(record).filter(pk=letter.contact_id).exists()
    contact = saving.locked(Contact, letter.contact_id) if is_involved else None
    if contact is None:
        raise NotInvolved(_("This person is not a stakeholder of the opportunity any more."))
    refuse_contact(contact)
    if contact.email != letter.seen_address:
        sentence = _("The mail address of %(person)s is now %(address)s. Look at it, then send again.")
        if not contact.email:
            sentence = _("%(person)s has no mail address any more. Type it, then send again.")
        raise AddressChanged(sentence % {"person": contact, "address": contact.email}, address=contact.email)
    return contact


def _refuse_invalid(mail: OpportunityMail) -> None:
    """Refuses what no mail program could show or no header may have. Refusal: InvalidMail."""
    checks = {
        "address": lambda: _refuse_text(mail.to, ADDRESS_LENGTH, is_address=True),
        "subject": lambda: _refuse_text(mail.subject, folding.LINE_LENGTH),
        "text": lambda: _refuse_text(mail.text, folding.TEXT_LENGTH, multiline=True),
    }
    for field, check in checks.items():
        try:
            check()
        except ValidationError as error:
            raise InvalidMail(" ".join(error.messages), field=field) from error


def _refuse_text(text: str, longest: int, *, multiline: bool = False, is_address: bool = False) -> None:
    safe_text.refuse_unsafe(text, multiline=multiline)
    MaxLengthValidator(longest)(text)
    safe_text.refuse_unseen(text)
    if is_address:
        validate_email(text)
