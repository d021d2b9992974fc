"""The one filter of opportunities, shared by list, funnel, board, bulk acts and export. Its state is the address.

found = OpportunityFilter(request.GET, request=request)
found.rows, found.totals, found.chips
"""

from opportunities.pipeline.filters.opportunity_filter import OpportunityFilter

__all__ = ["OpportunityFilter"]
