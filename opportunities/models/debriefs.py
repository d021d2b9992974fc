from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opportunities.customers.models import Competitor
from opportunities.models.notes import first_line
from opportunities.models.opportunity import Opportunity
from opportunities.models.write_guard import Guarded, GuardedQuerySet

LEAST_GAP, MOST_GAP = -100, 999


class Debrief(Guarded):
    """What the seller learned from an opportunity. There is one at most, which a closed opportunity takes, too."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="debriefs")
    went_well = models.TextField(_("what went well"), max_length=4000, blank=True)
    went_badly = models.TextField(_("what did not go well"), max_length=4000, blank=True)
    why = models.TextField(_("why it was won or lost"), max_length=4000, blank=True)
    competitor = models.ForeignKey(
        Competitor, models.PROTECT, null=True, blank=True, related_name="debriefs", verbose_name=_("competitor")
    )
    price_gap = models.SmallIntegerField(
        _("price gap (%)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(LEAST_GAP), MaxValueValidator(MOST_GAP)],
        help_text=_("How far our price was above theirs, in percent. With a minus if it was below."),
    )
    created_at = models.DateTimeField(_("filed"), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("filed by"), editable=False
    )

    objects = GuardedQuerySet["Debrief"].as_manager()

    if TYPE_CHECKING:
        opportunity_id: int
        competitor_id: int | None
        created_by_id: int

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("debrief")
        verbose_name_plural = _("debriefs")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity"],
                name="one_debrief_of_an_opportunity",
                violation_error_message=_("This opportunity has a debrief already. Open it and change it."),
            ),
            models.CheckConstraint(
                condition=~Q(went_well="", went_badly="", why=""),
                name="debrief_says_something",
                violation_error_message=_("Write at least one of the three answers."),
            ),
            models.CheckConstraint(
                condition=Q(price_gap__isnull=True) | Q(price_gap__gte=LEAST_GAP, price_gap__lte=MOST_GAP),
                name="debrief_price_gap_is_a_percentage",
                violation_error_message=_("The price gap is a whole number from −100 to 999."),
            ),
        ]

    def __str__(self) -> str:
        """The beginning of its first text."""
        return first_line(self.why or self.went_well or self.went_badly)
