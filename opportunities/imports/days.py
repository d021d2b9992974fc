"""Reads days and moments as files write them."""

import datetime
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.dates import MONTHS

from opportunities.forms.fields.days import FIRST_DAY, LAST_DAY
from opportunities.imports import languages
from opportunities.imports.bad_cell import BadCell
from opportunities.imports.mapping import DATE_ORDERS, DAY_FIRST, MONTH_FIRST, YEAR_FIRST
from opportunities.imports.reading.cells import Cell, line

Day = datetime.date | datetime.datetime

EXAMPLES = 3
CENTURY = 2000
LAST_YEAR_OF_TWO_DIGITS = 69  # 70 to 99 are years before 2000

_TIME = (
    r"(?:(?:T|,?\s+)(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_FIGURES = re.compile(
    r"(?P<first>\d{1,4})\s?(?P<sign>[./-])\s?(?P<second_part>\d{1,2})\s?(?P=sign)\s?(?P<third>\d{1,4})" + _TIME,
    re.ASCII,
)
_DAY_AND_WORD = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th)?[.\s-]{1,3}(?P<month>[^\W\d]{3,10})[.,\s-]{1,3}(?P<year>\d{4}|\d{2})"
    + _TIME
)
_WORD_AND_DAY = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(?P<month>[^\W\d]{3,10})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})" + _TIME
)
_PARTS = {
    DAY_FIRST: ("day", "month", "year"),
    MONTH_FIRST: ("month", "day", "year"),
    YEAR_FIRST: ("year", "month", "day"),
}
LONGEST = 60  # characters; a longer text is no day


class NotADay(BadCell):
    """The text is no day in this order."""


@dataclass(frozen=True)
class Ambiguity:
    """In which order the days of a column are written. `must_ask`: if several orders fit, or none.

    `order` fits best. `examples` are up to three days that show it.
    """

    order: str
    must_ask: bool
    examples: tuple[str, ...] = ()


def read(text: str, order: str) -> Day:
    """The day, or the aware moment if the text has a time. Raises NotADay."""
    if len(text) > LONGEST:
        raise _no_day(order)
    for pattern, parts in ((_FIGURES, _of_figures), (_DAY_AND_WORD, _of_words), (_WORD_AND_DAY, _of_words)):
        if match := pattern.fullmatch(text.strip()):
            return _with_time(in_range(parts(match, order)), match)
    raise _no_day(order)


def ambiguous_dates(samples: Iterable[Cell]) -> Ambiguity:
    """Whether a person must say in which order these days are written. Cells that are no texts have no order.

    With dots, as in `01.02.2026`, the day is first where that fits.
    """
    written = [line(cell) for cell in samples if isinstance(cell, str) and cell.strip()]
    written = [text for text in written if _is_ambiguous_kind(text)]
    fits = {order: sum(_day_or_none(text, order) is not None for text in written) for order in DATE_ORDERS}
    best = max(DATE_ORDERS, key=lambda order: fits[order])
    rivals = [order for order in DATE_ORDERS if fits[order] == fits[best]]
    if fits[best] < len(written):
        return Ambiguity(best, True, _first(text for text in written if _day_or_none(text, best) is None))
    examples = _first(
        text for text in written if "." not in text and len({_day_or_none(text, order) for order in rivals}) > 1
    )
    return Ambiguity(best, bool(examples), examples)


def _first(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))[:EXAMPLES]


def _is_ambiguous_kind(text: str) -> bool:
    """Whether the text is three figures that do not begin with a year of four digits."""
    match = _FIGURES.fullmatch(text)
    return match is not None and len(match["first"]) < 4


def _day_or_none(text: str, order: str) -> datetime.date | None:
    try:
        found = read(text, order)
    except NotADay:
        return None
    return found.date() if isinstance(found, datetime.datetime) else found


def _of_figures(match: re.Match[str], order: str) -> datetime.date:
    written = (match["first"], match["second_part"], match["third"])
    if len(match["first"]) == 4:
        order = YEAR_FIRST
    given = dict(zip(_PARTS[order], written, strict=True))
    if len(given["year"]) not in (2, 4) or len(given["day"]) > 2 or len(given["month"]) > 2:
        raise _no_day(order)
    if int(given["month"]) > 12 >= int(given["day"]):
        raise NotADay(code="no_month", month=int(given["month"]))
    return _day(_year(given["year"]), int(given["month"]), int(given["day"]))


def _of_words(match: re.Match[str], order: str) -> datetime.date:
    month = _month(match["month"])
    if month is None:
        raise _no_day(order)
    return _day(_year(match["year"]), month, int(match["day"]))


def _year(written: str) -> int:
    year = int(written)
    if len(written) > 2:
        return year
    return CENTURY + year if year <= LAST_YEAR_OF_TWO_DIGITS else CENTURY - 100 + year


def _day(year: int, month: int, day: int) -> datetime.date:
    try:
        return datetime.date(year, month, day)
    except ValueError as error:
        raise NotADay(code="no_such_day") from error


def in_range(day: datetime.date) -> datetime.date:
    """The day. Raises NotADay for one that forms do not take."""
    if FIRST_DAY <= day <= LAST_DAY:
        return day
    raise NotADay(code="day_out_of_range", first=FIRST_DAY.year, last=LAST_DAY.year)


def _month(written: str) -> int | None:
    """The number of a month in any of our languages, or of its beginning: `Jan`, `sept`, `desember`."""
    known = _months().get(written.casefold()[:3])
    return next((number for number, name in known or () if name.startswith(written.casefold())), None)


@functools.cache
def _months() -> dict[str, list[tuple[int, str]]]:
    found = dict[str, list[tuple[int, str]]]()
    for number, name in languages.in_each(lambda: [(each, str(label).casefold()) for each, label in MONTHS.items()]):
        found.setdefault(name[:3], []).append((number, name))
    return found


def _with_time(day: datetime.date, match: re.Match[str]) -> Day:
    if match["hour"] is None:
        return day
    hour = int(match["hour"])
    if half := match["half"]:
        hour = hour % 12 + (12 if half[0] in "Pp" else 0)
    try:
        small = int((match["fraction"] or "0")[:6].ljust(6, "0"))
        zone = _zone(match["zone"])
        time = datetime.time(hour, int(match["minute"]), int(match["second"] or 0), small, tzinfo=zone)
        moment = datetime.datetime.combine(day, time)
        return timezone.localtime(moment) if moment.tzinfo else timezone.make_aware(moment)
    except (ValueError, OverflowError) as error:
        raise NotADay(code="no_time") from error


def _zone(written: str | None) -> datetime.tzinfo | None:
    if not written:
        return None
    if written in ("Z", "UTC"):
        return datetime.UTC
    hours, minutes = int(written[1:3]), int(written[-2:])
    return datetime.timezone((1 if written[0] == "+" else -1) * datetime.timedelta(hours=hours, minutes=minutes))


def _no_day(order: str) -> NotADay:
    example = datetime.date(2027, 1, 31)
    written = {DAY_FIRST: f"{example:%d.%m.%Y}", MONTH_FIRST: f"{example:%m/%d/%Y}", YEAR_FIRST: example.isoformat()}
    return NotADay(code="no_date", example=written[order])
