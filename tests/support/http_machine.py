"""The parts of the HTTP state machine: its users and customers, the fields that a browser posts, and its own model.

`OpportunityOnPages` extends the opportunity of the reference model with the other fields, with roles and notes of child
rows, and with the writes of two users at once.
"""

import copy
import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode

from django.test import Client
from django.urls import resolve

from opportunities.customers.models import Contact
from opportunities.models import LastLook, Opportunity, StageVisit
from opportunities.models.erasures import ERASED
from salesflow import once
from salesflow.users.models import SALES_MANAGER, Unit, User
from tests.support import factories, reference_model
from tests.support.pages import FORM
from tests.support.reference_model import RefusedByModel

# The users. The rules treat as a manager a superuser, and the lead of the unit that all belong to, who does not see all
# by right. The last three may see no opportunity.
PEOPLE = ("rep", "mate", "manager", "root", "lead", "outsider", "no_role", "anonymous")
ROLE_IN_MODEL = {"root": "manager", "lead": "manager"}

CONTACTS, ACCOUNTS, COMPETITORS = list(reference_model.ACCOUNT_OF), ["Havbris", "Fjordlast"], ["Rival", "Other rival"]
NEW_COMPETITOR = "New competitor"  # is created in a picker

GENERAL = {"name": "Fleet", "estimated_revenue": None, "description": None, "rating": "warm"}
NONE_KNOWN = "no_known_competitors"

# The columns of each child table besides the subject, and their defaults.
DETAILS = {
    "stakeholder": ("roles", "attitude", "influence", "note"),
    "competitor": ("threat", "note"),
    "team_member": ("role",),
}
DEFAULT_DETAILS = {
    "stakeholder": ((), "unknown", "unknown", ""),
    "competitor": ("", ""),
    "team_member": ("account_manager",),
}
DECIDES, NO_ROLE = "decision_maker", ("stakeholder",)  # the model has the first apart; the other is no role
RELATIONS = {
    "stakeholder": ("stakeholders", "contact"),
    "competitor": ("competitor_links", "competitor"),
    "team_member": ("team_members", "user"),
}

DEBRIEF = ("went_well", "went_badly", "why", "price_gap")


POSTED = {
    *("opportunity_new", "opportunity_copy", "opportunity_edit", "opportunity_seen", "news_seen"),
    *("save", "answer", "advance", "jump", "go_back", "finish", "hold", "resume", "board_move", "list_cell"),
    *("bulk_runs", "bulk_run"),
    *("close_as_won", "close_as_lost", "reopen"),
    *("take_back_close_request", "approve_close_request", "decline_close_request"),
    *("waive", "ask_for_waiver", "take_back_waiver_request", "approve_waiver_request", "decline_waiver_request"),
    *("withdraw_waiver", "add_evidence", "no_known_competitors", "sell_alone"),
    *(f"{row}_{act}" for row in ("stakeholder", "competitor", "team_member") for act in ("add", "edit", "remove")),
    *(f"{row}_{act}" for row in ("note", "task", "debrief", "presentation") for act in ("add", "edit", "remove")),
    *("note_pin", "task_done", "next_step_plan", "next_step_postpone"),
    *("attachment_add", "attachment_version", "attachment_edit", "attachment_remove"),
    *("mail_write", "mail_write_for"),
    *("account_merge", "contact_merge", "competitor_merge", "merge_undo"),
    *("person_erase", "person_accept", "passage_decide", "competitor_new", "competitor_page_edit"),
    *("set_digest", "make_calendar", "end_calendar"),
    *(f"opportunities_opportunity_{page}" for page in ("change", "changelist", "delete")),  # of the admin
}
"""The names of the addresses that the operations post to. A post to any other fails."""


def address_of(contact):
    """What is typed for a contact without an address."""
    return f"{contact.lower().replace(' ', '.')}@example.com"


# Days that are past, and future, in every time zone.
PAST_DAY = datetime.datetime.now(datetime.UTC).date() - factories.DAY
FUTURE_DAY = PAST_DAY + 7 * factories.DAY


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


