"""What the HTTP state machine acts with: the users and customers it knows, and what a browser would post.

`OpportunityOnPages` extends the opportunity of the reference model with what only pages show: the other fields, the
notes about child rows, and the writes of two users at once.
"""

import copy
import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode

from django.test import Client

from opportunities.models import Opportunity, StageVisit
from salesflow.users.models import SALES_MANAGER, User
from tests.support import factories, reference_model
from tests.support.pages import FORM
from tests.support.reference_model import RefusedByModel

# Who asks. To the rules a superuser is a manager; the last three have no part in any opportunity.
PEOPLE = ("rep", "mate", "manager", "root", "outsider", "nobody", "anonymous")
IN_THE_RULES = {"root": "manager"}

CONTACTS, ACCOUNTS, COMPETITORS = list(reference_model.ACCOUNT_OF), ["Havbris", "Fjordlast"], ["Rival", "Other rival"]
NEWCOMER = "Newcomer"  # a competitor that is created on the spot

GENERAL = {"name": "Fleet", "estimated_revenue": None, "description": None, "rating": "warm"}
NONE_KNOWN = "no_known_competitors"

SAID = {"stakeholder": ("role", "note"), "competitor": ("note",), "team_member": ("role",)}
USUAL = {"stakeholder": ("stakeholder", ""), "competitor": ("",), "team_member": ("account_manager",)}
RELATIONS = {
    "stakeholder": ("stakeholders", "contact"),
    "competitor": ("competitor_links", "competitor"),
    "team_member": ("team_members", "user"),
}

# Days that have passed, and have not come, in every time zone.
YESTERDAY = datetime.datetime.now(datetime.UTC).date() - factories.DAY
SOON = YESTERDAY + 7 * factories.DAY


def fresh(opportunity):
    return copy.deepcopy(opportunity)


def settled(mine, seen, theirs):
    """What only one side changed is merged; what both changed differently is refused."""
    if theirs == seen:
        return mine
    if mine in (theirs, seen):
        return theirs
    raise RefusedByModel("StaleVersion")


class Halfway(RefusedByModel):
    """RefusedByModel after a part was done: `opportunity` is how it is now."""

    def __init__(self, opportunity, *names):
        super().__init__(*names)
        self.opportunity = opportunity


