"""What is written of a form with a conflict: the entries that are in none, unless a rule refuses them."""

import copy

from tests.support.machine import expected
from tests.support.machine.expected import PartlyRefused
from tests.support.reference_model import RefusedByModel


def is_conflict(mine, seen, theirs):
    try:
        expected.merged(mine, seen, theirs)
    except RefusedByModel:
        return True
    return False


def raise_partly(write):
    """Writes the entries that are in no conflict. Raises PartlyRefused, unless a rule refuses them."""
    try:
        rest = write()
    except RefusedByModel:
        return
    raise PartlyRefused(rest, "StaleVersion")


def write_the_rest(opportunity, actor, entries, seen, change):
    """After a conflict the other entries are saved alone. Raises PartlyRefused if they were."""
    conflicts = {name for name, mine in entries.items() if is_conflict(mine, seen.get(name), opportunity.get(name))}
    raise_partly(lambda: opportunity.write(actor, lambda after: change(after, without=conflicts)))


def write_or_the_rest(trial, values, shown, write):
    """Writes the values, `write(opportunity, values)`. After a conflict it writes the values that are in none.

    `shown(opportunity)` are the values that the page showed and those of now, as pairs.
    """
    before = copy.deepcopy(trial)
    try:
        return write(trial, values)
    except RefusedByModel as refusal:
        if "StaleVersion" not in refusal.names:
            raise
        pairs = zip(values, shown(before), strict=True)
        rest = [theirs if is_conflict(mine, seen, theirs) else mine for mine, (seen, theirs) in pairs]
        raise_partly(lambda: write(before, rest))
        raise
