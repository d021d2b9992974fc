"""Enters and changes presentations of a proposal, and the rules for each write of one.

Call `enter` and `change` inside an `editing` block, with the record that it yields or a row of it.
"""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from opportunities.customers.models import Contact
from opportunities.editing import rows, stamps
from opportunities.editing.children import PRESENTATION
from opportunities.models import Opportunity, Presentation
from opportunities.models.event import log_value


def enter(record: Opportunity, **entries: Any) -> Presentation:
    """Adds a presentation. `attendees` are those of `named`. Refusal: InvalidEntry."""
    presentation = Presentation(opportunity=record, **entries)
    stamps.created(presentation)
    refuse_invalid(presentation)
    presentation.save()
    return presentation


def change(presentation: Presentation, **entries: Any) -> Presentation:
    """Sets columns of the presentation. Refusal: InvalidEntry."""
    for name, value in entries.items():
        setattr(presentation, name, value)
    refuse_invalid(presentation)
    presentation.save()
    return presentation


def named(contacts: Iterable[Contact]) -> list[dict[str, Any]]:
    """The contacts as a presentation stores them, by id."""
    return [log_value(contact) for contact in sorted(contacts, key=lambda contact: contact.pk)]


def refuse_invalid(presentation: Presentation) -> None:
    """Also for a presentation that was saved past these functions. Refusal: InvalidEntry."""
    rows.refuse_invalid(presentation, PRESENTATION, PRESENTATION.entered)
    if presentation.held_on > stamps.of(presentation).at.astimezone(timezone.get_default_timezone()).date():
        why = _("A presentation is entered when it has been held. Plan a task for one that is to come.")
        raise rows.invalid(PRESENTATION, "held_on", why)
