"""The debrief and the presentations of an opportunity, as its steps and the card show them."""

from dataclasses import dataclass

from opportunities.models import Debrief, Opportunity, Presentation

SHOWN = 5
"""How many presentations of a kind a step shows, the last ones. The timeline has all of them."""


@dataclass
class Written:
    """Reads a table only if the page shows it and the stored count says that it has rows."""

    opportunity: Opportunity

    @property
    def debrief(self) -> Debrief | None:
        """Read with the opportunity. No query."""
        return self.opportunity.filed_debrief  # type: ignore[attr-defined]

    @property
    def proposal(self) -> list[Presentation]:
        return self._held(Presentation.Kind.PROPOSAL, self.opportunity.proposal_presentation_count)

    @property
    def final_proposal(self) -> list[Presentation]:
        return self._held(Presentation.Kind.FINAL_PROPOSAL, self.opportunity.final_presentation_count)

    def _held(self, kind: str, count: int) -> list[Presentation]:
        """The last presentations of this kind, the newest first. One query, if there are any."""
        if not count:
            return []
        return list(
            self.opportunity.presentations.filter(kind=kind).select_related("file").order_by("-held_on", "-pk")[:SHOWN]
        )
