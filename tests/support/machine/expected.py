"""The opportunity of the reference model with what pages add.

These are the other fields, the roles and notes of child rows, and the writes of two users at once.
"""

import copy
import datetime
from dataclasses import dataclass, field

from tests.support import reference_model
from tests.support.machine.names import DECIDES, DEFAULT_DETAILS, GENERAL, NO_ROLE, NONE_KNOWN
from tests.support.reference_model import RefusedByModel


def merged(mine, seen, theirs):
    """The merged value of a field. It is refused when both changed it differently. A tuple has roles."""
    if theirs == seen:
        return mine
    if isinstance(mine, tuple):  # roles are merged one by one
        roles = (set(theirs) | set(mine) - set(seen)) - (set(seen) - set(mine)) - set(NO_ROLE)
        return tuple(sorted(roles, key=lambda role: role != DECIDES)) or NO_ROLE
    if mine in (theirs, seen):
        return theirs
    raise RefusedByModel("StaleVersion")


class PartlyRefused(RefusedByModel):
    """Refused after a part was written: `opportunity` is the state with that part."""

    def __init__(self, opportunity, *names):
        super().__init__(*names)
        self.opportunity = opportunity


@dataclass
class OpportunityOnPages(reference_model.ExpectedOpportunity):
    general: dict = field(default_factory=lambda: dict(GENERAL))
    details: dict = field(default_factory=dict)  # by (table, subject), where they are not the defaults
    close_request: dict | None = None  # the request to close that waits: its answers
    last_request_version: int = 0  # the version that the last request or answer made
    closing_reason: str = ""
    close_on: datetime.date | None = None  # the estimated close date, which a renewal begins with
    replaced: int = 0  # how often one save removed and added the same subject, which makes another row
    owner_leaves: bool = field(default=False, compare=False)  # whether a former owner does not join the team

    # Fields and child rows by name

    def get(self, name):
        if name in self.values:
            return self.values[name]
        return {NONE_KNOWN: self.no_known_competitors, "owner": self.owner, **self.general}[name]

    def set(self, name, value):
        if name == NONE_KNOWN:
            self.no_known_competitors = value
        elif name == "owner":
            self.owner = value
        else:
            (self.values if name in self.values else self.general)[name] = value

    def subjects(self, table):
        """The contacts, competitors or users of the rows of a child table."""
        return {"stakeholder": self.stakeholders, "competitor": self.competitors, "team_member": self.team}[table]

    def details_of(self, table, subject):
        details = self.details.get((table, subject), DEFAULT_DETAILS[table])
        if table == "stakeholder":
            roles = ((DECIDES,) if self.stakeholders[subject] else ()) + details[0]
            return (roles or NO_ROLE, *details[1:])
        return details

    def set_details(self, table, subject, details):
        if table == "stakeholder":
            self.stakeholders[subject] = DECIDES in details[0]
            others = tuple(role for role in details[0] if role not in (DECIDES, *NO_ROLE))
            details = (others, *details[1:])
        self.details[table, subject] = details

    def add_row(self, table, subject, details):
        if subject in self.subjects(table):
            raise RefusedByModel("BrokenConstraint")
        if table == "stakeholder":
            self.stakeholders[subject] = False
        else:
            self.subjects(table).add(subject)
        self.set_details(table, subject, details)

    def delete_row(self, table, subject):
        if table == "stakeholder":
            self.stakeholders.pop(subject, None)
        else:
            self.subjects(table).discard(subject)

    # Writes of pages

    def fill_in(self, entries, seen):
        """`seen`: the opportunity that the page showed; without it nothing is compared."""
        for name, mine in entries.items():
            self.set(name, merged(mine, seen.get(name), self.get(name)) if seen else mine)

    def change_row(self, table, subject, details, seen):
        now = self.details_of(table, subject)
        was = seen.details_of(table, subject) if seen else now
        self.set_details(table, subject, tuple(map(merged, details, was, now)))

    def remove_row(self, table, subject, seen):
        """Refused when the row has changed since the page was rendered."""
        if self.details_of(table, subject) != seen.details_of(table, subject):
            raise RefusedByModel("StaleVersion")
        self.delete_row(table, subject)

    def save_inlines(self, lines, removed, added, seen):
        """All rows of a page of the admin at once. A removed subject may be added again."""
        for table, rows in lines.items():
            for subject, details in rows.items():
                if (table, subject) in removed:
                    self.remove_row(table, subject, seen)
                else:
                    self.change_row(table, subject, details, seen)
        if added:
            self.add_row(*added)
            self.replaced += added[:2] in removed

    def copied(self, who, name, revenue, parts):
        """A new opportunity of `who` that takes these parts along."""
        new = OpportunityOnPages(owner=who, lost_gate=self.lost_gate)
        blank = copy.deepcopy(new)
        for table, part in {"stakeholder": "stakeholders", "competitor": "competitors", "team_member": "team"}.items():
            for subject in self.subjects(table) if part in parts else ():
                new.add_row(table, subject, self.details_of(table, subject))
        if "customer_need" in parts:
            new.set("customer_need", self.get("customer_need"))
        for each in self.files if "files" in parts else ():
            if self.is_latest(each):
                new.add_file(each.kind)
                new.change_file(new.rows_made, name=each.name)
        for field_name in ("contact", "account"):
            new.set(field_name, self.get(field_name))
        new.fill_in({"name": name, "estimated_revenue": revenue}, None)
        new.apply_rules(blank)
        return new

    def apply_rules(self, before):
        super().apply_rules(before)
        if self.owner_leaves and self.owner != before.owner:
            self.team.discard(before.owner)
        self.owner_leaves = False
        self.details = {
            (table, subject): details
            for (table, subject), details in self.details.items()
            if subject in self.subjects(table) and details != DEFAULT_DETAILS[table]
        }

    # Moves

    def require_current(self, drawn_for, *, answers=False):
        """Refuses a form whose page showed another stage, or a version before the last move (`answers`: or request)."""
        stage, version = drawn_for
        if self.status == "open" and stage != self.stage:
            raise RefusedByModel("AlreadyMoved")
        if version < max(self.last_move_version, self.last_request_version if answers else 0):
            raise RefusedByModel("AlreadyMoved")

    def require_movable(self, who, drawn_for, *, answers=False):
        self.require_access(who)
        self.require_current(drawn_for, answers=answers)
        self.require_open(who)

    def press_button(self, who, move, drawn_for, stage, *, to_stage=None):
        """Presses a button of a page, perhaps in the panel of another stage. `to_stage`: the stage of the button."""
        self.require_movable(who, drawn_for)
        drawn_for = drawn_for[0]
        if to_stage is not None:
            self.go_back(who, to_stage)
        elif move == "jump":
            self.jump(who, drawn_for if stage is None else stage)
        elif move == "back":
            self.go_back(who, None if stage == drawn_for else stage)
        else:
            getattr(self, move)(who)

    @property
    def has_close_request(self):
        return self.close_request is not None

    def ask_manager(self, who, competitor, out_sold, description):
        self.require_open(who)
        if self.close_request:
            raise RefusedByModel("NoSuchMove")
        if not self.unmet_for_lost():
            raise RefusedByModel("NoSuchMove")
        self._require_answers(competitor, out_sold, description)
        self.close_request = {"competitor": competitor, "out_sold": out_sold, "description": description}
        self._count_request()

    def _require_answers(self, competitor, out_sold, description):
        if (out_sold and competitor is None) or (self.lost_gate == "any" and not description):
            raise RefusedByModel("EntryMissing")

    def _count_request(self):
        self.version += 1
        self.last_request_version = self.version

    def _require_request(self, who):
        self.require_open(who)
        if not self.close_request:
            raise RefusedByModel("NoSuchMove")

    def decline(self, who):
        self._require_request(who)
        self.close_request = None
        self._count_request()

    def take_back_close_request(self, who):
        self._require_request(who)
        self.close_request = None
        self._count_request()

    def approve(self, who, listed, because):
        self._require_request(who)
        if set(listed) != set(self.unmet_for_lost()):
            raise RefusedByModel("MissingChanged")
        if listed and not because:
            raise RefusedByModel("EntryMissing")
        competitor, out_sold = self.close_request["competitor"], self.close_request["out_sold"]
        self._require_answers(competitor, out_sold, self.close_request["description"])
        self.lose(who, competitor, out_sold, waives=True)

    def act_on_waiver(self, who, act, name, drawn_for):
        """Asks, takes back, answers or withdraws. Refused if a request or waiver of the step changed since the page."""
        self.require_movable(who, drawn_for)
        self.require_same_waiver(name, drawn_for)
        getattr(self, act)(who, name)

    def require_same_waiver(self, name, drawn_for):
        if drawn_for[1] < self.waiver_versions.get(name, 0):
            raise RefusedByModel("RequestChanged")

    def unmet_for_lost(self):
        return self.unmet(
            {"complete": range(reference_model.LAST + 1), "reached": self.reached, "any": ()}[self.lost_gate]
        )

    def lose(self, who, competitor, out_sold, *, waives=False):
        self.require_open(who)
        if waives and who in reference_model.MANAGERS:
            self.waived_to_lose = set(self.unmet_for_lost())
            self.waived |= self.waived_to_lose
        super().lose(who, competitor, out_sold)
        self.closing_reason = "out_sold" if out_sold else "canceled"

    def win(self, who):
        super().win(who)
        self.closing_reason = "won"

    def close(self, outcome):
        super().close(outcome)
        self.close_request = None

    @property
    def status_reason(self):
        if self.status != "open":
            return self.closing_reason
        return "on_hold" if self.on_hold else "in_progress"
