"""The filters as controls of a form, drawn by `list/_control.html`."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from opportunities.forms.list_filter import SORT
from opportunities.pipeline.filters import all_filters

BESIDE = ("q", "status", "stage", "owner")
"""The filters that are always in sight."""


@dataclass(frozen=True)
class Control:
    name: str
    label: Any
    kind: str  # a word of `list/_control.html`
    value: str
    options: list[tuple[str, Any]]
    css: str = ""
    note: Any = ""


def beside(found: Any, names: Collection[str] = BESIDE) -> list[Control]:
    """What the bar of a list shows."""
    shown = [_control(found, name, css="is-wide" if name == "q" else "") for name in names]
    if SORT in found.filters:  # on wider screens the heads of the columns sort
        shown.append(_control(found, SORT, css="d-sm-none"))
    return shown


def search(found: Any) -> list[Control]:
    """The search and the order, which belong to no group."""
    return [
        _control(found, name, css="is-wide" if name == "q" else "") for name in ("q", SORT) if name in found.filters
    ]


def groups(found: Any, *, without: Collection[str] = ()) -> list[tuple[Any, list[Control]]]:
    """The controls of all filters in groups. Those that choose among rows cost a query each."""
    left = {name for name, each in found.filters.items() if name not in without and getattr(each, "is_offered", True)}
    named = [(label, [name for name in group if name in left]) for label, group in all_filters.GROUPS]
    return [(label, [_control(found, name, css=_css(name)) for name in names]) for label, names in named if names]


def _css(name: str) -> str:
    """A step is named with its stage, and a phase has a note: both need more room than a word."""
    return "is-wide" if name in ("blocked", "phase") else ""


def folded(found: Any, names: Collection[str] = BESIDE) -> list[tuple[str, str]]:
    """The names and values of the filters in use that the bar does not show, so that its form keeps them."""
    return [(name, found.given(name)) for name in found.filters if name not in (*names, SORT) and found.given(name)]


def _control(found: Any, name: str, css: str = "") -> Control:
    each = found.filters[name]
    offered = each.offered() if each.control == "select" else []
    empty = [("", each.empty_label)] if each.empty_label else []
    value = found.typed.get(name, found.data.get(name, ""))
    return Control(name, each.label, each.control, value, [*empty, *offered], css, getattr(each, "note", ""))
