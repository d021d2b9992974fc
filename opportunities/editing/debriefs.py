"""Files and changes the debrief of an opportunity, and the rule for each write of it.

Call `file` and `change` inside an `editing` block, with the record that it yields or a row of it.
"""

from typing import Any

from django.utils.translation import gettext as _

from opportunities.editing import rows, stamps
from opportunities.editing.children import DEBRIEF
from opportunities.models import Debrief, Opportunity
from stages import gates

TEXTS = ("went_well", "went_badly", "why")


def file(record: Opportunity, **entries: Any) -> Debrief:
    """Adds the debrief. Refusals: InvalidEntry; BrokenConstraint if there is one."""
    debrief = Debrief(opportunity=record, **entries)
    stamps.created(debrief)
    refuse_invalid(debrief)
    debrief.save()
    return debrief


def change(debrief: Debrief, **entries: Any) -> Debrief:
    """Sets columns of the debrief. Refusal: InvalidEntry."""
    for name, value in entries.items():
        setattr(debrief, name, value)
    refuse_invalid(debrief)
    debrief.save()
    return debrief


def refuse_invalid(debrief: Debrief) -> None:
    """Also for a debrief that was saved past these functions. Refusal: InvalidEntry."""
    rows.refuse_invalid(debrief, DEBRIEF, DEBRIEF.entered)
    if not any(gates.is_filled(getattr(debrief, name)) for name in TEXTS):
        raise rows.invalid(DEBRIEF, TEXTS[0], _("Write at least one of the three answers."))
