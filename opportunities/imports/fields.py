"""The fields that a row of a file can fill, for each noun."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from opportunities.customers import entered
from opportunities.customers.models import Account, Contact
from opportunities.editing import answers
from opportunities.editing.answer_kinds import kind_of
from opportunities.models import Closing, Opportunity, Task

OPPORTUNITIES, ACCOUNTS, CONTACTS = "opportunities", "accounts", "contacts"
NOUNS = {OPPORTUNITIES: Opportunity, ACCOUNTS: Account, CONTACTS: Contact}


@dataclass(frozen=True, eq=False)
class ImportField:
    """A field that a column can fill. `kind` says how its cells are read: a name in `values.READERS`.

    `column` is the column of the model that stores the value, if one does.
    """

    name: str
    kind: str
    given_label: Promise | str = ""
    column: Any = None
    is_required: bool = False

    @property
    def label(self) -> str:
        return capfirst(str(self.given_label or self.column.verbose_name))


def _column(model: Any, name: str) -> Any:
    return model._meta.get_field(name)


_IDENTITY = (
    ImportField("external_id", "line", _("External id")),
    ImportField("row_version", "number", _("Row version")),
)
_ACCOUNT_ID = ImportField("account_id", "line", _("External id of the account"))

_OF_OPPORTUNITIES = (
    *_IDENTITY,
    _ACCOUNT_ID,
    ImportField("contact_id", "line", _("External id of the contact")),
    ImportField("contact_email", "email", _("E-mail of the contact"), _column(Contact, "email")),
    ImportField("process", "line", _("Process")),
    ImportField("stage", "stage", _("Stage")),
    ImportField("status", "status", _("Status")),
    ImportField("status_reason", "reason", _("Status reason")),
    ImportField("created_on", "moment", _("Created")),
    ImportField("stage_entered_on", "moment", _("In the stage since")),
    ImportField("closed_on", "date", _("Closed on")),
    ImportField("actual_revenue", "money", _("Actual revenue"), _column(Opportunity, "actual_revenue")),
    ImportField("close_date", "date", _("Close date: expected, or that of the closing")),
    ImportField("amount", "money", _("Amount: estimated, or actual if won"), _column(Opportunity, "actual_revenue")),
    ImportField("currency", "currency", _("Currency")),
    ImportField("close_description", "text", _("Description of the closing"), _column(Closing, "description")),
    ImportField("competitor", "names", _("Competitors")),
    ImportField("next_step", "line", _("Next step"), _column(Task, "text")),
    ImportField("next_step_due", "date", _("Next step due"), _column(Task, "due")),
    ImportField("note", "text", _("Note")),
)
"""What an opportunity takes besides the columns that people fill in."""

_OF_ACCOUNTS = (*_IDENTITY, ImportField("parent_id", "line", _("External id of the parent account")))

_OF_CONTACTS = (
    *_IDENTITY,
    _ACCOUNT_ID,
    ImportField("first_name", "line", _("First name")),
    ImportField("last_name", "line", _("Last name")),
)

_KINDS = {
    "probability": "percent",
    "email": "email",
    "phone": "phone",
    "website": "website",
    "country": "country",
    "organisation_number": "line",  # read with the country of the row, by `customers.entered`
}
"""The kinds of columns that are read in another way than their type says."""

_BY_NAME = {"account": Account, "contact": Contact, "parent": Account}
"""The relations that a file names: the cell is a name, and nothing is looked up here."""


@functools.cache
def of(noun: str) -> Mapping[str, ImportField]:
    """The fields of this noun by name, in the order in which people choose from them."""
    if noun == OPPORTUNITIES:
        own: Iterable[Any] = (answer.column for answer in answers.EDITABLE)
        more: Iterable[ImportField] = _OF_OPPORTUNITIES
    else:
        model = NOUNS[noun]
        own = (entered.column(model, name) for name in entered.columns(model))
        more = _OF_CONTACTS if noun == CONTACTS else _OF_ACCOUNTS
    return _in_order((*map(_of_column, own), *more))


def _in_order(found: Iterable[ImportField]) -> dict[str, ImportField]:
    return {each.name: each for each in found}


def _of_column(column: Any) -> ImportField:
    name = column.name
    if name == "owner":
        return ImportField(name, "owner", column=column)
    if name in _BY_NAME:
        return ImportField(name, "line", column.verbose_name, _column(_BY_NAME[name], "name"))
    return ImportField(name, _KINDS.get(name, kind_of(column)), column=column, is_required=name == "name")


@functools.cache
def required(noun: str) -> tuple[ImportField, ...]:
    """The fields that every row of this noun needs."""
    return tuple(each for each in of(noun).values() if each.is_required)
