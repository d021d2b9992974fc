"""The pages that a user may choose to start with."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class StartPage(models.TextChoices):
    """The page that signing in and the logo lead to. The value is the name of its address."""

    MY_DAY = "my_day", _("My day")
    OPPORTUNITIES = "opportunity_list", _("Opportunities")
    BOARD = "board", _("Board")
    FUNNEL = "funnel", _("Funnel")
    REPORTS = "reports", _("Reports")
