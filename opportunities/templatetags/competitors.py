"""`{% figures_of competitor figures as counts %}`: how many opportunities a list counts against the competitor."""

from collections.abc import Mapping

from django import template

from opportunities.customer_pages.figures import Figures
from opportunities.customers.models import Competitor

register = template.Library()


@register.simple_tag
def figures_of(competitor: Competitor, figures: Mapping[int, Figures]) -> Figures:
    return figures.get(competitor.pk, Figures())
