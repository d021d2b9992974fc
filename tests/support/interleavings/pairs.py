"""Which operations are paired. SWEEP=full pairs each with every other."""

import os

from tests.support.interleavings.operations import (
    accept_the_review,
    advance,
    answer_a_step,
    answer_it_in_another_tab,
    approve_the_request,
    ask_for_a_waiver,
    blank_a_required_field,
    change_the_definition,
    change_the_owner,
    close_as_lost,
    close_as_won,
    complete_the_asked_step,
    complete_the_task,
    copy_it,
    decline_the_request,
    disable_the_owner,
    disable_the_successor,
    enter_a_presentation,
    erase_the_contact,
    file_the_debrief,
    go_back,
    hand_it_over,
    mark_all_as_seen,
    mark_as_seen,
    merge_the_account,
    merge_the_competitor,
    merge_the_contact,
    name_the_person,
    postpone_the_task,
    put_on_hold,
    remove_the_competitor,
    remove_the_decision_maker,
    remove_the_team_member,
    reopen,
    see_it_first,
    send_a_mail,
    take_the_request_back,
    undo_the_merge,
    untick,
    upload_a_version,
    withdraw_the_waiver,
    write_a_note,
)
from tests.support.interleavings.row_operations import (
    change_the_debrief,
    change_the_note,
    change_the_presentation,
    change_the_stakeholder,
    pin_the_note,
    plan_a_task,
    remove_the_debrief,
    remove_the_file,
    remove_the_note,
    remove_the_presentation,
    remove_the_task,
    rename_the_file,
    set_the_threat,
)

FULL = os.environ.get("SWEEP") == "full"

OPERATIONS = [
    write_a_note,
    file_the_debrief,
    send_a_mail,
    upload_a_version,
    enter_a_presentation,
    copy_it,
    advance,
    go_back,
    close_as_won,
    close_as_lost,
    reopen,
    put_on_hold,
    blank_a_required_field,
    answer_a_step,
    answer_it_in_another_tab,
    untick,
    remove_the_decision_maker,
    remove_the_competitor,
    remove_the_team_member,
    change_the_owner,
    change_the_definition,
    disable_the_owner,
    disable_the_successor,
]

OF_WAIVERS = [
    ask_for_a_waiver,
    take_the_request_back,
    approve_the_request,
    decline_the_request,
    withdraw_the_waiver,
    complete_the_asked_step,
]
WITH_WAIVERS = [advance, go_back, answer_a_step, change_the_definition]
"""The other operations that those of waivers are paired with."""

OF_LOOKS = [mark_as_seen, see_it_first, mark_all_as_seen]
WITH_LOOKS = [write_a_note, advance, remove_the_team_member, change_the_owner]
"""The other operations that those of last looks are paired with."""

OF_TASKS = [complete_the_task, postpone_the_task]
WITH_TASKS = [write_a_note, advance, close_as_lost, change_the_owner]
"""The other operations that those of tasks are paired with."""

OF_MERGES = [merge_the_contact]
WITH_MERGES = [advance, go_back, close_as_lost, write_a_note, answer_a_step, remove_the_decision_maker]
"""The other operations that a merge is paired with."""

OF_ACCOUNTS, WITH_ACCOUNTS = [merge_the_account], [advance, close_as_lost, copy_it, merge_the_contact]
OF_RIVALS, WITH_RIVALS = [merge_the_competitor], [remove_the_competitor, close_as_lost, copy_it, merge_the_account]
OF_UNDONE, WITH_UNDONE = [undo_the_merge], [advance, answer_a_step, send_a_mail, merge_the_contact]
OF_REVIEWS, WITH_REVIEWS = [accept_the_review], [name_the_person, copy_it, merge_the_contact]
"""The other operations that each merge, its undo and the review of an erasure are paired with."""

OF_ERASURES = [erase_the_contact]
WITH_ERASURES = [advance, close_as_lost, write_a_note, answer_a_step, send_a_mail, copy_it, enter_a_presentation]
WITH_ERASURES += [upload_a_version, remove_the_decision_maker, merge_the_contact]
"""The other operations that an erasure is paired with."""

OF_HAND_OVERS = [hand_it_over]
WITH_HAND_OVERS = [advance, close_as_lost, write_a_note, answer_a_step, copy_it, remove_the_team_member]
WITH_HAND_OVERS += [change_the_owner, disable_the_successor, merge_the_contact, erase_the_contact]
"""The other operations that a hand-over is paired with."""

OF_ROWS = [
    ([change_the_note, pin_the_note, remove_the_note], [close_as_lost]),
    ([change_the_debrief, remove_the_debrief], [file_the_debrief]),
    ([rename_the_file, remove_the_file], [upload_a_version, enter_a_presentation, change_the_presentation]),
    ([change_the_presentation, remove_the_presentation], [advance]),
    ([plan_a_task, remove_the_task], [complete_the_task, close_as_lost, change_the_owner]),
    ([change_the_stakeholder], [remove_the_decision_maker]),
    ([set_the_threat], [remove_the_competitor]),
]
"""The operations on the rows of each table, and the others that they are paired with."""
ON_ROWS = [operation for those, _others in OF_ROWS for operation in those]
if FULL:
    OF_ROWS = [(ON_ROWS, [*OPERATIONS, *OF_WAIVERS, *OF_LOOKS, *OF_TASKS, *OF_MERGES, *OF_ERASURES, *OF_HAND_OVERS])]

GROUPS = [
    *OF_ROWS,
    (OF_WAIVERS, WITH_WAIVERS),
    (OF_LOOKS, WITH_LOOKS),
    (OF_TASKS, WITH_TASKS),
    (OF_MERGES, OPERATIONS if FULL else WITH_MERGES),
    (OF_ACCOUNTS, OPERATIONS + OF_MERGES if FULL else WITH_ACCOUNTS),
    (OF_RIVALS, OPERATIONS + OF_ACCOUNTS if FULL else WITH_RIVALS),
    (OF_UNDONE, OPERATIONS + OF_MERGES if FULL else WITH_UNDONE),
    (OF_REVIEWS, OPERATIONS + WITH_REVIEWS if FULL else WITH_REVIEWS),
    (OF_ERASURES, OPERATIONS if FULL else WITH_ERASURES),
    (OF_HAND_OVERS, OPERATIONS if FULL else WITH_HAND_OVERS),
]
"""The operations of one kind, and the others that they are paired with."""

ALL = [*OPERATIONS, *(operation for those, _others in GROUPS for operation in those), name_the_person]


def seconds(first):
    """The operations that are paired with this one."""
    paired = [*OPERATIONS] if first in OPERATIONS else []
    for those, others in GROUPS:
        if first in those:
            paired += those + others
        elif first in others:
            paired += those
    return list(dict.fromkeys(paired))
