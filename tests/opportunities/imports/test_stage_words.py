"""What files of other systems call the stages of a sale."""

import pytest

from opportunities.imports import making
from tests.support import factories, imports
from tests.support.factories import CLOSE, DEVELOP, PROPOSE, QUALIFY
from tests.support.import_pages import on_the_values, page
from tests.support.imports import table

pytestmark = pytest.mark.django_db

CALLED = {
    "Ny": QUALIFY,
    "Kvalifisert": QUALIFY,
    "Appointment scheduled": QUALIFY,
    "Behovsanalyse": DEVELOP,
    "Tilbud sendt": PROPOSE,
    "Proposal/Price Quote": PROPOSE,
    "Forhandling": CLOSE,
    "Negotiation/Review": CLOSE,
}


def test_stages_are_recognised_by_what_others_call_them(manager):
    rows = [[f"A{n}", f"Deal {n}", name, "2025-11-03", "1"] for n, name in enumerate([*CALLED, "In talks"])]

    run = imports.begun(manager, table(*rows))

    found = {value: meaning.stage for value, meaning in making.mapping_of(run).stages.items()}
    assert found == {value: factories.stage(name).pk for value, name in CALLED.items()}


def test_the_own_name_of_a_stage_comes_before_the_words_of_others(manager):
    own = factories.add_stage(factories.stage(QUALIFY).process, "Lead", order=9)

    run = imports.begun(manager, table(["A1", "Ferries", "Lead", "2025-11-03", "1"]))

    assert making.mapping_of(run).stages["Lead"].stage == own.pk


def test_a_lost_stage_asks_for_its_reason_unless_the_file_has_reasons(manager, client_of):
    client = client_of(manager)
    headings = ["Id", "Name", "Stage", "Closed", "Created"]
    row = ["A1", "Ferries", "Lost", "2025-11-04", "2025-11-03"]

    without = on_the_values(client, table(row, headings=headings))
    with_reasons = on_the_values(client, table([*row, "Price"], headings=[*headings, "Lost reason"]))

    for run, is_offered in ((without, False), (with_reasons, True)):
        content = client.get(page("import_values", run)).content.decode()
        assert ('<option value="lost"' in content, "Lost: Price" in content) == (is_offered, True)
        assert ('<option value="" selected>' in content) == (not is_offered)
