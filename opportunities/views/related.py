"""The opportunities that this one was copied from, and its renewals, as far as the reader may see them."""

from dataclasses import dataclass, field

from django.db.models import Q

from opportunities.models import Opportunity, SourceKind
from salesflow.users.models import User

RENEWALS_SHOWN = 5


@dataclass(frozen=True)
class Related:
    source: Opportunity | None = None
    renewals: list[Opportunity] = field(default_factory=list)

    @classmethod
    def to(cls, opportunity: Opportunity, reader: User) -> "Related":
        """One query, if there is any. `opportunity` comes from `opportunity_for`."""
        if opportunity.source_id is None and not opportunity.has_renewals:  # type: ignore[attr-defined]
            return cls()
        either = Q(pk=opportunity.source_id) | Q(source=opportunity.pk, source_kind=SourceKind.RENEWAL)
        found = list(Opportunity.objects.filter(either).visible_to(reader).order_by("pk")[: 1 + RENEWALS_SHOWN])
        renewals = [each for each in found if each.source_id == opportunity.pk]
        source = next((each for each in found if each.pk == opportunity.source_id), None)
        return cls(source, renewals[:RENEWALS_SHOWN])
