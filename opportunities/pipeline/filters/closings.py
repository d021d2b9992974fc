"""The filters about how an opportunity was closed, which the reports lead to."""

from django.utils.translation import gettext_lazy as _

from opportunities.pipeline import closing_conditions as closings
from opportunities.pipeline.closing_conditions import FILED, NAMES_GAP, SAYS_WHY
from opportunities.pipeline.filters import rows
from opportunities.pipeline.filters.kinds import ChoiceCondition, Condition, PickedCondition

ANY = _("All")

CLOSINGS: dict[str, Condition] = {
    "lost_to": PickedCondition(
        label=_("Lost to"),
        what="competitor",
        rows=rows.COMPETITORS,
        where=lambda value, about: closings.is_lost_to(int(value)),
    ),
    "debrief": ChoiceCondition(
        label=_("Debrief"),
        choices=[(FILED, _("Filed")), (SAYS_WHY, _("Says why")), (NAMES_GAP, _("Names a price gap"))],
        empty_label=ANY,
        where=lambda value, about: closings.has_debrief(value),
    ),
}
