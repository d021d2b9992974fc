"""What the form of a move was rendered for: the stage, the version and, to waive and close, the missing steps.

A post without one of them is a 400. A page that is shown again after a post keeps the posted values, so that the next
post is compared with the page that the user has read. Only a page that says what has changed gets the present values.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

from django.core.exceptions import BadRequest
from django.http import HttpRequest, QueryDict

from opportunities.forms import fields
from opportunities.models import Opportunity
from opportunities.transitions import Refused, StaleMove
from stages.gates import Unmet
from stages.models import Stage

NONE = "none"  # an empty list, as a hidden field contains it


def posted_id(data: QueryDict, name: str) -> int:
    """The id posted under this name. Raises BadRequest if it is missing, no id, or posted twice."""
    values = data.getlist(name)
    number = fields.clean_id(values[0]) if len(values) == 1 else None
    if number is None:
        raise BadRequest(f"{name} is missing or is no id.")
    return number


def posted_ids(data: QueryDict, name: str) -> list[int]:
    """The ids posted under this name, separated by spaces; `NONE` for none. Raises BadRequest as `posted_id` does."""
    written = data.getlist(name)
    if written == [NONE]:
        return []
    numbers = [fields.clean_id(each) for each in written[0].split(" ")] if len(written) == 1 else []
    if not numbers or None in numbers or len(set(numbers)) < len(numbers):
        raise BadRequest(f"{name} is missing or is no list of ids.")
    return [number for number in numbers if number is not None]


@dataclass(frozen=True)
class RenderedFor:
    """The hidden fields of the form of a move. `missing` is there only if the page can waive missing steps."""

    from_stage: int
    page_version: int
    missing: tuple[int, ...] | None = None

    @classmethod
    def posted(cls, request: HttpRequest, *, lists: bool = False) -> Self:
        """Raises BadRequest if one of the fields is missing. `lists`: the pressed button waives missing steps."""
        data = request.POST
        lists = lists or "missing" in data or "waive" in data
        missing = tuple(posted_ids(data, "missing")) if lists else None
        return cls(posted_id(data, "from_stage"), posted_id(data, "page_version"), missing)

    @classmethod
    def present(cls, opportunity: Opportunity, missing: Iterable[Unmet] = ()) -> Self:
        return cls(opportunity.active_stage_id, opportunity.version, tuple(unmet.step.pk for unmet in missing))

    @property
    def listed(self) -> str:
        """The ids of the missing steps, as the hidden field contains them."""
        return " ".join(str(step) for step in self.missing or ()) or NONE

    @property
    def move(self) -> dict[str, Any]:
        """The arguments for the functions of `transitions`."""
        return {"from_stage": Stage(pk=self.from_stage), "version": self.page_version}


def shown_again(posted: RenderedFor | None, refusal: Refused | None, present: RenderedFor) -> RenderedFor:
    """The values for the form of a page. `posted` is None on a page that was opened, not posted to."""
    if posted is None or isinstance(refusal, StaleMove):
        return present
    return (
        replace(present, from_stage=posted.from_stage, page_version=posted.page_version)
        if posted.missing is None
        else posted
    )
