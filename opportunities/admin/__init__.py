"""The records in the admin, a module per noun. Visits, closings and the log are not here: only moves write them."""

from opportunities.admin import accounts, competition, deletions, opportunity, reasons

__all__ = ["accounts", "competition", "deletions", "opportunity", "reasons"]
