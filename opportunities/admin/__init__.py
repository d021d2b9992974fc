"""The admin pages, a module for each noun. Visits, closings and events have none, because only moves write them."""

from opportunities.admin import customers, deletions, exports, mail_templates, opportunity, status_reasons

__all__ = ["customers", "deletions", "exports", "mail_templates", "opportunity", "status_reasons"]
