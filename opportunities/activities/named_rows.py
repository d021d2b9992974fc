"""The names of accounts, contacts and competitors in the log, as pieces that lead to their pages. No query.

The page of a row that was merged leads to the one that stayed.
"""

from typing import Any

from opportunities import display
from opportunities.activities import phrases
from opportunities.activities.phrases import PhrasePart, Value
from opportunities.customers import erased, nouns
from opportunities.customers.models import Contact
from opportunities.editing import answers
from opportunities.editing.children import CHILDREN


def named(model: Any, pk: int | None, name: str) -> Value:
    """The name as a link, if it is that of an account, contact or competitor whose id the log has."""
    if pk is None or not name or model not in nouns.MODELS.values():
        return name
    return (PhrasePart(erased.shown(name), address=model.address_of(pk)),)


def logged(name: str, given: Any, table: str = "") -> Value:
    """A value of the log; empty for none."""
    if isinstance(given, list) and name == "attendees":
        people = [list(phrases.parts_of(named(Contact, each["id"], each["name"]))) for each in given]
        return tuple(phrases.in_a_row(people))
    text = display.logged(name, given, table)
    model = answers.of(name, table).column.related_model
    return named(model, given["id"], text) if isinstance(given, dict) else text


def subject(row: dict[str, Any]) -> Value:
    """The name of a child row. Events of older versions have no id of its person or competitor."""
    return named(CHILDREN[row["table"]].subject_model, row.get("subject"), str(row["name"]))


def merged(noun: str, row: dict[str, Any]) -> Value:
    return named(nouns.MODELS[noun], row["id"], row["name"])
