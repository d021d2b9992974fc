"""The sales targets of the people of the demo, for the present fiscal year and the one before."""

import datetime
from decimal import Decimal

from django.conf import settings

from opportunities import targets
from salesflow.users.models import User

OF_A_MONTH = {"rep": Decimal(1_500_000), "rep2": Decimal(900_000)}
"""By user name, in the year of the demo. In the year before it was three quarters of that."""
BEFORE = Decimal("0.75")


def make(*, at: datetime.datetime, today: datetime.date) -> None:
    """Sets them in the name of the manager."""
    manager = User.objects.get(username="manager")
    first_month = settings.FISCAL_YEAR_FIRST_MONTH
    year = targets.fiscal_year_of(today, first_month=first_month)
    before, present = (targets.fiscal_year(each, first_month=first_month) for each in (year - 1, year))
    for name, amount in OF_A_MONTH.items():
        amounts = dict.fromkeys(before, amount * BEFORE) | dict.fromkeys(present, amount)
        targets.set_amounts(User.objects.get(username=name), amounts, version=0, by=manager, at=at)
