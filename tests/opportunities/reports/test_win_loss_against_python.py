"""Win and loss of random opportunities is what plain Python counts, and each figure is that of the list behind it."""

import datetime
from collections import defaultdict

import pytest
import time_machine
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from opportunities.models import Closing
from opportunities.reports import win_loss
from salesflow.users.models import Unit
from tests.support import report_rows
from tests.support.arithmetic import mean, median, nearest_rank, percent, revenue_of, won_revenue_of
from tests.support.behind_figures import period_of, scope_of
from tests.support.figures import assert_some_lists_agree, table
from tests.support.report_rows import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.machine, pytest.mark.usefixtures("cast")]

# Days before today, and how many days. With `integers`, nearly all periods would be days without a closing.
PERIODS = st.sampled_from([(500, 600), (500, 600), (400, 400), (400, 200), (250, 300), (250, 90), (120, 30)])
LAST = -1  # the number of the last stage of each process
ENDS = [
    *(["win"], ["win"], ["win"], ["lose"], ["lose"], []),
    *(["win", "reopen"], ["win", "reopen", "lose"], ["lose", "reopen", "win"], ["lose", "reopen", "next"]),
]


def ended(life, began, whats, number):
    """The life with these acts, the last stage before the first and a week between two."""
    acts = [("move", LAST, 24), *((what, number, 24 * 7) for what in whats)]
    return {**life, "began": 24 * began, "acts": acts}


LIVES = st.lists(
    st.builds(
        ended,
        report_rows.LIFE,
        st.sampled_from(range(100, 470)),
        st.sampled_from(ENDS),
        st.sampled_from(range(60)),
    ),
    min_size=4,
    max_size=12,
)
"""Lives that end. Those of the other reports seldom do."""
SIZES = {  # from, to less than
    "Below NOK 100,000": (0, 100_000),
    "NOK 100,000 to less than NOK 500,000": (100_000, 500_000),
    "NOK 500,000 to less than NOK 1,000,000": (500_000, 1_000_000),
    "NOK 1,000,000 to less than NOK 5,000,000": (1_000_000, 5_000_000),
    "NOK 5,000,000 and more": (5_000_000, 10**15),
}


@report_rows.SOME_SETS
@given(lives=LIVES, who=st.sampled_from(["rep", "manager", "manager"]), period=PERIODS)
def test_win_and_loss_is_what_python_counts(world, cast, lives, who, period):
    with transaction.atomic(), time_machine.travel(NOW, tick=False):
        report_rows.add(world, lives)
        scope = scope_of(cast[who], period_of(*period))

        found = win_loss.tables(scope)

        plain = Plain(scope)
        assert table(found, "overall") == {"All closed": outcomes(plain.deals)}
        assert table(found, "months") == plain.months()
        assert table(found, "lost_reasons") == plain.lost(lambda deal: deal.status_reason.name)
        assert tables_of("won_reasons", found) == plain.won_reasons()
        assert without_empty(table(found, "lost_from")) == plain.lost(plain.stage_of)
        assert table(found, "lost_to") == plain.lost(plain.lost_to)
        assert table(found, "rivals") == plain.rivals()
        assert table(found, "owners") == plain.by(plain.owner)
        assert table(found, "industries") == plain.by(plain.industry)
        assert without_empty(table(found, "sizes")) == plain.by(plain.size)
        assert table(found, "debriefs") == plain.debriefs()
        assert texts_of("debrief_texts", found) == plain.texts()
        if who == "manager":
            assert table(found, "units") == plain.units()
        else:
            assert "units" not in [each.key for each in found]
        assert_some_lists_agree(found, scope.reader)
        transaction.set_rollback(True)


def tables_of(key, found):
    """The table with this key, if it is there."""
    return [table([each], key) for each in found if each.key == key]


