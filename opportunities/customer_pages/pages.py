"""What the pages of accounts, of contacts and of competitors have in common, and in what they differ."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from opportunities.customer_pages.filters import CustomerFilter
from opportunities.customer_pages.forms import CustomerForm
from opportunities.customers.models import Customer
from opportunities.imports import fields
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest

Text = str | Promise


@dataclass(frozen=True)
class Texts:
    """What the pages say about the noun."""

    title: Text  # the noun, in the plural
    new: Text
    created: Text
    edit: Text
    none_yet: Text
    belongs_here: Text
    nothing_found: Text
    filter: Text
    archived: Text  # what it means that this one is archived
    counted: Callable[[int], str]


@dataclass(frozen=True)
class CustomerPages:
    """The pages of one noun. Their addresses are named `account_list`, `account_new`, `account_page` and so on."""

    model: type[Customer]
    new_form: type[CustomerForm]
    edit_form: type[CustomerForm]
    filter: type[CustomerFilter]
    texts: Texts
    rows: Callable[[], QuerySet[Any]]
    """The rows of the list, with what a row of it shows."""
    about_rows: Callable[[list[Any], User], Mapping[str, Any]] = field(default=lambda rows, reader: {})
    """More context of the list, for the rows of one page of it."""
    first_values: Callable[[SignedInRequest], Mapping[str, Any]] = field(default=lambda request: {})
    """What the form of a new one contains."""

    @property
    def imported_as(self) -> str:
        """What an import calls the noun; empty if a file brings none."""
        return next((name for name, model in fields.NOUNS.items() if model is self.model), "")

    @property
    def noun(self) -> str:
        return str(self.model._meta.model_name)

    @property
    def table(self) -> str:
        """The template of the list's table."""
        return f"customers/_{self.noun}_table.html"

    @property
    def names(self) -> dict[str, str]:
        """The names of the addresses."""
        whats = ("list", "new", "page", "page_edit", "page_archive", "page_restore", "page_history")
        return {what: f"{self.noun}_{what}" for what in whats}