@dataclass
class OpportunityOnPages(reference_model.ExpectedOpportunity):
    general: dict = field(default_factory=lambda: dict(GENERAL))
    notes: dict = field(default_factory=dict)  # (noun, who): what is said of them, when it is not the usual
    asked: bool = False
    asked_in: int = 0  # the version that the last request or answer made
    closed_for: str = ""
    replaced: int = 0  # how often one save removed and added the same person again, which makes another row
    leaves: bool = field(default=False, compare=False)  # whether the owner who gives it away leaves the team

    # Fields and people by name

    def get(self, name):
        if name in self.values:
            return self.values[name]
        return {NONE_KNOWN: self.none_known, "owner": self.owner, **self.general}[name]

    def put(self, name, value):
        if name == NONE_KNOWN:
            self.none_known = value
        elif name == "owner":
            self.owner = value
        else:
            (self.values if name in self.values else self.general)[name] = value

    def on(self, noun):
        return {"stakeholder": self.stakes, "competitor": self.competitors, "team_member": self.team}[noun]

    def said(self, noun, who):
        said = self.notes.get((noun, who), USUAL[noun])
        if noun == "stakeholder":
            return ("decision_maker" if self.stakes[who] else "stakeholder", *said[1:])
        return said

    def say(self, noun, who, said):
        if noun == "stakeholder":
            self.stakes[who] = said[0] == "decision_maker"
            said = (USUAL[noun][0], *said[1:])
        self.notes[noun, who] = said

    def join(self, noun, who, said):
        if who in self.on(noun):
            raise RefusedByModel("BrokenConstraint")
        if noun == "stakeholder":
            self.stakes[who] = False
        else:
            self.on(noun).add(who)
        self.say(noun, who, said)

    def part(self, noun, who):
        if noun == "stakeholder":
            self.stakes.pop(who, None)
        else:
            self.on(noun).discard(who)

    # What pages write

    def fill_in(self, entries, seen):
        """`seen`: the opportunity as it stood on the page; without it nothing is compared."""
        for name, mine in entries.items():
            self.put(name, settled(mine, seen.get(name), self.get(name)) if seen else mine)

    def tell(self, noun, who, said, seen):
        now = self.said(noun, who)
        was = seen.said(noun, who) if seen else now
        self.say(noun, who, tuple(map(settled, said, was, now)))

    def remove(self, noun, who, seen):
        """Refused when what is said of them differs from what the page showed."""
        if self.said(noun, who) != seen.said(noun, who):
            raise RefusedByModel("StaleVersion")
        self.part(noun, who)

    def redraw(self, lines, gone, joined, seen):
        """All rows of a page of the admin at once. A removed person may be added again by it."""
        for noun, told in lines.items():
            for who, said in told.items():
                if (noun, who) in gone:
                    self.remove(noun, who, seen)
                else:
                    self.tell(noun, who, said, seen)
        if joined:
            self.join(*joined)
            self.replaced += joined[:2] in gone

    def follow(self, before):
        super().follow(before)
        if self.leaves and self.owner != before.owner:
            self.team.discard(before.owner)
        self.leaves = False
        self.notes = {
            (noun, who): said
            for (noun, who), said in self.notes.items()
            if who in self.on(noun) and said != USUAL[noun]
        }

    # Moves

    def refuse_moved(self, drawn_for, *, answers=False):
        """Refuse a form whose page showed another stage, or an earlier version than that of the last move."""
        stage, version = drawn_for
        if self.status == "open" and stage != self.stage:
            raise RefusedByModel("AlreadyMoved")
        if version < max(self.moved_in, self.asked_in if answers else 0):
            raise RefusedByModel("AlreadyMoved")

    def unmoved(self, who, drawn_for, *, answers=False):
        self.admit(who)
        self.refuse_moved(drawn_for, answers=answers)
        self.open_to(who)

    def press(self, who, move, drawn_for, stage, *, enters=None):
        """A button of a page, on the panel of another stage perhaps. `enters`: the stage that it names itself."""
        self.unmoved(who, drawn_for)
        drawn_for = drawn_for[0]
        if enters is not None:
            self.go_back(who, enters)
        elif move == "jump":
            self.jump(who, drawn_for if stage is None else stage)
        elif move == "back":
            self.go_back(who, None if stage == drawn_for else stage)
        else:
            getattr(self, move)(who)

    def ask(self, who):
        self.open_to(who)
        if self.asked:
            raise RefusedByModel("NoSuchMove")
        self.asked = True
        self.version += 1
        self.asked_in = self.version

    def decline(self, who):
        self.open_to(who)
        if not self.asked:
            raise RefusedByModel("NoSuchMove")
        self.asked = False
        self.version += 1
        self.asked_in = self.version

    def unmet_for_lost(self):
        return self.unmet(
            {"complete": range(reference_model.LAST + 1), "reached": self.reached, "any": ()}[self.lost_gate]
        )

    def lose(self, who, competitor, out_sold, *, waives=False):
        self.open_to(who)
        if waives and who in reference_model.MANAGERS:
            self.waived_to_lose = set(self.unmet_for_lost())
            self.waived |= self.waived_to_lose
        super().lose(who, competitor, out_sold)
        self.closed_for = "out_sold" if out_sold else "canceled"

    def win(self, who):
        super().win(who)
        self.closed_for = "won"

    def close(self, outcome):
        super().close(outcome)
        self.asked = False

    @property
    def status_reason(self):
        if self.status != "open":
            return self.closed_for
        return "on_hold" if self.on_hold else "in_progress"


@dataclass
class Page:
    """The opportunity as a browser shows it, perhaps out of date. `rows`: ids, by noun and name."""

    opportunity: OpportunityOnPages
    rows: dict


