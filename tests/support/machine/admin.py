"""The operations in the admin."""

from django.contrib.messages import get_messages
from hypothesis import strategies as st
from zeal import zeal_ignore

from tests.support import reference_model
from tests.support.machine.choices import (
    OTHERS,
    VALUES,
    ages,
    detail_choices,
    details_for,
    named_stages,
    reasons,
    some_of,
    table_and_subject,
    tables,
    users_who_lead,
    versions,
    which,
)
from tests.support.machine.core import Machine, operation
from tests.support.machine.names import NEW_COMPETITOR, NONE_KNOWN, ROLE_IN_MODEL
from tests.support.reference_model import RefusedByModel

LIST = "/admin/opportunities/opportunity/"


class Admin(Machine):
    """Saves, moves and tries to delete opportunities in the admin."""

    @operation(
        9,
        which=which,
        who=users_who_lead,
        values=some_of(VALUES | OTHERS | {NONE_KNOWN: [False, True], "owner": ["rep", "mate", "manager"]}, most=4),
        added=st.one_of(st.none(), table_and_subject),
        row=st.tuples(tables, st.integers(0, 3)),
        row_change=st.sampled_from(["none", "none", "change", "remove"]),
        choices=detail_choices,
        age=ages,
        version=versions,
    )
    def save_in_admin(self, which, who, values, added, row, row_change, choices, age, version):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)
        names = (*reference_model.FIELDS, *OTHERS, NONE_KNOWN, "owner")
        entries = {name: page.opportunity.get(name) for name in names} | values
        lines = {
            table: {each: page.opportunity.details_of(table, each) for each in rows}
            for table, rows in page.rows.items()
        }
        table, place = row
        chosen = sorted(lines[table])[place % len(lines[table])] if lines[table] else None
        if chosen and row_change == "change":
            lines[table][chosen] = details_for(table, choices)
        removed = {(table, chosen)} if chosen and row_change == "remove" else set()
        new_row = (*added, details_for(added[0], choices)) if added and added[1] != NEW_COMPETITOR else None

        def act(trial, actor):
            seen = self.seen_opportunity(page, version)
            trial.require_open(actor)
            if new_row and self.cannot_add(trial, *new_row[:2], removed):
                raise RefusedByModel("Invalid")
            if any(rows.items() - self.page(number).rows[each].items() for each, rows in page.rows.items()):
                raise RefusedByModel("Gone")

            def change(opportunity):
                opportunity.save_inlines(lines, removed, new_row, seen)
                opportunity.fill_in(entries, seen)

            return trial.write(actor, change)

        posted = self.data.entries(entries) | self.version_field(page, version, "seen_version")
        posted |= self.data.close_date(page.opportunity)
        posted |= {"forecast_category": "pipeline", "_save": "Save"}
        posted |= self.data.inlines(page, lines, removed, new_row)
        statuses, after = self.expected_admin_result(who, number, act)
        self.post_and_compare(who, {number: after}, f"{LIST}{self.pks[number]}/change/", posted, statuses)

    def cannot_add(self, trial, table, subject, removed):
        return subject == "no_role" or (subject in trial.subjects(table) and (table, subject) not in removed)

    def expected_admin_result(self, who, number, act):
        if ROLE_IN_MODEL.get(who, who) not in reference_model.MANAGERS:
            return {302, 403}, self.opportunities[number]
        statuses, after = self.expected_result(who, self.opportunities[number], act)
        return {302} if statuses == {303} else statuses, after

    @operation(
        6,
        which=which,
        who=users_who_lead,
        others=st.booleans(),
        action=st.sampled_from(["advance", "advance", "go_back", "finish", "hold", "resume"]),
        age=ages,
        named_stage=named_stages,
        reason=reasons,
    )
    def run_admin_action(self, which, who, others, action, age, named_stage, reason):
        """Runs an action on one opportunity of the list, or on all."""
        chosen = range(len(self.opportunities)) if others else [self.pick(which)]
        who = self.person(who, chosen[0])
        posted = {"action": action, "_selected_action": [self.pks[number] for number in chosen], "index": "0"}
        after, refused, answers = {}, 0, set()
        for number in chosen:
            page = self.page(number, age)
            sent = self.stage_fields(page, named_stage)
            names = {"from_stage": "stage", "page_version": "version"}
            posted |= {f"{names[name]}-{self.pks[number]}": value for name, value in sent.items()}
            statuses, after[number] = self.expected_admin_result(
                who, number, self.admin_act(action, page, named_stage, reason)
            )
            refused += statuses != {302}
            answers |= statuses
        is_manager = ROLE_IN_MODEL.get(who, who) in reference_model.MANAGERS
        expected = answers & {400} or answers & {409} or {302} if is_manager else {302, 403}
        with zeal_ignore():  # each is moved in its own transaction
            answer = self.post_and_compare(who, after, LIST, posted | {"reason": reason}, expected)
        if is_manager and answer.status_code != 400:
            levels = [message.level_tag for message in get_messages(answer.wsgi_request)]
            assert levels == ["error"] * refused + ["success"] * (refused < len(chosen))

    def admin_act(self, action, page, named_stage, reason):
        def act(trial, actor):
            drawn_for = self.drawn_for(page, named_stage)
            if action in ("hold", "resume"):
                trial.require_movable(actor, drawn_for)
                if action == "hold" and not reason:
                    raise RefusedByModel("EntryMissing")
                getattr(trial, action)(actor)
                return
            trial.press_button(actor, "back" if action == "go_back" else action, drawn_for, None)

        return act

    @operation(1, which=which, who=st.sampled_from(["manager", "owner", "outsider", "anonymous"]))
    def delete_in_admin(self, which, who):
        """Only superusers may delete."""
        number = self.pick(which)
        where = f"{LIST}{self.pks[number]}/delete/"
        self.post_and_compare(self.person(who, number), {}, where, {"post": "yes"}, {302, 403})
