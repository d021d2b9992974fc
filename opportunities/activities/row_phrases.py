"""Says in phrases what an event changed of a child row."""

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext

from opportunities import display
from opportunities.activities import named_rows, presentations
from opportunities.activities.phrases import Phrase, PhraseText, PhraseValue, phrase
from opportunities.editing import children


def of_row(row: dict[str, Any]) -> Iterator[Phrase]:
    if row["what"] == "changed":
        for change in row["changes"]:
            yield from _of_column(row, change)
        return
    table = row["table"]
    says, side = children.CHILDREN[table].says, "new" if row["what"] == "added" else "old"
    is_later = any(change["field"] == "number" and (change[side] or 0) > 1 for change in row["changes"])
    first, again = (says.added, says.added_again) if side == "new" else (says.removed, says.removed_again)
    sentence = inside(again if is_later and again else first)
    values: dict[str, Any] = {
        each["field"]: named_rows.logged(each["field"], each[side], table) for each in row["changes"]
    }
    if (table, side) == (children.PRESENTATION.name, "new"):
        sentence = presentations.sentence({each["field"]: each["new"] for each in row["changes"]})
        values |= {"to": values.get("attendees", ""), "day": values.get("held_on", "")}
    name = values.get("file", "") if table == children.PRESENTATION.name else named_rows.subject(row)
    bodies = [_text_of(each, table) for each in row["changes"] if each["field"] in says.bodies and each[side]]
    is_telling = says.is_telling and side == "new"
    yield phrase(sentence, *bodies, is_telling=is_telling, **values | {"name": name})


def _of_column(row: dict[str, Any], change: dict[str, Any]) -> Iterator[Phrase]:
    """The change of one column of a child row."""
    table, column = children.CHILDREN[row["table"]], change["field"]
    named: dict[str, Any] = {"name": named_rows.subject(row)}
    if column in table.says.ended:
        yield phrase(inside(table.says.ended[column]), **named)
    elif column in table.says.bodies:
        yield phrase(inside(table.says.rewritten), _text_of(change, table.name), **named)
    elif column in table.says.ticked:
        is_set, is_cleared = table.says.ticked[column]
        yield phrase(inside(is_set if change["new"] else is_cleared), **named)
    elif column in table.says.renamed:
        yield phrase(inside(table.says.renamed[column]), old=str(change["old"]), new=str(change["new"]))
    elif column not in table.filled or column == "attendees":
        old, new = (named_rows.logged(column, change[side], table.name) for side in ("old", "new"))
        values: dict[str, Any] = {"label": display.label(column, table=table.name), "old": old, "new": new}
        name = PhraseValue(phrase(str(table.says.referred_to or "%(name)s"), **named).parts)
        yield phrase(_value_of_child(old, new), name=name, **values)


def _text_of(change: dict[str, Any], table: str) -> PhraseText:
    """The text, with its label where the table has several."""
    is_one_of_several = len(children.CHILDREN[table].says.bodies) > 1
    label = display.label(change["field"], table=table) if is_one_of_several else ""
    return PhraseText(change["new"] or "", before=change["old"] or "", label=label)


def inside(sentence: str | Promise) -> str:
    """A sentence that begins with its verb, inside another one."""
    return str(sentence)[:1].lower() + str(sentence)[1:]


def _value_of_child(old: PhraseValue, new: PhraseValue) -> str:
    if not new:
        return gettext("cleared %(label)s of %(name)s (was %(old)s)")
    if old:
        return gettext("set %(label)s of %(name)s to %(new)s (was %(old)s)")
    return gettext("set %(label)s of %(name)s to %(new)s")