class World:
    """The people with their browsers, and the customers; made once, outside of the examples."""

    def __init__(self):
        names = ("rep", "mate", "outsider")
        self.users = {name: factories.UserFactory(username=name) for name in names}
        self.users["manager"] = factories.UserFactory(username="manager", role=SALES_MANAGER)
        self.users["nobody"] = factories.UserFactory(username="nobody", role=None)
        self.users["root"] = User.objects.create_superuser("root")
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

    def post(self, who, where, posted):
        client = self.clients[who]
        client.cookies.pop("messages", None)
        return client.post(where, urlencode(posted, doseq=True), content_type=FORM)

    def get(self, who, where):
        return self.clients[who].get(where)

    # What a browser sends

    def typed(self, name, value):
        rows = {"contact": self.contacts, "account": self.accounts, "owner": self.users}.get(name)
        if rows and value is not None:
            return str(rows[value].pk)
        return "" if value is None else str(value)

    def entries(self, values):
        """As a form sends them: a tick that is off sends nothing."""
        sent = {name: "on" if value is True else self.typed(name, value) for name, value in values.items()}
        return {name: text for name, text in sent.items() if values[name] is not False}

    def person(self, noun, who):
        """How a form names a person: by id, or as new."""
        rows = {"stakeholder": self.contacts, "competitor": self.competitors, "team_member": self.users}[noun]
        return str(rows[who].pk) if who in rows else "new"

    def inlines(self, page, lines, gone, joined):
        """The rows of a page of the admin: those it shows, and one that is added."""
        posted = {}
        for noun, (prefix, who) in RELATIONS.items():
            rows = page.rows[noun]
            sent = [{"id": str(rows[name]), **dict(zip(SAID[noun], lines[noun][name], strict=True))} for name in rows]
            for line, name in zip(sent, rows, strict=True):
                line |= {"DELETE": "on"} if (noun, name) in gone else {}
            if joined and joined[0] == noun:
                sent.append({who: self.person(noun, joined[1]), **dict(zip(SAID[noun], joined[2], strict=True))})
            posted |= {f"{prefix}-TOTAL_FORMS": str(len(sent)), f"{prefix}-INITIAL_FORMS": str(len(rows))}
            posted |= {
                f"{prefix}-{place}-{name}": value for place, line in enumerate(sent) for name, value in line.items()
            }
        return posted | {"tasks-TOTAL_FORMS": "0", "tasks-INITIAL_FORMS": "0"}


# What is in the database


def rows_of(opportunity):
    """Who belongs to the opportunity, by noun and name: the row's id and what is said of them."""
    found = {}
    for noun, (relation, who) in RELATIONS.items():
        rows = getattr(opportunity, relation).select_related(who)
        found[noun] = {
            getattr(getattr(row, who), "username" if noun == "team_member" else "name"): (
                row.pk,
                tuple(getattr(row, column) for column in SAID[noun]),
            )
            for row in rows
        }
    return found


def agree(pk, wanted, world):
    """Compare the opportunity with the model's opportunity. Returns the ids of its rows, by noun and name."""
    opportunity = Opportunity.objects.select_related("contact", "account", "owner", "status_reason").get(pk=pk)
    instance = opportunity.instances.get()
    stage = world.stages[wanted.stage].pk
    assert (opportunity.active_stage_id, instance.active_stage_id) == (stage, stage)
    assert (opportunity.pipeline_phase_id, opportunity.is_finished) == (world.stages[wanted.phase].pk, wanted.finished)
    assert (instance.finished_at is not None) == wanted.finished
    assert (opportunity.status, opportunity.is_on_hold) == (wanted.status, wanted.on_hold)
    assert opportunity.status_reason.key == wanted.status_reason
    assert opportunity.owner.username == wanted.owner
    assert (opportunity.version, opportunity.events.count()) == (wanted.version, wanted.version)
    assert _answers(opportunity) == {
        name: _plain(wanted.get(name)) for name in (*reference_model.FIELDS, *GENERAL, NONE_KNOWN)
    }
    rows = rows_of(opportunity)
    assert {noun: {who: said for who, (_, said) in people.items()} for noun, people in rows.items()} == {
        noun: {who: wanted.said(noun, who) for who in wanted.on(noun)} for noun in SAID
    }
    _same_journey(opportunity, wanted, world)
    return {noun: {who: pk for who, (pk, _) in people.items()} for noun, people in rows.items()}


def _same_journey(opportunity, wanted, world):
    visits = list(StageVisit.objects.filter(opportunity=opportunity).order_by("pk"))
    assert [visit.stage_id for visit in visits] == [world.stages[number].pk for number in wanted.visits]
    assert [visit.left_at is None for visit in visits] == [False] * (len(visits) - 1) + [wanted.has_open_visit]
    closings = opportunity.closings.order_by("pk")
    assert [[each.outcome, each.reopened_at is not None] for each in closings] == wanted.closings
    assert {each.step.field for each in opportunity.waivers.in_force().select_related("step")} == wanted.waived
    assert opportunity.holds.filter(until_at=None).exists() == wanted.on_hold
    assert opportunity.close_requests.filter(answered_at=None).exists() == wanted.asked
    assert opportunity.is_ready == (opportunity.is_open and not wanted.unmet(wanted.reached))
    assert wanted.unmet(wanted.passed) == []


def _answers(opportunity):
    found = {name: getattr(opportunity, name) for name in (*reference_model.FIELDS, *GENERAL, NONE_KNOWN)}
    return {name: _plain(getattr(value, "name", value)) for name, value in found.items()}


def _plain(value):
    if isinstance(value, str):
        return value.strip() or None
    return int(value) if isinstance(value, Decimal) else value
