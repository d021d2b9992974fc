"""Joins two rows of one opportunity that are about the same person or company: the stronger of both values stays."""

from collections.abc import Sequence
from typing import Any

from opportunities.models import Attitude, Influence, OpportunityCompetitor, Stakeholder

ATTITUDES = (Attitude.UNKNOWN, Attitude.SUPPORTER, Attitude.NEUTRAL, Attitude.OPPONENT)
"""What is known counts more than what is not, and of two that are known the one that asks for more care."""

INFLUENCES = (Influence.UNKNOWN, Influence.LOW, Influence.MEDIUM, Influence.HIGH)

THREATS = ("", *OpportunityCompetitor.Threat.values)


def join(kept: Any, other: Any) -> None:
    """Sets on `kept` what both rows say together. The caller saves it, and removes the other row."""
    if isinstance(kept, Stakeholder):
        kept.roles = (*kept.roles, *other.roles)
        kept.attitude = _stronger(ATTITUDES, kept.attitude, other.attitude)
        kept.influence = _stronger(INFLUENCES, kept.influence, other.influence)
    else:
        kept.threat = _stronger(THREATS, kept.threat, other.threat)
    kept.note = _both(kept, other)


def _stronger(order: Sequence[str], *values: str) -> str:
    return max(values, key=order.index)


def _both(kept: Any, other: Any) -> str:
    """Both notes. What is too long is cut; the history has the whole note of the row that is removed."""
    longest = kept._meta.get_field("note").max_length
    texts = [text for text in dict.fromkeys((kept.note, other.note)) if text]
    joined = "\n".join(texts)
    return joined if len(joined) <= longest else f"{joined[: longest - 1]}…"
