"""The filter bar of the list of competitors."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from opportunities.customer_pages.competitors import figures
from opportunities.customer_pages.filters import CustomerFilter
from opportunities.customer_pages.status_counts import LABELS, StatusCounts


class CompetitorFilter(CustomerFilter):
    """Sorts competitors by name and by each figure, too."""

    orders = {"name": _("Name"), **{f"-{status}": label for status, label in LABELS.items()}}
    columns = tuple(orders)
    figure_columns = tuple(LABELS)

    @cached_property
    def figures(self) -> Mapping[int, StatusCounts]:
        return figures.of_all(self.request.user)

    def sorted_by(self, name: str) -> Any:
        return super().sorted_by(name) if name == "name" else figures.as_column(self.figures, name)