@dataclass
class Page:
    """A page of the opportunity, perhaps out of date. `rows`: the ids of the child rows, by table and subject.

    `written` has what answers of this page saved by themselves, by person and field: for them that is no change of
    others.
    """

    opportunity: OpportunityOnPages
    rows: dict
    files: dict = field(default_factory=dict)  # the ids of the versions of files, by key
    presentations: dict = field(default_factory=dict)  # the ids, by key
    notes: dict = field(default_factory=dict)  # the ids, by key
    tasks: dict = field(default_factory=dict)  # the ids, by key
    debrief: int | None = None  # the id
    written: dict = field(default_factory=dict)
    token: str = field(default_factory=once.new_token)

    def note_written(self, who, before, after):
        changed = (name for name in after.values if after.values[name] != before.values[name])
        self.written |= {(who, name): after.values[name] for name in changed}


@dataclass
class SeenOnPage:
    """What a page shows to this person: as it was opened, with the answers that it saved since."""

    page: Page
    who: str

    def get(self, name):
        return self.page.written.get((self.who, name), self.page.opportunity.get(name))


class SampleData:
    """The users with their clients, and the customers. They are made once, before the examples."""

    def __init__(self):
        names = ("rep", "mate", "outsider")
        self.users = {name: factories.UserFactory(username=name) for name in names}
        self.users["manager"] = factories.UserFactory(username="manager", role=SALES_MANAGER)
        self.users["no_role"] = factories.UserFactory(username="no_role", role=None)
        self.users["root"] = User.objects.create_superuser("root")
        unit = factories.UnitFactory()  # the manager sees all, as all managers of this moment
        self.users["lead"] = factories.UserFactory(username="lead", role=SALES_MANAGER)
        Unit.objects.filter(pk=unit.pk).update(lead=self.users["lead"])
        User.objects.update(unit=unit)
        self.clients = {name: Client() for name in PEOPLE}
        for name, user in self.users.items():
            self.clients[name].force_login(user)
        self.accounts = {name: factories.AccountFactory(name=name) for name in ACCOUNTS}
        self.contacts = {
            name: factories.ContactFactory(name=name, account=self.accounts.get(account))
            for name, account in reference_model.ACCOUNT_OF.items()
        }
        self.competitors = {name: factories.CompetitorFactory(name=name) for name in COMPETITORS}
        self.stages = [factories.stage(name) for name in factories.STAGES]
        self.steps = {name: factories.step(name).pk for name in reference_model.FIELDS}
        self.first = {noun: dict(getattr(self, noun)) for noun in ("accounts", "contacts", "competitors")}

    def begin(self):
        """The customers of the beginning of an example. Merges and erasures add others."""
        for noun, rows in self.first.items():
            setattr(self, noun, dict(rows))
        self.erased = set()

    def add_contact(self, name):
        self.contacts[name] = factories.ContactFactory(name=name)

    def contact_names(self):
        """The names of all contacts of the machine, by id. An erased one has the name of before."""
        return {row.pk: name for name, row in self.contacts.items()}

    def post(self, who, where, posted, headers=None):
        assert resolve(where).url_name in POSTED, where
        client = self.clients[who]
        client.cookies.pop("messages", None)
        return client.post(where, urlencode(posted, doseq=True), content_type=FORM, headers=headers)

    def upload(self, who, where, posted, files):
        assert resolve(where).url_name in POSTED, where
        client = self.clients[who]
        client.cookies.pop("messages", None)
        return client.post(where, posted | {"add-file": files})

    def get(self, who, where):
        return self.clients[who].get(where)

    # Posted fields

    def form_value(self, name, value):
        rows = {"contact": self.contacts, "account": self.accounts, "owner": self.users}.get(name)
        if rows and value is not None:
            return str(rows[value].pk)
        return "" if value is None else str(value)

    def close_date(self, opportunity):
        """The posted close date, as the page shows it."""
        return {"estimated_close_date": str(opportunity.close_on or "")}

    def entries(self, values):
        """The posted fields. A tick that is off is not posted."""
        sent = {name: "on" if value is True else self.form_value(name, value) for name, value in values.items()}
        return {name: text for name, text in sent.items() if values[name] is not False}

    def choice(self, table, subject):
        """The posted choice of a picker: an id, or `new`."""
        rows = {"stakeholder": self.contacts, "competitor": self.competitors, "team_member": self.users}[table]
        return str(rows[subject].pk) if subject in rows else "new"

    def details(self, table, details):
        """The posted details of a child row. A box that is off is not posted."""
        posted = dict(zip(DETAILS[table], details, strict=True))
        return {name: value for name, value in posted.items() if value != NO_ROLE}

    def inlines(self, page, lines, removed, added):
        """The rows of a page of the admin: the rows that it shows, and an added row."""
        posted = {}
        for table, (prefix, column) in RELATIONS.items():
            rows = page.rows[table]
            sent = [{"id": str(rows[name]), **self.details(table, lines[table][name])} for name in rows]
            for line, name in zip(sent, rows, strict=True):
                line |= {"DELETE": "on"} if (table, name) in removed else {}
            if added and added[0] == table:
                sent.append({column: self.choice(table, added[1]), **self.details(table, added[2])})
            posted |= {f"{prefix}-TOTAL_FORMS": str(len(sent)), f"{prefix}-INITIAL_FORMS": str(len(rows))}
            posted |= {
                f"{prefix}-{place}-{name}": value for place, line in enumerate(sent) for name, value in line.items()
            }
        unused = {f"{relation}-{count}_FORMS": "0" for relation in UNUSED for count in ("TOTAL", "INITIAL")}
        return posted | unused


