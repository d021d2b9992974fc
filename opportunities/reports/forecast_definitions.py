"""The columns of a forecast, and what they mean."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opportunities.reports.tables import Definition, Measure, ReportColumn

COLUMNS = (
    ReportColumn("count", pgettext_lazy("opportunities", "Open")),
    ReportColumn("committed", _("Committed"), Measure.MONEY),
    ReportColumn("best_case", _("Best case"), Measure.MONEY),
    ReportColumn("pipeline", _("Pipeline"), Measure.MONEY),
    ReportColumn("weighted", _("Weighted revenue"), Measure.MONEY, is_bar=True),
    ReportColumn("won", pgettext_lazy("opportunities", "Won"), Measure.MONEY),
    ReportColumn("target", _("Target"), Measure.MONEY),
    ReportColumn("covered_by_committed", _("Covered by committed"), Measure.PERCENT),
    ReportColumn("covered_by_weighted", _("Covered by weighted"), Measure.PERCENT),
)

DEFINITIONS = (
    Definition(
        _("Month"),
        _(
            "The month of the estimated close date. Months are whole, also the first and the last of the period. What "
            "is past its date is in Overdue, and in no month."
        ),
    ),
    Definition(
        _("Committed, best case, pipeline"),
        _(
            "The estimated revenue of what is open, by its forecast category. What is omitted is in no figure; the "
            "rows say how many that are."
        ),
    ),
    Definition(
        _("Weighted revenue"),
        _(
            "The estimated revenue of all three categories times the probability of each opportunity, or of its stage; "
            "rounded once."
        ),
    ),
    Definition(
        pgettext_lazy("opportunities", "Won"),
        _("The actual revenue of what was won with a close date in these months, so far."),
    ),
    Definition(
        _("Target"),
        _(
            "What managers set for the person or the team. A team without a target of its own for a month has the sum "
            "of those of its people and of the teams below it. Without a person or a team in the filter, it is the "
            "target of all whom you see. “In no team” has the sum of the people in no team, “Disabled owners” has no "
            "target. Other filters do not change it."
        ),
    ),
    Definition(
        _("Covered by committed"),
        _("(Won + committed) / target, in percent. What is overdue, later or without a date does not count."),
    ),
    Definition(
        _("Covered by weighted"),
        _("(Won + weighted revenue) / target, in percent. What is overdue, later or without a date does not count."),
    ),
)
