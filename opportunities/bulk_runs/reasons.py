"""Why a row of a bulk run is refused, by the code of the refusal."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities import refusals
from opportunities.editing import rules
from opportunities.models import BulkRun
from opportunities.refusals import Refused
from opportunities.transitions import AlreadyMoved, GateClosed, NoSuchMove

ERROR = "error"
"""The code of a row at which the program failed."""


class ChangedSinceCounted(Refused):
    """Another write changed the opportunity since the run was made."""

    code = "changed"
    is_stale = True


WHY: Mapping[str, str | Promise] = {
    refusals.OpportunityClosed.code: _("It is closed."),
    refusals.Gone.code: _("It was deleted, or you cannot see it any more."),
    refusals.NotAllowed.code: _("You may not change this opportunity."),
    refusals.Busy.code: _("Another person was writing to it."),
    ChangedSinceCounted.code: _("It was changed after you chose it. Look at it, then do it there."),
    AlreadyMoved.code: _("It was changed after you chose it. Look at it, then do it there."),
    GateClosed.code: _("Steps are missing."),
    rules.PassedGate.code: _("A stage that it has passed needs what this would change."),
    ERROR: _("The program failed at it. Nothing was changed."),
}
"""The sentence for each code. Another code has that of `OTHER`."""

OF_ACT: Mapping[tuple[str, str], str | Promise] = {
    (BulkRun.Act.ADVANCE, NoSuchMove.code): _("It is in its last stage."),
    (BulkRun.Act.HOLD, NoSuchMove.code): _("It is on hold already, or its process is finished."),
    (BulkRun.Act.OWNER, refusals.NotAllowed.code): _("Only its owner and managers may change its owner."),
}

OTHER = _("It does not take this. Try it there.")


def why(act: str, code: str) -> str:
    """The sentence for the reader."""
    return str(OF_ACT.get((act, code)) or WHY.get(code, OTHER))
