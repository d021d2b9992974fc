"""What the debriefs of closed opportunities say, in the words of their sellers."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from opportunities import formats
from opportunities.models import Debrief
from opportunities.models.opportunity import OpportunityQuerySet
from opportunities.pipeline.closing_conditions import FILED
from opportunities.reports.tables import Days, Measure, More, Number, ReportColumn, Row, Table, TextColumn
from opportunities.reports.win_loss_rows import PRICE_GAP

MOST_ROWS = 20
ORDER = "-closed"
"""The order of the rows, and of the list of all: closed last first."""

TEXTS = (
    TextColumn("outcome", _("Outcome")),
    TextColumn("closed", pgettext_lazy("opportunities", "Closed")),
    TextColumn("why", _("Why it was won or lost"), is_long=True),
    TextColumn("went_well", _("What went well"), is_long=True),
    TextColumn("went_badly", _("What did not go well"), is_long=True),
)
COLUMNS = (ReportColumn("price_gap", _("Price gap"), Measure.PERCENT),)


def table(closed: OpportunityQuerySet, period: Days, count: int) -> Table:
    """The debriefs of those that were closed last; `count` is how many there are. One query."""
    return Table(
        key="debrief_texts",
        title=_("In the words of the debriefs"),
        rows_are=_("Opportunity"),
        columns=COLUMNS,
        rows=[_row(debrief) for debrief in _first(closed)],
        guide=_("Of the deals that were closed last. A long text is cut off; the deal has all of it."),
        definitions=(PRICE_GAP,),
        empty=_("No debrief of an opportunity that was closed in this period."),
        text_columns=TEXTS,
        more=_more(period, count),
    )


def _first(closed: OpportunityQuerySet) -> list[Debrief]:
    filed = Debrief.objects.filter(opportunity__in=closed.values("pk")).select_related("opportunity__status_reason")
    return list(filed.order_by(F("opportunity__closed_on").desc(), "opportunity_id")[:MOST_ROWS])


def _row(debrief: Debrief) -> Row:
    opportunity = debrief.opportunity
    outcome = ": ".join(dict.fromkeys([opportunity.get_status_display(), opportunity.status_reason.name]))
    return Row(
        opportunity.name,
        [Number(debrief.price_gap)],
        address=opportunity.get_absolute_url(),
        texts=(outcome, formats.day(opportunity.closed_on), debrief.why, debrief.went_well, debrief.went_badly),
    )


def _more(period: Days, count: int) -> More:
    label = ngettext("The list with this deal", "The list with all %(count)d deals", count) % {"count": count}
    return More(label, {"status": "all", **period.filters("closed"), "debrief": FILED, "sort": ORDER})
