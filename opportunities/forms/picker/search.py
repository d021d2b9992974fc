"""Searches for pickers, on a page and for htmx."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.core import signing
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from opportunities.customers import duplicates
from opportunities.customers.duplicates import Candidate
from opportunities.customers.models import Account, Competitor, Contact
from salesflow import folding, safe_text, word_search
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
        found = rows.filter(word_search.condition(_line(typed), "search_text"))
        wanted = " ".join(_words(typed))
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
        return [person for person in people if word_search.is_in(_names(person), _line(typed))][: MOST_ANSWERS + 1]

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
    seen: tuple[int, ...] = ()  # the ids of the likely duplicates that the page showed before

    @property
    def new_name(self) -> str:
        """The name that may be created, if one was typed."""
        name = self.typed.strip() if self.is_asked or self.choice == NEW else ""
        return name if self.may_create and safe_text.is_seen(name) else ""


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
    like: str = ""  # the ids of the likely duplicates among them, for a hidden field
    choices: list[Choice] = field(default_factory=list)


def answers(question: Question) -> Answers:
    """The present choice, the rows found, None, and Create. No query while the user does not search.

    What would be created is compared with what is there: its likely duplicates are answers, too.
    """
    found = _found(question) if question.is_asked else []
    like = _like(question)
    rest = [row for row in found[:MOST_ANSWERS] if row != question.chosen]
    rows = list(_rows(question, rest, like))
    seen = [each.row.pk for each in like] if question.is_asked else question.seen
    new = list(_new(question, seen, is_only=not rows))
    choices = [*rows, *(_none(question) if rows or new else ()), *new]
    shown = len(found) + sum(each.row not in found for each in like)
    return Answers(question.name, question.typed, _said(question, shown), " ".join(map(str, seen)), choices)


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
    return word_search.is_in(str(row), _line(typed))


def _found(question: Question) -> list[Any]:
    rows = question.kind.rows() if question.rows is None else question.rows
    return question.kind.find(rows, question.typed, account=question.account)


def _like(question: Question) -> list[Candidate]:
    """The likely duplicates of what would be created."""
    if not question.is_asked or not question.new_name:
        return []
    return duplicates.like(question.kind.model, {"name": question.new_name, "account_id": question.account})


def _rows(question: Question, rest: list[Any], like: list[Candidate]) -> Iterator[Choice]:
    """The chosen row, the rows found, and the likely duplicates that no search finds."""
    kind = question.kind
    if question.chosen is not None:
        row = question.chosen
        yield Choice(str(row.pk), str(row), kind.detail(row), is_checked=True)
    for row in rest:
        yield Choice(str(row.pk), str(row), kind.detail(row))
    for each in like:
        if each.row not in rest and each.row != question.chosen and not each.row.is_archived:
            detail = ", ".join(text for text in (each.reasons, kind.detail(each.row)) if text)
            yield Choice(str(each.row.pk), str(each.row), detail)


def _none(question: Question) -> Iterator[Choice]:
    if question.is_optional:
        yield Choice("", gettext("None"), is_checked=not question.choice and not question.typed)


def _new(question: Question, seen: Collection[int], *, is_only: bool) -> Iterator[Choice]:
    """The choice to create what was typed. It stays chosen, unless there are likely duplicates that are new."""
    if not question.new_name:
        return
    label = gettext("Create “%(name)s” all the same") if seen else gettext("Create “%(name)s”")
    was_chosen = question.choice == NEW and set(seen) <= set(question.seen)
    is_only_answer = is_only and question.chosen is None and question.choice != NEW
    yield Choice(NEW, label % {"name": question.new_name}, is_checked=is_only_answer or was_chosen)


def _said(question: Question, found: int) -> str:
    if not question.is_asked:
        return ""
    if not found:
        return gettext("Nothing found for “%(text)s”.") % {"text": question.typed} if question.typed else ""
    if found > MOST_ANSWERS:
        return gettext("The first %(count)d answers. Type more to narrow them.") % {"count": MOST_ANSWERS}
    return ngettext("%(count)d answer", "%(count)d answers", found) % {"count": found}


def _first(condition: Q) -> Case:
    return Case(When(condition, then=Value(0)), default=Value(1))


def _line(typed: str) -> str:
    """As much of a text as a name may have."""
    return typed[: folding.LINE_LENGTH]


def _words(typed: str) -> list[str]:
    return folding.words(_line(typed))


def _names(person: Any) -> str:
    return f"{person.get_full_name()} {person.username}"
