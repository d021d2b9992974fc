"""After a test that commits, the database is as the migrations made it: the next test relies on that."""

from django.contrib.auth.models import Group

from opportunities.models import StatusReason
from stages.models import Step
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import PROPOSE
from tests.support.shipped import Shipped


def test_everything_that_a_test_writes_changes_or_deletes_is_undone(db):
    shipped = Shipped()

    with unchanged():
        factories.won_opportunity(owner=factories.UserFactory())
        factories.opportunity_in(PROPOSE)
        factories.change_step("customer_need", required=False)
        StatusReason.objects.filter(key="canceled").update(name_en="Given up")
        Group.objects.all().delete()
        shipped.restore()

    assert Group.objects.count() == 3
    assert Step.objects.get(pk=factories.step("customer_need").pk).required
