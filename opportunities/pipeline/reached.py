"""Which stages an opportunity has reached: one rule, as a condition of a filter and as the counts of a report.

It reached a stage if its active stage is that one or a later one, if its process is finished, or if it was in that one
or a later one before it went back. A stage that was skipped is reached. Archived stages keep their place in the order.
"""

from collections.abc import Iterable

from django.db.models import Q

from opportunities.models import StageVisit
from stages.models import Stage

WENT_BACK = "NOT finished AND {place_of_visit} > place"
"""Of a visit of an opportunity that is `finished` or not: whether its stage is after the active one, at `place`."""


def condition(stage_id: int, stages: Iterable[Stage]) -> Q:
    """It reached this stage. `stages` is in the order of each process."""
    before, from_here_on = _stages_beside(stage_id, stages)
    went_back = StageVisit.objects.filter(stage__in=from_here_on, opportunity__active_stage__in=before).order_by()
    is_before = Q(active_stage__in=before) & (Q(is_finished=True) | Q(pk__in=went_back.values("opportunity")))
    return Q(active_stage__in=from_here_on) | is_before


def count(place: int, now: Iterable[tuple[int, bool, int]], went_back: Iterable[tuple[int, int, int]]) -> int:
    """How many reached the stage at this place.

    `now` has the place of the active stage, whether the process is finished, and how many; `went_back` the place of the
    active stage, that of the last stage of WENT_BACK, and how many.
    """
    is_there = sum(number for active, is_finished, number in now if is_finished or active >= place)
    return is_there + sum(number for active, furthest, number in went_back if active < place <= furthest)


def _stages_beside(stage_id: int, stages: Iterable[Stage]) -> tuple[list[int], list[int]]:
    """The ids of the stages of its process before this one, and from this one on."""
    stages = list(stages)
    process = next((each.process_id for each in stages if each.pk == stage_id), None)
    of_process = [each.pk for each in stages if each.process_id == process]
    place = of_process.index(stage_id) if of_process else 0
    return of_process[:place], of_process[place:]