UNUSED = ("notes", "tasks", "attachments")
"""The child tables that the machine does not change in the admin."""


# Comparison with the database


def rows_of(opportunity, data):
    """The id and the details of each child row, by table and subject."""
    found = {}
    for table, (relation, column) in RELATIONS.items():
        rows = getattr(opportunity, relation).select_related(column)
        found[table] = {
            _name_of(getattr(row, column), data): (row.pk, tuple(getattr(row, name) for name in DETAILS[table]))
            for row in rows
        }
    return found


def _name_of(row, data):
    """The name of a row in the machine. An erased contact has another one in the database."""
    if isinstance(row, Contact):
        name = data.contact_names()[row.pk]
        assert row.name == (ERASED if name in data.erased else name)
        return name
    return getattr(row, "username", None) or row.name


def assert_equal(pk, wanted, data):
    """Compares the opportunity with that of the model. Returns the ids of its child rows, by table and subject."""
    opportunity = Opportunity.objects.select_related("contact", "account", "owner", "status_reason").get(pk=pk)
    instance = opportunity.instances.get()
    stage = data.stages[wanted.stage].pk
    assert (opportunity.active_stage_id, instance.active_stage_id) == (stage, stage)
    assert (opportunity.pipeline_phase_id, opportunity.is_finished) == (data.stages[wanted.phase].pk, wanted.finished)
    assert (instance.finished_at is not None) == wanted.finished
    assert (opportunity.status, opportunity.is_on_hold) == (wanted.status, wanted.on_hold)
    assert opportunity.status_reason.key == wanted.status_reason
    assert opportunity.owner.username == wanted.owner
    assert (opportunity.version, opportunity.events.count()) == (wanted.version, wanted.version)
    assert opportunity.estimated_close_date == wanted.close_on
    assert _field_values(opportunity, data) == {
        name: _comparable(wanted.get(name)) for name in (*reference_model.FIELDS, *GENERAL, NONE_KNOWN)
    }
    rows = rows_of(opportunity, data)
    assert {table: {subject: details for subject, (_, details) in found.items()} for table, found in rows.items()} == {
        table: {subject: wanted.details_of(table, subject) for subject in wanted.subjects(table)} for table in DETAILS
    }
    notes = opportunity.notes.order_by("pk").values_list("text", "kind", "is_pinned")
    assert list(notes) == [(each.text, each.kind, each.is_pinned) for each in wanted.notes]
    tasks = opportunity.tasks.order_by("pk").select_related("owner")
    assert [(each.text, each.due, each.owner.username, _state_of(each)) for each in tasks] == [
        (each.text, each.due, each.owner, each.state) for each in wanted.tasks
    ]
    _assert_equal_documents(opportunity, wanted, data)
    _assert_equal_journey(opportunity, wanted, data)
    return {table: {subject: pk for subject, (pk, _) in found.items()} for table, found in rows.items()}


def _state_of(task):
    return "done" if task.done_at else "dropped" if task.dropped_at else "open"