class Plain:
    """The same figures, counted row by row."""

    def __init__(self, scope):
        named = ("owner__unit", "account", "status_reason", "active_stage__process")
        self.deals = [
            deal
            for deal in scope.opportunities.select_related(*named).prefetch_related("competitor_links__competitor")
            if deal.closed_on and scope.period.first <= deal.closed_on <= scope.period.last
        ]
        in_force = Closing.objects.filter(reopened_at__isnull=True).select_related("competitor", "stage__process")
        self.closings = {closing.opportunity_id: closing for closing in in_force}
        self.process, self.reader = scope.process, scope.reader

    def by(self, values):
        rows = defaultdict(list)
        for deal in self.deals:
            for value in values(deal):
                rows[value].append(deal)
        found = {value: outcomes(deals) for value, deals in rows.items()}
        return found | {"total": outcomes(self.deals)} if found else {}

    def months(self):
        found = self.by(lambda deal: [f"{deal.closed_on:%B %Y}"])
        if found:
            month, last = (when(deal.closed_on for deal in self.deals).replace(day=1) for when in (min, max))
            while month < last:
                found.setdefault(f"{month:%B %Y}", outcomes([]))
                month = (month + datetime.timedelta(days=31)).replace(day=1)
        return found

    def lost(self, value):
        rows, lost = defaultdict(list), [deal for deal in self.deals if deal.status == "lost"]
        for deal in lost:
            rows[value(deal)].append(deal)
            rows["total"].append(deal)
        return {
            value: [len(deals), percent(len(deals), len(lost)), outcomes(deals)[5]] for value, deals in rows.items()
        }

    def won_reasons(self):
        """Nothing where one reason is that of all."""
        rows, won = defaultdict(list), [deal for deal in self.deals if deal.status == "won"]
        for deal in won:
            rows[deal.status_reason.name].append(deal)
        found = {
            name: [len(deals), percent(len(deals), len(won)), won_revenue_of(deals)] for name, deals in rows.items()
        }
        return [found] if len(found) > 1 else []

    def stage_of(self, deal):
        stage = self.closings[deal.pk].stage
        return stage.name if stage.process == self.process else f"{stage.process.name}: {stage.name}"

    def lost_to(self, deal):
        return str(self.closings[deal.pk].competitor or "No competitor named")

    def rivals(self):
        found = self.by(
            lambda deal: [str(link.competitor) for link in deal.competitor_links.all()] or ["No competitor"]
        )
        return {name: row for name, row in found.items() if name != "total"}

    def owner(self, deal):
        """A salesperson of no unit sees all opportunities of nobody else."""
        is_seen = deal.owner == self.reader or self.reader.is_manager
        return [str(deal.owner) if is_seen else "Others, with whom you sell"]

    def industry(self, deal):
        return [(deal.account and deal.account.industry) or "No industry"]

    def size(self, deal):
        revenue = deal.estimated_revenue
        if revenue is None:
            return ["Not estimated"]
        return [
            label.replace("NOK ", "NOK\N{NO-BREAK SPACE}")
            for label, (low, below) in SIZES.items()
            if low <= revenue < below
        ]

    def units(self):
        found = self.by(lambda deal: [unit.name for unit in with_those_above(deal.owner.unit)] or ["In no team"])
        own = {deal.owner.unit.name for deal in self.deals if deal.owner.unit}
        return {name: row for name, row in found.items() if name != "North" or "North" in own}

    def debriefs(self):
        rows = defaultdict(list)
        for deal in self.deals:
            for debrief in deal.debriefs.all():
                rows[deal.status_reason.name].append(debrief)
                rows["total"].append(debrief)
        return {name: said(debriefs) for name, debriefs in rows.items()}

    def texts(self):
        """What the debriefs of the twenty closed last say."""
        filed = [(deal, debrief) for deal in self.deals for debrief in deal.debriefs.all()]
        latest = sorted(filed, key=lambda pair: (-pair[0].closed_on.toordinal(), pair[0].pk))[:20]
        return [(deal.name, debrief.why, debrief.went_well, debrief.went_badly) for deal, debrief in latest]


def texts_of(key, found):
    rows = next((each.rows for each in found if each.key == key), [])
    return [(row.label, *row.texts[2:]) for row in rows]


def with_those_above(unit):
    return [unit, *with_those_above(unit.parent and Unit.objects.get(pk=unit.parent_id))] if unit else []


def said(debriefs):
    gaps = [debrief.price_gap for debrief in debriefs if debrief.price_gap is not None]
    why = [debrief for debrief in debriefs if debrief.why]
    return [
        len(debriefs),
        len(why),
        len(gaps),
        median(gaps),
        *(nearest_rank(gaps, share) for share in (25, 75)),
        mean(gaps),
    ]


def outcomes(deals):
    won, lost = ([deal for deal in deals if deal.status == status] for status in ("won", "lost"))
    revenue, value = won_revenue_of(won), revenue_of(lost)
    rates = percent(len(won), len(deals)), percent(revenue, revenue + value)
    return [len(deals), len(won), len(lost), rates[0], revenue, value, rates[1]]


def without_empty(rows):
    return {label: row for label, row in rows.items() if row[0]}
