"""What one write changed: an opportunity's fields, and the people and competitors on it, before and after."""

from dataclasses import dataclass
from typing import Any

from django.db import models

from opportunities.models import Opportunity, OpportunityCompetitor, Stakeholder, TeamMember
from opportunities.models.event import plain

EDITABLE = tuple(field for field in Opportunity._meta.concrete_fields if field.editable and not field.primary_key)

EDITABLE_NAMES = frozenset(field.name for field in EDITABLE)

FILLED_BY_MOVES = tuple(field for field in Opportunity._meta.concrete_fields if not field.editable)
"""The fields that moves and `editing` itself fill, and nobody else."""

CLOSING = ("status", "status_reason", "actual_revenue", "closed_on")
LOGGED = EDITABLE + tuple(field for field in FILLED_BY_MOVES if field.name in CLOSING)
"""The fields whose changes an event lists; the stages it names by itself."""

Change = dict[str, Any]


@dataclass(frozen=True)
class Noun:
    """A kind of row that hangs on an opportunity: who it stands for and which of its columns are logged."""

    name: str
    model: "type[Person]"
    relation: str
    who: str
    columns: tuple[str, ...]


Person = Stakeholder | OpportunityCompetitor | TeamMember
People = dict[str, dict[int, Person]]

STAKEHOLDER = Noun("stakeholder", Stakeholder, "stakeholders", "contact", ("role", "note"))
COMPETITOR = Noun("competitor", OpportunityCompetitor, "competitor_links", "competitor", ("note",))
TEAM_MEMBER = Noun("team_member", TeamMember, "team_members", "user", ("role",))

NOUNS = {noun.name: noun for noun in (STAKEHOLDER, COMPETITOR, TEAM_MEMBER)}
"""By the name that the log gives them."""


def people_of(record: Opportunity) -> People:
    """Everybody who hangs on the opportunity, by noun and id: one query for each noun."""
    return {
        noun.name: {row.pk: row for row in getattr(record, noun.relation).select_related(noun.who)}
        for noun in NOUNS.values()
    }


def names_of_changed(
    before: models.Model | None, after: models.Model, fields: "tuple[models.Field[Any, Any], ...]"
) -> list[str]:
    """The fields whose values differ, whether or not the new ones can be taken. No query."""
    return [field.name for field in fields if _differs(before, after, field)]


def of_fields(
    before: models.Model | None, after: models.Model, fields: "tuple[models.Field[Any, Any], ...]"
) -> list[Change]:
    """The fields whose values differ; from nothing (`before` is None), those that are not empty."""
    return [
        {"field": field.name, "old": _shown(before, field), "new": _shown(after, field)}
        for field in fields
        if _differs(before, after, field)
    ]


def _differs(before: models.Model | None, after: models.Model, field: "models.Field[Any, Any]") -> bool:
    new = getattr(after, field.attname)
    if before is None:
        return bool(new) or (new is not None and new is not False and new != "")
    return bool(plain(getattr(before, field.attname)) != plain(new))


def _shown(row: models.Model | None, field: "models.Field[Any, Any]") -> Any:
    return None if row is None else plain(getattr(row, field.name))


def of_people(before: People, after: People) -> list[Change]:
    """Who was added, changed or removed."""
    return [change for noun in NOUNS.values() for change in _of_noun(noun, before[noun.name], after[noun.name])]


def _of_noun(noun: Noun, before: dict[int, Person], after: dict[int, Person]) -> list[Change]:
    pairs = [(before.get(pk), after.get(pk)) for pk in sorted(before.keys() | after.keys())]
    return [change for old, new in pairs for change in _of_row(noun, old, new)]


def _of_row(noun: Noun, old: Person | None, new: Person | None) -> list[Change]:
    """A row that stands for somebody else now is one removed and one added."""
    who = f"{noun.who}_id"
    if old and new and getattr(old, who) != getattr(new, who):
        return _of_row(noun, old, None) + _of_row(noun, None, new)
    columns = _of_columns(noun, old, new)
    if old and new and not columns:
        return []
    row, what = new or old, "added" if old is None else "removed" if new is None else "changed"
    return [{"noun": noun.name, "id": row.pk, "name": str(row), "what": what, "changes": columns}]  # type: ignore[union-attr]


def _of_columns(noun: Noun, old: Person | None, new: Person | None) -> list[Change]:
    return [
        {"field": column, "old": getattr(old, column, None), "new": getattr(new, column, None)}
        for column in noun.columns
        if getattr(old, column, None) != getattr(new, column, None)
    ]
