"""Reads an opportunity and locks it for a write."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from opportunities.models import Opportunity, ProcessInstance
from opportunities.refusals import Gone
from stages.models import Process


def locked_rows(opportunity: Opportunity) -> tuple[Opportunity, ProcessInstance | None]:
    """Reads the opportunity with its primary instance, and locks both until the transaction ends. Refusal: Gone.

    Two queries. Both are locked, so that both are read anew after a wait for another write. The process is not, so its
    revision is read when the wait is over: a change of the process may be what was waited for.
    """
    locked = ProcessInstance.objects.select_for_update(of=("opportunity", "self"))
    instance = locked.select_related("opportunity").filter(opportunity=opportunity.pk, is_primary=True).first()
    if instance is None:
        return locked_row(opportunity), None
    [instance.process] = Process.objects.filter(pk=instance.process_id)
    return instance.opportunity, instance


def lock_in_order(ids: Iterable[int]) -> None:
    """Locks these opportunities in the order of their ids until the transaction ends. One query."""
    rows = Opportunity.objects.select_for_update(of=("self",)).filter(pk__in=list(ids)).order_by("pk")
    list(rows.values_list("pk", flat=True))


def locked_row(opportunity: Opportunity) -> Opportunity:
    """Reads the opportunity and locks it until the transaction ends. Refusal: Gone."""
    found = Opportunity.objects.select_for_update(of=("self",)).filter(pk=opportunity.pk).first()
    if found is None:
        raise Gone(_("This opportunity has been deleted."))
    return found
