"""The names of accounts, contacts and competitors in the log, as pieces that lead to their pages. No query.

The page of a row that was merged leads to the one that stayed.
"""

from typing import Any

from opportunities import display
from opportunities.activities import phrases
from opportunities.activities.phrases import PhraseValue
from opportunities.customers import nouns
from opportunities.customers.models import Contact
from opportunities.editing import answers
from opportunities.editing.children import CHILDREN


def named(model: Any, pk: int | None, name: str) -> PhraseValue:
    """The name as a link, if it is that of an account, contact or competitor whose id the log has."""
    if pk is None or not name or model not in nouns.MODELS.values():
        return PhraseValue.of(name)
    return PhraseValue.of(name, model.address_of(pk))


def logged(name: str, given: Any, table: str = "") -> PhraseValue:
    """A value of the log; empty for none."""
    if isinstance(given, list) and name == "attendees":
        people = [list(named(Contact, each["id"], each["name"]).parts) for each in given]
        return PhraseValue(tuple(phrases.in_a_row(people)))
    text = display.logged(name, given, table)
    model = answers.of(name, table).column.related_model
    return named(model, given["id"] if isinstance(given, dict) else None, text)


def subject(row: dict[str, Any]) -> PhraseValue:
    """The name of a child row. Events of older versions have no id of its person or competitor."""
    return named(CHILDREN[row["table"]].subject_model, row.get("subject"), str(row["name"]))


def merged(noun: str, row: dict[str, Any]) -> PhraseValue:
    return named(nouns.MODELS[noun], row["id"], row["name"])
