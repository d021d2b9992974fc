"""Rates, means and medians, with one place after the point, rounded half up."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

TENTH = Decimal("0.1")


def one_place(value: Decimal) -> Decimal:
    return value.quantize(TENTH, ROUND_HALF_UP)


def rate(part: Decimal | int, whole: Decimal | int | None) -> Decimal | None:
    """A part of the whole in percent; None of nothing, and where the whole is not known."""
    return one_place(Decimal(part) * 100 / Decimal(whole)) if whole else None


def mean(counts: Mapping[int, int]) -> Decimal | None:
    """The mean of values, each with how often it occurs; None of nothing."""
    number = sum(counts.values())
    return one_place(Decimal(sum(value * count for value, count in counts.items())) / number) if number else None


def median(counts: Mapping[int, int]) -> Decimal | None:
    """The middle of the values in order, each with how often it occurs. Of an even number the mean of the two."""
    number = sum(counts.values())
    if not number:
        return None
    return one_place(Decimal(_nth(counts, (number - 1) // 2) + _nth(counts, number // 2)) / 2)


def percentile(counts: Mapping[int, int], percent: int) -> int:
    """The value of the nearest rank: of n values in order, the 90th percentile is the one at 0.9 n, rounded up."""
    return _nth(counts, -(-sum(counts.values()) * percent // 100) - 1)


def _nth(counts: Mapping[int, int], place: int) -> int:
    """The value at this place, counted from 0, when all are in order."""
    passed = 0
    for value in sorted(counts):
        passed += counts[value]
        if place < passed:
            return value
    raise IndexError(place)
