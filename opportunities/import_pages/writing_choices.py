"""The choices of how a file writes days, amounts and probabilities."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opportunities import formats
from opportunities.imports import days
from opportunities.imports.mapping import DAY_FIRST, FRACTION, MONTH_FIRST, PERCENT, WORDS, YEAR_FIRST

ORDERS = {
    DAY_FIRST: gettext_lazy("Day, month, year"),
    MONTH_FIRST: gettext_lazy("Month, day, year"),
    YEAR_FIRST: gettext_lazy("Year, month, day"),
}
MARKS: list[tuple[str, str | Promise]] = [
    ("", gettext_lazy("As each amount shows")),
    (",", gettext_lazy("Comma: 9 350,09")),
    (".", gettext_lazy("Point: 9,350.09")),
]
PROBABILITIES: list[tuple[str, str | Promise]] = [
    (PERCENT, gettext_lazy("Percent: 40")),
    (FRACTION, gettext_lazy("Parts of 1: 0.4")),
    (WORDS, gettext_lazy("Words: likely")),
]


def days_in_doubt(examples: Sequence[str]) -> list[str]:
    """The examples that are a day in some order. The others do not help to choose one."""
    return [text for text in examples if any(_day(text, order) for order in ORDERS)]


def orders(examples: Sequence[str]) -> list[tuple[str, str]]:
    """Each order with how it reads the examples: `Day, month, year: 1/08/26 is 1 Aug 2026`."""
    return [(order, _with_examples(order, str(label), examples)) for order, label in ORDERS.items()]


def _with_examples(order: str, label: str, examples: Sequence[str]) -> str:
    said = [_as_read(text, order) for text in examples]
    return f"{label}: {', '.join(said)}" if said else label


def _as_read(text: str, order: str) -> str:
    day = _day(text, order)
    if day is None:
        return _("%(text)s is no day") % {"text": text}
    return _("%(text)s is %(day)s") % {"text": text, "day": formats.day_in_words(day)}


def _day(text: str, order: str) -> days.Day | None:
    try:
        return days.read(text, order)
    except days.NotADay:
        return None
