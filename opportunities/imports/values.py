"""Reads a cell as the value of a field, by the kind of the field.

Forms, the columns and `money` say what may be; here is what files write in another way. `read` raises BadCell for
everything that is no value, and nothing else.
"""

import datetime
import functools
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django_countries import countries

from opportunities.editing.answer_kinds import KINDS, kind_of
from opportunities.forms import fields as form_fields
from opportunities.imports import amounts, days, languages, sentences
from opportunities.imports.bad_cell import BadCell
from opportunities.imports.fields import ImportField
from opportunities.imports.mapping import FRACTION, WORDS, Mapping, StageMeaning, source
from opportunities.imports.reading.cells import Cell, is_blank, line, text
from salesflow import folding

YES = {"yes", "ja", "y", "j", "true", "sant", "1", "x", "on"}
NO = {"no", "nei", "n", "false", "usant", "0", "off", "-"}

_NAMES_APART = re.compile(r"[;\n\r]+")


Reader = Callable[[ImportField, Cell, Mapping], Any]


def read(field: ImportField, cell: Cell, mapping: Mapping) -> Any:
    """The value of a cell as the field stores it; None for a blank cell. Raises BadCell.

    Days are dates, moments aware datetimes or dates without a time, amounts Decimals, names of accounts, contacts and
    competitors texts. A stage is a `StageMeaning`, a status a word of `mapping.STATUSES`, reasons and owners are ids.
    """
    if is_blank(cell):
        return None
    try:
        return _cleaned(field, READERS[field.kind](field, cell, mapping))
    except ValidationError as error:
        raise BadCell(" ".join(error.messages), code=_code(error)) from error


def _code(error: ValidationError) -> str:
    found = getattr(error, "error_list", [])
    return (found[0].code if found else "") or "invalid"


def _cleaned(field: ImportField, value: Any) -> Any:
    """The value if its column takes it. Raises ValidationError."""
    if field.column is None or field.column.is_relation or value is None:
        return value
    return KINDS[kind_of(field.column)].clean(field.column, value)


# Texts


def _line(field: ImportField, cell: Cell, mapping: Mapping) -> str:
    return str(_form_field(field).clean(line(cell)))


def _text(field: ImportField, cell: Cell, mapping: Mapping) -> str:
    lines = text(cell).replace("\r\n", "\n").replace("\r", "\n")
    return str(_form_field(field).clean(lines))


@functools.cache
def _form_field(field: ImportField) -> forms.Field:
    """The form field that takes such a text on a page."""
    made, longest = _FORM_FIELDS.get(field.kind, (form_fields.LineField, folding.LINE_LENGTH))
    return made(max_length=getattr(field.column, "max_length", None) or longest)


_FORM_FIELDS: dict[str, tuple[Any, int]] = {
    "text": (form_fields.TextField, folding.TEXT_LENGTH),
    "email": (form_fields.MailField, folding.LINE_LENGTH),
    "website": (form_fields.WebsiteField, folding.LINE_LENGTH),
}


def _email(field: ImportField, cell: Cell, mapping: Mapping) -> str:
    typed = line(cell).removeprefix("mailto:").removesuffix(";")
    return str(_form_field(field).clean(typed))


def _website(field: ImportField, cell: Cell, mapping: Mapping) -> str:
    return str(_form_field(field).clean(line(cell)))


def _phone(field: ImportField, cell: Cell, mapping: Mapping) -> str:
    """As it is typed; a spreadsheet may have made a number of it. `customers.entered` reads it with its row."""
    return line(cell)


def _names(field: ImportField, cell: Cell, mapping: Mapping) -> tuple[str, ...]:
    """Names that semicolons or line breaks separate."""
    names = dict.fromkeys(_line(field, name, mapping) for name in _NAMES_APART.split(text(cell)) if name.strip())
    return tuple(names)


# Figures


def _percent(field: ImportField, cell: Cell, mapping: Mapping) -> int:
    if mapping.probability == WORDS:
        return _meant(mapping.probabilities, cell)
    share = _number(line(cell).removesuffix("%").strip().replace(",", "."))
    if mapping.probability == FRACTION and "%" not in line(cell):
        share *= 100
    return _whole(share)


def _number(written: str) -> Decimal:
    if not re.fullmatch(r"-?\d{1,12}(?:\.\d{1,18})?", written, re.ASCII):
        raise BadCell(code="whole_number")
    return Decimal(written)


def _whole(share: Decimal) -> int:
    whole = share.quantize(Decimal(1), ROUND_HALF_UP)
    if abs(whole - share) > Decimal("0.000001") or not 0 <= whole <= 100:
        raise BadCell(code="whole_number")
    return int(whole)


def _figure(field: ImportField, cell: Cell, mapping: Mapping) -> int:
    figure = _number(line(cell))
    if figure != int(figure):
        raise BadCell(code="no_whole_number")
    return int(figure)


