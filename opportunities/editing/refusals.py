"""The base of all refusals of a write, and the refusals that belong to no single rule."""

from collections.abc import Iterable
from typing import Any, ClassVar

from stages import gates


class Refused(Exception):
    """Nothing was written. The text is a sentence for the user.

    `code` names the kind of refusal and never changes. `field` is the field that it is about, if any. `unmet` lists the
    missing steps, if any.
    """

    code: ClassVar[str] = "refused"
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


class Gone(Refused):
    """The opportunity or the child row no longer exists."""

    code = "gone"


class Busy(Refused):
    """Another write locks the opportunity, or the database is busy, for too long."""

    code = "busy"


class BrokenConstraint(Refused):
    """A constraint of the database refused the write."""

    code = "broken_constraint"


class NameTaken(Refused):
    """An account, contact or competitor of nearly this name exists already, and the user has not seen it."""

    code = "name_taken"