def _assert_equal_documents(opportunity, wanted, data):
    """The files, the debrief, the presentations and the mails."""
    rows = list(opportunity.attachments.order_by("pk"))
    assert len(rows) == len(wanted.files)
    keys = {row.pk: version.key for row, version in zip(rows, wanted.files, strict=True)}
    series = {version.file: row.series for row, version in zip(rows, wanted.files, strict=True)}
    assert len(set(series.values())) == len(series)
    assert [(row.series, row.number, row.kind, row.name, row.is_latest) for row in rows] == [
        (series[each.file], each.number, each.kind, each.name, wanted.is_latest(each)) for each in wanted.files
    ]
    debriefs = list(opportunity.debriefs.values(*DEBRIEF))
    assert debriefs == ([wanted.debrief] if wanted.debrief else [])
    assert [
        (_attendees(row, data), keys[row.file_id] if row.file_id else None)
        for row in opportunity.presentations.order_by("pk")
    ] == [(each.attendees, each.file) for each in wanted.presentations]
    assert [
        _name_of(mail.contact, data) for mail in opportunity.mails.select_related("contact").order_by("pk")
    ] == wanted.mails


def _attendees(presentation, data):
    names = {each["id"]: each["name"] for each in presentation.attendees}
    found = {pk: data.contact_names()[pk] for pk in names}
    assert names == {pk: ERASED if name in data.erased else name for pk, name in found.items()}
    return tuple(sorted(found.values()))


def page_of(opportunity, rows, pk):
    """The page as it is now. `rows`: the ids that `assert_equal` returned."""
    ids = {
        relation: getattr(Opportunity(pk=pk), relation).order_by("pk").values_list("pk", flat=True)
        for relation in ("attachments", "presentations", "debriefs", "notes", "tasks")
    }
    return Page(
        copy.deepcopy(opportunity),
        rows,
        files={each.key: pk for each, pk in zip(opportunity.files, ids["attachments"], strict=True)},
        presentations={each.key: pk for each, pk in zip(opportunity.presentations, ids["presentations"], strict=True)},
        notes={each.key: pk for each, pk in zip(opportunity.notes, ids["notes"], strict=True)},
        tasks={each.key: pk for each, pk in zip(opportunity.tasks, ids["tasks"], strict=True)},
        debrief=ids["debriefs"].first(),
    )


def stored_looks(pks):
    """The last looks in the database, by the number of the opportunity and the person."""
    rows = LastLook.objects.filter(opportunity__in=pks).values_list("opportunity", "user__username", "version")
    return {(pks.index(pk), who): version for pk, who, version in rows}


def _assert_equal_journey(opportunity, wanted, data):
    visits = list(StageVisit.objects.filter(opportunity=opportunity).order_by("pk"))
    assert [visit.stage_id for visit in visits] == [data.stages[number].pk for number in wanted.visits]
    assert [visit.left_at is None for visit in visits] == [False] * (len(visits) - 1) + [wanted.has_open_visit]
    closings = opportunity.closings.order_by("pk")
    assert [[each.outcome, each.reopened_at is not None] for each in closings] == wanted.closings
    assert {each.step.field for each in opportunity.waivers.in_force().select_related("step")} == wanted.waived
    assert opportunity.holds.filter(until_at=None).exists() == wanted.on_hold
    assert opportunity.close_requests.filter(answered_at=None).exists() == wanted.has_close_request
    asked = opportunity.waiver_requests.filter(answered_at=None).select_related("step")
    assert {each.step.field for each in asked} == wanted.asked
    assert opportunity.asked_steps == sorted(data.steps[name] for name in wanted.asked)
    assert opportunity.is_ready == (opportunity.is_open and not wanted.unmet(wanted.reached))
    assert set(wanted.unmet(wanted.passed)) <= wanted.withdrawn


def _field_values(opportunity, data):
    found = {name: getattr(opportunity, name) for name in (*reference_model.FIELDS, *GENERAL, NONE_KNOWN)}
    named = {name: _name_of(value, data) if hasattr(value, "name") else value for name, value in found.items()}
    return {name: _comparable(value) for name, value in named.items()}


def _comparable(value):
    if isinstance(value, str):
        return value.strip() or None
    return int(value) if isinstance(value, Decimal) else value
