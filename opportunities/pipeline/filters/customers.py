"""The filters about accounts and competitors."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opportunities.pipeline import closing_conditions, conditions
from opportunities.pipeline.closing_conditions import NONE_LINKED, NOT_NAMED
from opportunities.pipeline.filters import rows
from opportunities.pipeline.filters.kinds import ChoiceCondition, Condition, PickedCondition, RowCondition

ANY = _("All")

CUSTOMER: dict[str, Condition] = {
    "account": PickedCondition(
        label=_("Account"),
        what="account",
        rows=rows.ACCOUNTS,
        where=lambda value, about: Q(account=int(value)),
    ),
    "industry": RowCondition(
        label=_("Industry"),
        rows=rows.INDUSTRIES,
        empty_label=ANY,
        where=lambda value, about: conditions.is_in_industry(value),
    ),
    "competitor": PickedCondition(
        label=_("Competitor"),
        what="competitor",
        rows=rows.COMPETITORS,
        where=lambda value, about: Q(competitor_links__competitor=int(value)),
    ),
    "competitors": ChoiceCondition(
        label=_("Competitors"),
        choices=[(NONE_LINKED, _("No competitor")), (NOT_NAMED, _("Lost, no competitor named"))],
        empty_label=ANY,
        where=lambda value, about: (
            closing_conditions.has_no_competitor() if value == NONE_LINKED else closing_conditions.is_lost_to(None)
        ),
    ),
}
