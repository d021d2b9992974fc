"""The base of all refusals of a write, and the refusals that belong to no single rule."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from stages import gates


class Refused(Exception):
    """Nothing was written. The text is a sentence for the user.

    `code` names the kind of refusal and never changes. `field` is the field that it is about, if any. `unmet` lists the
    missing steps, if any.
    """

    code: ClassVar[str] = "refused"
    is_stale: ClassVar[bool] = False
    """Whether the page that was posted is out of date."""
    may_pass: ClassVar[bool] = False
    """Whether the same write may succeed a moment later."""
    field: str | None = None
    unmet: list[gates.Unmet]

    def __init__(self, sentence: str, *, field: str | None = None, unmet: Iterable[gates.Unmet] = ()) -> None:
        super().__init__(sentence)
        self.field = field
        self.unmet = list(unmet)

    def as_dict(self) -> dict[str, Any]:
        """The refusal for a program: `code`, `message`, `field`, and `unmet` with the ids of stage and step."""
        unmet = [
            {
                "stage": missing.stage.pk,
                "step": missing.step.pk,
                "field": missing.step.field,
                "why": missing.why.name.lower(),
            }
            for missing in self.unmet
        ]
        return {"code": self.code, "message": str(self), "field": self.field, "unmet": unmet}


class NotAllowed(Refused):
    """The role of the user, or their part in this opportunity, does not allow the write."""

    code = "not_allowed"


class OpportunityClosed(Refused):
    """A closed opportunity is read only."""

    code = "closed"
    is_stale = True


class Gone(Refused):
    """The opportunity or the child row no longer exists."""

    code = "gone"


class OwnerChanged(Refused):
    """The row belongs to another person than the page said, or does not exist."""

    code = "owner_changed"


class Busy(Refused):
    """Another write locks the opportunity, or the database is busy, for too long."""

    code = "busy"
    may_pass = True


class BrokenConstraint(Refused):
    """A constraint of the database refused the write."""

    code = "broken_constraint"


@dataclass(frozen=True)
class Conflict:
    """A field that two people changed differently: both values, and who saved `theirs`, and when.

    `table` names the child table, when it is not a field of the opportunity, or of the customer, itself.
    """

    field: str
    label: str
    mine: Any
    theirs: Any
    by: Any  # the user, or a name for one who is not known
    at: datetime.datetime
    table: str = ""
    is_own: bool = False  # the same person made both changes, in two windows
    is_removal: bool = False  # this write removes the row that the other write changed
    is_use: bool = False  # this write uses the value that the other write changed, and does not change it


class StaleVersion(Refused):
    """Another write changed the same field meanwhile. `conflicts` lists them, `version` is the one to post next.

    `merged` has the values that others changed without conflict, by field, and by `row_key` for child rows. What is
    posted next must carry them, since with the new version an older value would count as a change.
    """

    code = "stale_version"
    is_stale = True

    def __init__(self, conflicts: list[Conflict], version: int, merged: Mapping[str, Any] | None = None) -> None:
        first = conflicts[0]
        super().__init__(_sentence(first) % {"person": first.by, "field": first.label}, field=first.field)
        self.conflicts = conflicts
        self.version = version
        self.merged = dict(merged or {})


def _sentence(conflict: Conflict) -> str:
    """What happened, and what to do. Placeholders: `person`, `field`."""
    if conflict.is_use and conflict.is_own:
        return _("You changed “%(field)s” in another window. Look at it and decide again.")
    if conflict.is_use:
        return _("%(person)s changed “%(field)s” after this page was opened. Look at it and decide again.")
    if conflict.is_removal and conflict.is_own:
        return _("You changed “%(field)s” in another window. Look at it before you remove it.")
    if conflict.is_removal:
        return _("%(person)s changed “%(field)s” after this page was opened. Look at it before you remove it.")
    if conflict.is_own:
        return _("You changed “%(field)s” in another window. Compare the values and save again.")
    return _("%(person)s changed “%(field)s” while you were editing. Compare the values and save again.")
