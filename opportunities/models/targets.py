from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from opportunities.models.columns import is_amount
from salesflow.users.models import Unit


class SalesTarget(models.Model):
    """What a person or a unit is to sell in one month, in the organisation's currency.

    `month` is the first day of the month. The target of a quarter or a year is the sum of its months. Only
    `opportunities.targets` writes these rows.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="sales_targets", verbose_name=_("person")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="sales_targets", verbose_name=_("unit"))
    month = models.DateField(_("month"))
    amount = models.DecimalField(
        _("amount"), max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("set by"))
    set_at = models.DateTimeField(_("set at"))
    history = HistoricalRecords()

    if TYPE_CHECKING:
        person_id: int | None
        unit_id: int | None
        set_by_id: int

    class Meta:
        verbose_name = _("sales target")
        verbose_name_plural = _("sales targets")
        ordering = ["month", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, unit__isnull=True) | Q(person__isnull=True, unit__isnull=False),
                name="sales_target_is_of_a_person_or_a_unit",
                violation_error_message=_("A target is for a person or for a unit."),
            ),
            models.CheckConstraint(
                condition=is_amount("amount") & Q(amount__gt=0),
                name="sales_target_is_more_than_nothing",
                violation_error_message=_("A target is more than 0."),
            ),
            models.UniqueConstraint(fields=["person", "month"], name="one_sales_target_of_a_person_in_a_month"),
            models.UniqueConstraint(fields=["unit", "month"], name="one_sales_target_of_a_unit_in_a_month"),
        ]
        indexes = [models.Index(fields=["month"], name="sales_target_by_month")]

    def __str__(self) -> str:
        return f"{self.person or self.unit}, {self.month:%Y-%m}"
