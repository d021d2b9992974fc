"""The admin pages, a module per noun. Visits, closings and the log are not here: only moves write them."""

from opportunities.admin import customers, deletions, opportunity, status_reasons

__all__ = ["customers", "deletions", "opportunity", "status_reasons"]
