"""The kinds of rows that a picker chooses from, and how each is searched."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.text import capfirst

from opportunities.customers import erased, organisation_numbers
from opportunities.customers.models import Account, Competitor, Contact
from salesflow import folding, word_search
from salesflow.users.models import ROLES, SELLING_ROLES, with_role

MOST_ANSWERS = 20


class PickerKind:
    """A kind of rows with a name and `search_text`, such as accounts."""

    may_create = True

    def __init__(self, model: type[Any], *details: str) -> None:
        self.model = model
        self.details = details

    @property
    def label(self) -> str:
        return capfirst(self.model._meta.verbose_name)

    def all_rows(self) -> QuerySet[Any]:
        """All rows, also those that may not be chosen any more."""
        return self.model._default_manager.all()

    def rows(self) -> QuerySet[Any]:
        """The rows that may be chosen: those that are not archived."""
        return self.all_rows().filter(is_archived=False)

    def find(self, rows: QuerySet[Any], typed: str, *, account: int | None = None) -> list[Any]:
        """The rows whose names have all words of the text; names that begin with it come first.

        Returns at most one more than a picker shows.
        """
        found = rows.filter(word_search.condition(line_of(typed), "search_text"))
        wanted = " ".join(_words(typed))
        return list(found.order_by(*self.order(wanted, account), "sort_text", "pk")[: MOST_ANSWERS + 1])

    def order(self, wanted: str, account: int | None) -> Iterator[Case]:
        if wanted:
            yield _first(Q(search_text__startswith=wanted))

    def detail(self, row: Any) -> str:
        """The second line of an answer."""
        return ", ".join(str(value) for value in (getattr(row, name) for name in self.details) if value)


class AccountPickerKind(PickerKind):
    """Accounts. A text that is an organisation number finds the account that has it."""

    def find(self, rows: QuerySet[Any], typed: str, *, account: int | None = None) -> list[Any]:
        number = organisation_numbers.compact(line_of(typed))
        found = rows.filter(organisation_number=number).order_by("sort_text", "pk")[:MOST_ANSWERS] if number else []
        return list(found) or super().find(rows, typed, account=account)


class ContactPickerKind(PickerKind):
    """Contacts. Those of the chosen account come first; only they are listed if nothing was typed."""

    def all_rows(self) -> QuerySet[Any]:
        return super().all_rows().select_related("account")

    def rows(self) -> QuerySet[Any]:
        return super().rows().exclude(name=erased.ERASED)

    def find(self, rows: QuerySet[Any], typed: str, *, account: int | None = None) -> list[Any]:
        rows = rows.select_related("account")
        if account is not None and not _words(typed):
            rows = rows.filter(account=account)
        return super().find(rows, typed, account=account)

    def order(self, wanted: str, account: int | None) -> Iterator[Case]:
        if account is not None:
            yield _first(Q(account=account))
        yield from super().order(wanted, account)


class PersonPickerKind(PickerKind):
    """Active users with a role. They are few and have no search column, so Python folds their names."""

    may_create = False
    roles: Sequence[str] = ROLES

    def rows(self) -> QuerySet[Any]:
        return with_role(self.all_rows(), self.roles)

    def find(self, rows: QuerySet[Any], typed: str, *, account: int | None = None) -> list[Any]:
        people = rows.order_by("sort_text", "pk")
        return [person for person in people if word_search.is_in(_names(person), line_of(typed))][: MOST_ANSWERS + 1]

    def detail(self, row: Any) -> str:
        return "" if str(row) == row.username else row.username


class SellerPickerKind(PersonPickerKind):
    """Those who may own opportunities and tasks."""

    roles = SELLING_ROLES


KINDS: dict[str, PickerKind] = {
    "account": AccountPickerKind(Account, "city"),
    "contact": ContactPickerKind(Contact, "job_title", "account"),
    "competitor": PickerKind(Competitor),
    "person": PersonPickerKind(get_user_model()),
    "seller": SellerPickerKind(get_user_model()),
}


def line_of(typed: str) -> str:
    """As much of a text as a name may have."""
    return typed[: folding.LINE_LENGTH]


def _words(typed: str) -> list[str]:
    return folding.words(line_of(typed))


def _names(person: Any) -> str:
    return f"{person.get_full_name()} {person.username}"


def _first(condition: Q) -> Case:
    return Case(When(condition, then=Value(0)), default=Value(1))
