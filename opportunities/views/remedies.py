"""The link that a refusal shows to the page on which the refused change becomes possible."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from opportunities.editing.rules import ContactStays, PassedGate
from opportunities.models import Opportunity
from opportunities.progress import Progress
from opportunities.refusals import Refused
from stages import gates


@dataclass(frozen=True)
class RemedyLink:
    """A link to the page on which a refused change becomes possible."""

    url: str
    text: str


def link_for(refusal: Refused, opportunity: Opportunity) -> RemedyLink | None:
    if isinstance(refusal, PassedGate):
        stage = refusal.unmet[0].stage
        text = _("Show %(stage)s, where you can go back to change it") % {"stage": stage.name}
        return RemedyLink(f"{opportunity.get_absolute_url()}?stage={stage.pk}", text)
    if isinstance(refusal, ContactStays):
        return RemedyLink(where_contact_is(opportunity), _("Change the contact"))
    return None


def where_contact_is(opportunity: Opportunity) -> str:
    """The stage that asks for the contact; in a process without such a step, the page with all fields."""
    for stage in Progress.of(opportunity).stages:
        if any(step.field == "contact" for step in gates.steps_in_use(stage)):
            return f"{opportunity.get_absolute_url()}?stage={stage.pk}#id_contact"
    return f"{reverse('opportunity_edit', args=[opportunity.pk])}#id_contact"
