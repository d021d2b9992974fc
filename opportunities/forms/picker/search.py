"""Searches for pickers, on a page and for htmx."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.core import signing
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from opportunities.customers.models import Account, Competitor, Contact
from salesflow import folding, safe_text
from salesflow.users.models import ROLES, SELLING_ROLES, with_role

_signer = signing.Signer(salt="opportunities.forms.picker")

MOST_ANSWERS = 20
NEW = "new"


class PickerKind:
    """A kind of rows with a name and `search_text`, such as accounts."""

    may_create = True

    def __init__(self, model: type[Any], *details: str) -> None:
        self.model = model
        self.details = details

    @property
    def label(self) -> str:
        return capfirst(self.model._meta.verbose_name)

    @property
    def may_share_names(self) -> bool:
        return bool(self.model.may_share_names)

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
        wanted = " ".join(_words(typed))
        found = rows.filter(*(Q(search_text__contains=word) for word in wanted.split()))
        return list(found.order_by(*self.order(wanted, account), "sort_text", "pk")[: MOST_ANSWERS + 1])

    def order(self, wanted: str, account: int | None) -> Iterator[Case]:
        if wanted:
            yield _first(Q(search_text__startswith=wanted))

    def detail(self, row: Any) -> str:
        """The second line of an answer."""
        return ", ".join(str(value) for value in (getattr(row, name) for name in self.details) if value)


class ContactPickerKind(PickerKind):
    """Contacts. Those of the chosen account come first; only they are listed if nothing was typed."""

    def all_rows(self) -> QuerySet[Any]:
        return super().all_rows().select_related("account")

    def find(self, rows: QuerySet[Any], typed: str, *, account: int | None = None) -> list[Any]:
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
        words = _words(typed)
        people = rows.order_by("sort_text", "pk")
        return [person for person in people if all(word in _names(person) for word in words)][: MOST_ANSWERS + 1]

    def detail(self, row: Any) -> str:
        return "" if str(row) == row.username else row.username


class SellerPickerKind(PersonPickerKind):
    """Those who may own opportunities and tasks."""

    roles = SELLING_ROLES


KINDS: dict[str, PickerKind] = {
    "account": PickerKind(Account, "city"),
    "contact": ContactPickerKind(Contact, "job_title", "account"),
    "competitor": PickerKind(Competitor),
    "person": PersonPickerKind(get_user_model()),
    "seller": SellerPickerKind(get_user_model()),
}


@dataclass(frozen=True)
class Question:
    """A search of one picker, with its present choice."""

    kind: PickerKind
    name: str  # of the form field
    typed: str = ""
    choice: str = ""  # as posted: an id, NEW or nothing
    chosen: Any = None  # the row of that id
    is_asked: bool = True
    is_optional: bool = False
    may_create: bool = False
    account: int | None = None
    rows: QuerySet[Any] | None = None


@dataclass(frozen=True)
class Choice:
    value: str
    name: str
    detail: str = ""
    is_checked: bool = False

    @property
    def is_new(self) -> bool:
        return self.value == NEW


@dataclass(frozen=True)
class Answers:
    """The answers to a question, for `_picker_answers.html`."""

    name: str
    asked: str
    said: str = ""
    choices: list[Choice] = field(default_factory=list)


def answers(question: Question) -> Answers:
    """The present choice, the rows found, None, and Create. One query, or none while the user does not search."""
    found = _found(question) if question.is_asked else []
    rest = [row for row in found[:MOST_ANSWERS] if row != question.chosen]
    rows, new = list(_rows(question, rest)), list(_new(question, found))
    choices = [*rows, *(_none(question) if rows or new else ()), *new]
    return Answers(question.name, question.typed, _said(question, found), choices)


def signed(what: str, pk: int) -> str:
    """The signed id of the row that a form had before, for the address of htmx. Only we can sign an id."""
    return _signer.sign_object([what, pk])


def present(what: str, mark: str) -> int | None:
    """The id that `signed` signed, or None."""
    try:
        kind, pk = _signer.unsign_object(mark)
    except (signing.BadSignature, ValueError):
        return None
    return int(pk) if kind == what else None


def is_match(row: Any, typed: str) -> bool:
    """Whether the row's name has every word of the text."""
    name = folding.folded(str(row))
    return all(word in name for word in _words(typed))


def _found(question: Question) -> list[Any]:
    rows = question.kind.rows() if question.rows is None else question.rows
    return question.kind.find(rows, question.typed, account=question.account)


def _rows(question: Question, rest: Iterable[Any]) -> Iterator[Choice]:
    kind = question.kind
    if question.chosen is not None:
        row = question.chosen
        yield Choice(str(row.pk), str(row), kind.detail(row), is_checked=True)
    for row in rest:
        yield Choice(str(row.pk), str(row), kind.detail(row))


def _none(question: Question) -> Iterator[Choice]:
    if question.is_optional:
        yield Choice("", gettext("None"), is_checked=not question.choice and not question.typed)


def _new(question: Question, found: list[Any]) -> Iterator[Choice]:
    name = question.typed.strip() if question.is_asked or question.choice == NEW else ""
    is_there = any(folding.folded(str(row)) == folding.folded(name) for row in found)
    if question.may_create and safe_text.is_seen(name) and (question.kind.may_share_names or not is_there):
        label = gettext("Create “%(name)s”") % {"name": name}
        is_only_answer = not found and question.chosen is None and question.choice != NEW
        yield Choice(NEW, label, is_checked=is_only_answer or question.choice == NEW)


def _said(question: Question, found: list[Any]) -> str:
    if not question.is_asked:
        return ""
    if not found:
        return gettext("Nothing found for “%(text)s”.") % {"text": question.typed} if question.typed else ""
    if len(found) > MOST_ANSWERS:
        return gettext("The first %(count)d answers. Type more to narrow them.") % {"count": MOST_ANSWERS}
    return ngettext("%(count)d answer", "%(count)d answers", len(found)) % {"count": len(found)}


def _first(condition: Q) -> Case:
    return Case(When(condition, then=Value(0)), default=Value(1))


def _words(typed: str) -> list[str]:
    return folding.words(typed[: folding.LINE_LENGTH])


def _names(person: Any) -> str:
    return folding.folded(f"{person.get_full_name()} {person.username}")
