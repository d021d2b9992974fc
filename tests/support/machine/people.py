"""The operations on stakeholders, competitors and the sales team."""

from hypothesis import strategies as st

from salesflow import once
from tests.support.machine.choices import (
    ages,
    detail_choices,
    details_for,
    table_and_subject,
    tables,
    users,
    versions,
    which,
)
from tests.support.machine.core import FUTURE_VERSION, Machine, operation, refuse_row
from tests.support.machine.names import NEW_COMPETITOR, NONE_KNOWN
from tests.support.machine.partly import write_or_the_rest
from tests.support.reference_model import RefusedByModel

STEP_OF = {
    "stakeholder": "stakeholders_identified",
    "competitor": "competitors_identified",
    "team_member": "sales_team_identified",
}


class People(Machine):
    """Adds, changes and removes rows of people and companies."""

    @operation(
        7,
        which=which,
        who=users,
        added=table_and_subject,
        choices=detail_choices,
        at_step=st.booleans(),
        age=ages,
        version=versions,
    )
    def add_row(self, which, who, added, choices, at_step, age, version):
        """On the page that adds a row, or below the step that the row is evidence for."""
        number = self.pick(which)
        who, page, (table, name) = self.person(who, number), self.page(number, age), added
        details = details_for(table, choices)

        def act(trial, actor):
            refuse_row(trial, actor, table)
            self.refuse_entries(version, name != "no_role")
            if version == "999999":
                raise RefusedByModel("Gone")
            return trial.write(actor, lambda opportunity: opportunity.add_row(table, name, details))

        subject_field = {"stakeholder": "contact", "competitor": "competitor", "team_member": "user"}[table]
        posted = self.data.details(table, details) | self.version_field(page, version)
        posted |= {
            subject_field: self.data.choice(table, name),
            f"{subject_field}-find": name if name == NEW_COMPETITOR else "",
        }
        posted |= {"token": once.new_token()}
        step = self.data.steps[STEP_OF[table]]
        where = self.url("add_evidence", number, step) if at_step else self.url(f"{table}_add", number)
        prefix = f"add_{step}" if at_step else "add"
        statuses, after = self.expected_result(who, self.opportunities[number], act)
        statuses = {200} if at_step and statuses == {303} else statuses
        posted = {f"{prefix}-{field}": value for field, value in posted.items()}
        self.post_and_compare(who, {number: after}, where, posted, statuses)
        self.load_new_competitor()

    @operation(
        8,
        which=which,
        who=users,
        table=tables,
        row=st.integers(0, 3),
        choices=detail_choices,
        is_removed=st.booleans(),
        age=ages,
        version=versions,
        elsewhere=st.sampled_from([False] * 5 + [True]),
    )
    def change_or_remove_row(self, which, who, table, row, choices, is_removed, age, version, elsewhere):
        """A row of the page, or (`elsewhere`) a row of another opportunity at an address of this one."""
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)
        rows = self.page(number - 1).rows[table] if elsewhere else page.rows[table]
        name = sorted(rows)[row % len(rows)] if rows else None
        pk, details = rows.get(name, 999_999), details_for(table, choices)

        def act(trial, actor):
            if self.page(number).rows[table].get(name) != pk:
                if name is None or elsewhere:
                    raise RefusedByModel("NoPage")
                self.seen_opportunity(page, version)
                raise RefusedByModel("Removed")
            refuse_row(trial, actor, table)
            seen = self.seen_opportunity(page, version)
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")
            if is_removed:
                return trial.write(actor, lambda opportunity: opportunity.remove_row(table, name, seen))
            return change_row(trial, actor, table, name, details, seen)

        posted = {} if is_removed else self.data.details(table, details)
        where = self.url(f"{table}_{'remove' if is_removed else 'edit'}", number, pk)
        self.send(number, who, act, where, posted | self.version_field(page, version))

    @operation(3, which=which, who=users, value=st.sampled_from(["on", "on", "off", "x"]), age=ages, version=versions)
    def set_no_known_competitors(self, which, who, value, age, version):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)

        def act(trial, actor):
            trial.require_open(actor)
            seen = self.seen_opportunity(page, version)
            if value == "x":
                raise RefusedByModel("Invalid")
            return trial.write(actor, lambda opportunity: opportunity.fill_in({NONE_KNOWN: value == "on"}, seen))

        posted = {NONE_KNOWN: value, **self.version_field(page, version)}
        self.send(number, who, act, self.url("no_known_competitors", number), posted)

    @operation(2, which=which, who=users)
    def sell_alone(self, which, who):
        number = self.pick(which)

        def act(trial, actor):
            refuse_row(trial, actor, "team_member")
            return trial.write(actor, lambda opportunity: opportunity.team.add(opportunity.owner))

        posted = self.version_field(self.page(number), "shown")
        self.send(number, self.person(who, number), act, self.url("sell_alone", number), posted)


def change_row(trial, actor, table, name, details, seen):
    """Changes a child row. After a conflict the other columns are saved alone."""

    def shown(opportunity):
        return zip(seen.details_of(table, name), opportunity.details_of(table, name), strict=True)

    def write(opportunity, values):
        return opportunity.write(actor, lambda after: after.change_row(table, name, tuple(values), seen))

    return write_or_the_rest(trial, details, shown, write)
