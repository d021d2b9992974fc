"""The values of an opportunity that meet a step, and those that do not."""

import datetime
from decimal import Decimal

import pytest

from stages import gates
from stages.gates import UnmetReason
from tests.support import factories
from tests.support.factories import DEVELOP, STAGES, step

pytestmark = pytest.mark.django_db

MET = [
    ("estimated_budget", Decimal(0)),
    ("estimated_budget", Decimal("0.01")),
    ("purchase_timeframe", "unknown"),
    ("purchase_process", "unknown"),
    ("customer_need", "?"),
    ("customer_need", "\u200b\u00a0x"),
    ("proposed_solution", "0"),
    ("decision_date", datetime.date(1999, 1, 1)),
    ("decision_date", datetime.date(2999, 1, 1)),
    ("internal_review_completed", True),
]
UNMET = [
    ("estimated_budget", None, UnmetReason.EMPTY),
    ("purchase_timeframe", "", UnmetReason.EMPTY),
    ("customer_need", "", UnmetReason.EMPTY),
    ("customer_need", " \t\r\n", UnmetReason.EMPTY),
    ("customer_need", "\u00a0\u2003\u3000", UnmetReason.EMPTY),
    ("customer_need", "\u200b\u200e\ufeff", UnmetReason.EMPTY),
    ("proposed_solution", "\u2028\u2029", UnmetReason.EMPTY),
    ("decision_date", None, UnmetReason.EMPTY),
    ("internal_review_completed", False, UnmetReason.NOT_TICKED),
    ("contact", None, UnmetReason.EMPTY),
    ("account", None, UnmetReason.EMPTY),
]


@pytest.fixture
def opportunity(rep):
    return factories.OpportunityFactory(owner=rep)


@pytest.mark.parametrize(("field", "value"), MET)
def test_a_filled_value_meets_its_step(opportunity, field, value):
    assert gates.why_unmet(step(field), factories.edit(opportunity, **{field: value})) is None


@pytest.mark.parametrize(("field", "value", "why"), UNMET)
def test_an_empty_value_does_not_meet_its_step(opportunity, field, value, why):
    assert gates.why_unmet(step(field), factories.edit(opportunity, **{field: value})) is why


def test_contact_and_account_are_checked_without_queries(rep, django_assert_num_queries):
    opportunity = factories.reread(factories.OpportunityFactory(owner=rep, contact=factories.ContactFactory()))
    contact, account = step("contact"), step("account")

    with django_assert_num_queries(0):
        assert gates.why_unmet(contact, opportunity) is None
        assert gates.why_unmet(account, opportunity) is None


def test_a_new_opportunity_has_every_required_step_unmet(opportunity):
    assert len(factories.unmet(opportunity, *STAGES)) == 18
    assert "proposal_developed" not in factories.unmet(opportunity, *STAGES)


def test_a_complete_opportunity_has_no_unmet_step(opportunity):
    assert factories.unmet(factories.fill(opportunity), *STAGES) == []


def test_a_tick_whose_evidence_was_removed_is_unmet_with_a_reason(rep):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    factories.remove(opportunity.competitor_links.get())

    (missing,) = factories.progress(opportunity).unmet(
        factories.progress(opportunity).reached, factories.reread(opportunity)
    )

    assert (missing.step.field, missing.why) == ("competitors_identified", UnmetReason.NO_EVIDENCE)
    assert missing.sentence == "there is no competitor yet, and “No known competitors” is not set"
