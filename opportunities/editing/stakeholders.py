"""What is written about stakeholders besides the entries of a form. Call it inside an `editing` block."""

from collections.abc import Iterable
from typing import Any

from opportunities.customers.models import Contact
from opportunities.models import Opportunity, Stakeholder


def add_roles(record: Opportunity, *, contact: Contact, roles: Iterable[str], **entries: Any) -> Stakeholder:
    """Gives the contact roles besides those that it has, and sets columns. Who is no stakeholder becomes one."""
    row = record.stakeholders.filter(contact=contact).first() or Stakeholder(opportunity=record, contact=contact)
    row.roles = (*row.roles, *roles)
    for name, value in entries.items():
        setattr(row, name, value)
    row.save()
    return row
