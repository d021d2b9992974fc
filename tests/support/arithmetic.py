"""What reports count, in plain Python: shares, medians and sums, rounded half up as the product rounds."""

import math
import statistics
from decimal import ROUND_HALF_UP, Decimal

CENT, TENTH = Decimal("0.01"), Decimal("0.1")


def one_place(number):
    """None stays None."""
    return None if number is None else Decimal(number).quantize(TENTH, ROUND_HALF_UP)


def to_cents(amount):
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def percent(part, whole):
    """None of nothing."""
    return one_place(Decimal(part) * 100 / Decimal(whole)) if whole else None


def mean(numbers):
    numbers = [Decimal(number) for number in numbers]
    return one_place(sum(numbers) / len(numbers)) if numbers else None


def median(numbers):
    return one_place(middle([Decimal(number) for number in numbers]))


def middle(values):
    """The middle of the values in order, of an even number the mean of the two; None of nothing."""
    return statistics.median(values) if values else None


def nearest_rank(values, share):
    """The smallest of the values that this many percent of them do not exceed; None of nothing."""
    return sorted(values)[math.ceil(len(values) * share / 100) - 1] if values else None


def in_days(time):
    return None if time is None else one_place(Decimal(time.total_seconds()) / 86400)


# Of opportunities


def total(amounts):
    """The sum to the cent; nothing where there is no amount."""
    return to_cents(sum((amount or Decimal(0) for amount in amounts), Decimal(0)))


def weighted_total(revenues):
    """Of pairs of a revenue and its share in percent; rounded once."""
    return to_cents(sum(((revenue or Decimal(0)) * share for revenue, share in revenues), Decimal(0)) / 100)


def share_of(deal):
    """The probability of the opportunity in percent, or that of its stage."""
    return deal.active_stage.probability if deal.probability is None else deal.probability


def revenue_of(deals):
    return total(deal.estimated_revenue for deal in deals)


def weighted_of(deals):
    return weighted_total((deal.estimated_revenue, share_of(deal)) for deal in deals)


def won_revenue_of(deals):
    return total(deal.actual_revenue for deal in deals)
