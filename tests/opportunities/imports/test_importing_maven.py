"""The data set of Maven: every row is taken or explained, and the figures are those of the file.

By default each fortieth row; with SWEEP=full all 8,800.
"""

import csv
import datetime
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Count, Sum

from opportunities.models import Opportunity
from opportunities.verify import run as verification
from tests.support import imports
from tests.support.factories import DEVELOP, QUALIFY, UserFactory

MAVEN = Path(__file__).parents[4] / "shared/data/maven-crm/sales_pipeline.csv"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sweep,
    pytest.mark.skipif(not MAVEN.exists(), reason="../shared/data/maven-crm is not here"),
]

AFTER = datetime.datetime(2018, 1, 15, 12, tzinfo=datetime.UTC)
STEP = 1 if os.environ.get("SWEEP") == "full" else 40
COLUMNS = {
    "opportunity_id": "external_id",
    "sales_agent": "owner",
    "product": "name",
    "account": "account",
    "deal_stage": "stage",
    "engage_date": "created_on",
    "close_date": "close_date",
    "close_value": "amount",
}


def test_the_figures_after_the_import_are_those_of_the_file(manager):
    headings, *rows = csv.reader(MAVEN.read_text(encoding="utf-8").splitlines())
    rows = rows[::STEP]
    deals = [dict(zip(headings, row, strict=True)) for row in rows]
    owners = {name: UserFactory().pk for name in sorted({deal["sales_agent"] for deal in deals})}
    here = imports.stages(DEVELOP, QUALIFY)
    stages = {"Engaging": here[DEVELOP], "Prospecting": here[QUALIFY]}

    run = imports.done(
        manager,
        imports.table(*rows, headings=headings),
        columns=COLUMNS,
        stages={**here, **stages},
        owners=owners,
        at=AFTER,
    )

    assert Counter(imports.outcomes(run)) == {"created": len(rows)}
    assert imports.fates(run) == ["create"] * len(rows)
    found = Opportunity.objects.order_by().values_list("status").annotate(Count("pk"), Sum("actual_revenue"))
    closed = {status: (count, revenue or 0) for status, count, revenue in found if status != "open"}
    of_file = {status: [deal for deal in deals if deal["deal_stage"].lower() == status] for status in ("won", "lost")}
    won = sum(Decimal(deal["close_value"]) for deal in of_file["won"])
    assert closed == {"won": (len(of_file["won"]), won), "lost": (len(of_file["lost"]), 0)}
    funnel = Opportunity.objects.open().order_by().values_list("active_stage__name_en").annotate(Count("pk"))
    in_file = Counter(deal["deal_stage"] for deal in deals)
    assert dict(funnel) == {DEVELOP: in_file["Engaging"], QUALIFY: in_file["Prospecting"]}
    by_owner = Opportunity.objects.order_by().values_list("owner").annotate(Count("pk"))
    assert dict(by_owner) == {owners[name]: n for name, n in Counter(deal["sales_agent"] for deal in deals).items()}
    assert list(verification.faults()) == []