# Days


def _moment(field: ImportField, cell: Cell, mapping: Mapping) -> days.Day:
    if isinstance(cell, datetime.datetime):
        return _of_spreadsheet(cell)
    if isinstance(cell, datetime.date):
        return days.in_range(cell)
    if not isinstance(cell, str):
        raise BadCell(code="number_no_date")
    return days.read(cell, mapping.date_order)


def _of_spreadsheet(cell: datetime.datetime) -> days.Day:
    """A spreadsheet has no time zone, and a day is a moment without a time."""
    days.in_range(cell.date())
    if cell.time() == datetime.time() and cell.tzinfo is None:
        return cell.date()
    return timezone.make_aware(cell) if cell.tzinfo is None else timezone.localtime(cell)


def _date(field: ImportField, cell: Cell, mapping: Mapping) -> datetime.date:
    found = _moment(field, cell, mapping)
    return found.date() if isinstance(found, datetime.datetime) else found


# Choices


def _choice(field: ImportField, cell: Cell, mapping: Mapping) -> str:
    found = _by_label(field).get(folding.folded(line(cell)))
    if found is None:
        raise _no_choice(field.column)
    return found


@functools.cache
def _by_label(field: ImportField) -> dict[str, str]:
    """The values of a choice by what a file may write: the value, or its label in any of our languages."""
    choices = field.column.flatchoices
    found = {
        folding.folded(label): str(value)
        for label, value in languages.in_each(lambda: [(str(b), a) for a, b in choices])
    }
    return found | {folding.folded(str(value)): str(value) for value, _label in choices}


def _no_choice(column: Any) -> BadCell:
    if hasattr(column, "model"):
        return BadCell(code="no_choice", model=column.model._meta.label_lower, column_name=column.name)
    return BadCell(str(sentences.TEXTS["no_choice"]) % {"choices": sentences.labels(column)})


def _choices(field: ImportField, cell: Cell, mapping: Mapping) -> tuple[str, ...]:
    """Choices that semicolons or line breaks separate."""
    return tuple(_choice(field, name.strip(), mapping) for name in _NAMES_APART.split(text(cell)) if name.strip())


def _time(field: ImportField, cell: Cell, mapping: Mapping) -> datetime.time:
    found: datetime.time = forms.TimeField().clean(line(cell))
    return found


def _tick(field: ImportField, cell: Cell, mapping: Mapping) -> bool:
    written = folding.folded(line(cell))
    if written in YES:
        return True
    if written in NO:
        return False
    raise BadCell(code="no_tick")


def _country(field: ImportField, cell: Cell, mapping: Mapping) -> str:
    """The code of a country, by its code or its name in any of our languages."""
    written = line(cell)
    code = _codes().get(folding.folded(written))
    if code is None:
        raise BadCell(code="no_country")
    return code


@functools.cache
def _codes() -> dict[str, str]:
    found = {
        folding.folded(name): code
        for name, code in languages.in_each(lambda: [(str(each.name), each.code) for each in countries])
    }
    return (
        found
        | {folding.folded(each.code): each.code for each in countries}
        | {"usa": "US", "united states": "US", "uk": "GB", "great britain": "GB"}
    )


# What the mapping says


def _meant(meanings: Any, cell: Cell) -> Any:
    value = source(cell)
    if value not in meanings:
        raise BadCell(code="not_chosen", value=value)
    return meanings[value]


def _stage(field: ImportField, cell: Cell, mapping: Mapping) -> StageMeaning:
    """`cell` is what `mapping.stage_source` wrote of the row."""
    return _meant(mapping.stages, cell)


def _status(field: ImportField, cell: Cell, mapping: Mapping) -> str:
    return str(_meant(mapping.statuses, cell))


def _reason(field: ImportField, cell: Cell, mapping: Mapping) -> int:
    return int(_meant(mapping.reasons, cell))


def _owner(field: ImportField, cell: Cell, mapping: Mapping) -> int:
    named = mapping.named_owner(cell)
    return (
        mapping.default_owner if named is None and mapping.default_owner is not None else _meant(mapping.owners, cell)
    )


def _member(field: ImportField, cell: Cell, mapping: Mapping) -> int:
    """As an owner, but no other person is one in place of a person who is unknown here."""
    return int(_meant(mapping.owners, cell))


READERS: dict[str, Reader] = {
    "line": _line,
    "text": _text,
    "email": _email,
    "website": _website,
    "phone": _phone,
    "names": _names,
    "money": amounts.amount,
    "currency": amounts.currency,
    "percent": _percent,
    "number": _figure,
    "moment": _moment,
    "date": _date,
    "choice": _choice,
    "choices": _choices,
    "time": _time,
    "tick": _tick,
    "country": _country,
    "stage": _stage,
    "status": _status,
    "reason": _reason,
    "owner": _owner,
    "member": _member,
}
"""How a cell is read, by the kind of its field."""
