"""Searches for pickers, on a page and for htmx."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext

from opportunities.customers import duplicates
from opportunities.customers.duplicates import LikelyRow
from opportunities.forms.picker.kinds import MOST_ANSWERS, PickerKind, line_of
from salesflow import safe_text, word_search

_signer = signing.Signer(salt="opportunities.forms.picker")

NEW = "new"


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
class PickerChoice:
    value: str
    name: str
    detail: str = ""
    is_checked: bool = False
    why: str = ""
    """What makes it a likely duplicate of what would be created."""

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
    choices: list[PickerChoice] = field(default_factory=list)


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
    said = _probably_there(question) if any(choice.is_new for choice in new) and like else _said(question, shown)
    return Answers(question.name, question.typed, said, " ".join(map(str, seen)), choices)


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
    return word_search.is_in(str(row), line_of(typed))


def _found(question: Question) -> list[Any]:
    rows = question.kind.rows() if question.rows is None else question.rows
    return question.kind.find(rows, question.typed, account=question.account)


def _like(question: Question) -> list[LikelyRow]:
    """The likely duplicates of what would be created."""
    if not question.is_asked or not question.new_name:
        return []
    return duplicates.like(question.kind.model, {"name": question.new_name, "account_id": question.account})


def _rows(question: Question, rest: list[Any], like: list[LikelyRow]) -> Iterator[PickerChoice]:
    """The chosen row, the likely duplicates that no search finds, and the rows found; with what makes each likely."""
    kind = question.kind
    if question.chosen is not None:
        row = question.chosen
        yield PickerChoice(str(row.pk), str(row), kind.detail(row), is_checked=True)
    why = {each.row.pk: each.reasons for each in like}
    unfound = [each.row for each in like if each.row not in rest and each.row != question.chosen]
    for row in [*(row for row in unfound if not row.is_archived), *rest]:
        yield PickerChoice(str(row.pk), str(row), kind.detail(row), why=why.get(row.pk, ""))


def _none(question: Question) -> Iterator[PickerChoice]:
    if question.is_optional:
        yield PickerChoice("", gettext("None"), is_checked=not question.choice and not question.typed)


def _new(question: Question, seen: Collection[int], *, is_only: bool) -> Iterator[PickerChoice]:
    """The choice to create what was typed. It stays chosen, unless there are likely duplicates that are new."""
    if not question.new_name:
        return
    label = gettext("Create “%(name)s” all the same") if seen else gettext("Create “%(name)s”")
    was_chosen = question.choice == NEW and set(seen) <= set(question.seen)
    is_only_answer = is_only and question.chosen is None and question.choice != NEW
    yield PickerChoice(NEW, label % {"name": question.new_name}, is_checked=is_only_answer or was_chosen)


def _probably_there(question: Question) -> str:
    """What the picker says above likely duplicates of what would be created."""
    said = gettext("“%(name)s” is probably there already. Choose it here, or create it all the same.")
    return said % {"name": question.new_name}


def _said(question: Question, found: int) -> str:
    if not question.is_asked:
        return ""
    if not found:
        return gettext("Nothing found for “%(text)s”.") % {"text": question.typed} if question.typed else ""
    if found > MOST_ANSWERS:
        return gettext("The first %(count)d answers. Type more to narrow them.") % {"count": MOST_ANSWERS}
    return ngettext("%(count)d answer", "%(count)d answers", found) % {"count": found}
