"""Recognises JSON values of the database that have the form in which we write them."""

from typing import Any

from opportunities.editing.children import CHILDREN
from opportunities.models import Event, StageVisit
from opportunities.models.event import WaiverChange

STATES = {"met", "waived", "unmet"}
WHATS = {"added", "changed", "removed"}


def changes_in(event: Event) -> list[dict[str, Any]]:
    """The changes of fields in an event, without malformed ones."""
    return [each for each in _listed(event.changes) if _is_change(each)]


def children_in(event: Event) -> list[dict[str, Any]]:
    """The changes of child rows in an event, without malformed ones."""
    return [each for each in _listed(event.children) if _is_child_row(each)]


def waived_steps_in(event: Event) -> list[dict[str, Any]]:
    """The waived steps in an event, without malformed ones."""
    return [each for each in _listed(event.waived_steps) if isinstance(each, dict) and isinstance(each.get("id"), int)]


def waiver_changes_in(event: Event) -> list[dict[str, Any]]:
    """The changes of requests and waivers in an event, without malformed ones."""
    return [each for each in _listed(event.waiver_changes) if _is_waiver_change(each)]


def requirements_of(visit: StageVisit) -> list[dict[str, Any]]:
    """What the stage required when it was left, without malformed entries."""
    return [each for each in _listed(visit.requirements) if _is_requirement(each)]


def is_malformed(value: Any, readable: list[dict[str, Any]]) -> bool:
    return not isinstance(value, list) or len(value) != len(readable)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_change(each: Any) -> bool:
    if not isinstance(each, dict) or not isinstance(each.get("field"), str) or not {"old", "new"} <= each.keys():
        return False
    return all(_is_value(each[side]) for side in ("old", "new"))


def _is_value(value: Any) -> bool:
    """A list has rows, such as those to whom a proposal was presented."""
    if isinstance(value, list):
        return all(isinstance(each, dict) and _is_value(each) for each in value)
    if isinstance(value, dict):
        return isinstance(value.get("id"), int)
    return value is None or isinstance(value, str | int | float)


def _is_child_row(each: Any) -> bool:
    return (
        isinstance(each, dict)
        and isinstance(each.get("table"), str)
        and each["table"] in CHILDREN
        and isinstance(each.get("id"), int)
        and isinstance(each.get("what"), str)
        and each["what"] in WHATS
        and all(_is_change(change) for change in _listed(each.get("changes")))
        and isinstance(each.get("changes"), list)
    )


def _is_waiver_change(each: Any) -> bool:
    if not isinstance(each, dict) or not isinstance(each.get("step"), dict):
        return False
    return isinstance(each["step"].get("id"), int) and each.get("what") in list(WaiverChange)


def _is_requirement(each: Any) -> bool:
    return (
        isinstance(each, dict)
        and isinstance(each.get("step"), int)
        and isinstance(each.get("field"), str)
        and isinstance(each.get("state"), str)
        and each["state"] in STATES
    )
