"""Undoes a hand-over, while nothing that it moved has changed since."""

import datetime
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from opportunities import access, editing
from opportunities.customers import changing
from opportunities.editing import children, tasks
from opportunities.editing.locks import lock_in_order
from opportunities.handing_over import moved_rows, moving
from opportunities.handing_over.moved_rows import ChangedMovedRow, Moved
from opportunities.models import HandOver, Opportunity, Task, TeamMember
from opportunities.models.hand_overs import ACCOUNT, OPPORTUNITY, TASK
from opportunities.refusals import NotAllowed, Refused
from salesflow.users.models import User

MOST_NAMED = 5


class HandOverChangedSince(Refused):
    """Rows that were handed over were changed since. `changed` has them."""

    code = "changed_since"
    is_stale = True

    def __init__(self, changed: list[ChangedMovedRow]) -> None:
        named = get_text_list([str(each) for each in changed[:MOST_NAMED]], _("and"))
        sentence = _("The hand-over cannot be undone, because this was changed since: %(rows)s.")
        super().__init__(sentence % {"rows": named})
        self.changed = changed


class NotToUndo(Refused):
    """The hand-over was undone already, or is not finished."""

    code = "already_undone"
    is_stale = True


def undo(pk: int, *, by: User, at: datetime.datetime) -> HandOver:
    """Gives everything back in one transaction. What the taker added meanwhile goes along with its opportunity.

    Refusals: NotAllowed, NotToUndo, HandOverChangedSince, Busy, and those of `editing`.
    """
    with editing.written_or_refused(is_new=True):
        hand_over = HandOver.objects.select_for_update(of=("self",)).select_related("giver", "taker").get(pk=pk)
        _refuse(hand_over)
        lock_in_order(moved_rows.opportunities_of(moved_rows.ids_of(hand_over)))
        moved = moved_rows.moved_by(hand_over)
        if changed := moved_rows.changed_since(hand_over, by, moved):
            raise HandOverChangedSince(changed)
        for each in moved:
            _GIVE_BACK[each.kind](hand_over, each, by, at)
        hand_over.undone_at, hand_over.undone_by = at, by
        hand_over.save(update_fields=["undone_at", "undone_by"])
    return hand_over


def _refuse(hand_over: HandOver) -> None:
    if hand_over.undone_at is not None:
        raise NotToUndo(_("This hand-over was undone already."))
    if moving.waiting(hand_over):
        raise NotToUndo(_("This hand-over is not finished. Undo it afterwards."))
    if not access.may_own(hand_over.giver):
        sentence = _("%(person)s may own no opportunities any more. Hand them over to another person instead.")
        raise NotAllowed(sentence % {"person": hand_over.giver})


# Giving back


def _opportunity_back(hand_over: HandOver, moved: Moved, by: User, at: datetime.datetime) -> None:
    """The owner, the sales team and the tasks as they were. Tasks that the taker had there before stay the taker's."""
    event: Any = moved.event
    along = moved_rows.tasks_in(event, hand_over)
    found: Any = Opportunity.objects.filter(pk=moved.pk).first()
    others = Task.objects.open().filter(opportunity=found, owner=hand_over.taker, created_at__lt=event.at)
    kept = set(others.exclude(pk__in=along).values_list("pk", flat=True))
    leaves = not TeamMember.objects.filter(opportunity=found, user=hand_over.taker).exists()
    with editing.editing(found, by=by, at=at, owner_leaves=leaves, kept_tasks=kept) as record:
        record.owner = hand_over.giver
        for row in (each for each in event.children if each["table"] == children.TEAM_MEMBER.name):
            _team_back(record, row, hand_over.giver)


def _team_back(record: Opportunity, row: dict[str, Any], giver: User) -> None:
    """Takes back what the hand-over wrote to the sales team: it added or removed the giver only."""
    if row["what"] == "added":
        for member in TeamMember.objects.filter(opportunity=record, pk=row["id"], user=giver):
            member.delete()
    elif row["what"] == "removed":
        was = {change["field"]: change["old"] for change in row["changes"]}
        record.team_members.get_or_create(user=giver, defaults={"role": was["role"]})


def _task_back(hand_over: HandOver, moved: Moved, by: User, at: datetime.datetime) -> None:
    found: Any = Opportunity.objects.filter(tasks=moved.pk).first()
    with editing.editing(found, by=by, at=at) as record:
        tasks.change(tasks.find_open(record, moved.pk, version=None), owner=hand_over.giver)


def _account_back(hand_over: HandOver, moved: Moved, by: User, at: datetime.datetime) -> None:
    changing.give(moved.pk, giver=hand_over.taker, taker=hand_over.giver, by=by, at=at)


_GIVE_BACK = {OPPORTUNITY: _opportunity_back, TASK: _task_back, ACCOUNT: _account_back}
