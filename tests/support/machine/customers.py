"""The operations that merge two customers, undo that, and erase a person.

A customer that is merged or erased is offered no more. A new one takes its place in the operations that follow.
"""

import copy
import itertools
from dataclasses import dataclass, field, replace

from django.db import connection
from django.urls import reverse
from hypothesis import strategies as st

from opportunities.customers.models import Account, Competitor, Contact
from opportunities.models import Closing, Erasure, Event, Hold, Note, Opportunity, StageVisit
from opportunities.models.erasures import ERASED
from salesflow import once
from tests.support import factories
from tests.support.db_assertions import digests, rows_of
from tests.support.machine import expected
from tests.support.machine.core import Machine, operation
from tests.support.machine.names import ACCOUNTS, COMPETITORS, CONTACTS, DEFAULT_DETAILS, address_of

people = st.sampled_from(["manager"] * 8 + ["root", "root", "rep", "mate", "lead", "outsider", "no_role", "anonymous"])
MAY = {"manager", "root"}  # the lead does not see all
versions = st.sampled_from(["shown"] * 7 + ["old", None])

SLOTS = {"contacts": CONTACTS, "accounts": ACCOUNTS, "competitors": COMPETITORS}
MODELS = {"contacts": Contact, "accounts": Account, "competitors": Competitor}
TABLES = {"contacts": "stakeholder", "competitors": "competitor", "accounts": None}
COLUMNS = {"contacts": "contact", "accounts": "account", "competitors": None}

NEWER = {  # no name is a part of another one
    "contacts": [
        *("Dagny Eide", "Even Fosse", "Frida Gran", "Geir Hauge", "Helga Iversen", "Ivar Jensen", "Jorun Krogh"),
        *("Kjell Lie-Dahl", "Liv Mathisen", "Magne Nygaard", "Nora Olsen-Ask", "Oddvar Pettersen", "Petra Quist"),
    ],
    "accounts": ["Nordvik", "Lysaker Bygg", "Hav og Land", "Trevare", "Solsiden", "Brygga", "Kontor og Papir"],
    "competitors": ["Third rival", "Fourth one", "Fifth one", "Sixth one", "Seventh one", "Eighth one", "Ninth one"],
}

ATTITUDES = ["unknown", "supporter", "neutral", "opponent"]  # the later one stays
INFLUENCES = ["unknown", "low", "medium", "high"]
THREATS = ["", "low", "medium", "high"]


def joined(table, kept, other):
    """What two rows of one opportunity say together."""
    note = "\n".join(dict.fromkeys(text for text in (kept[-1], other[-1]) if text))
    if table == "stakeholder":
        roles = tuple(dict.fromkeys((*kept[0], *other[0])))
        return roles, max(kept[1], other[1], key=ATTITUDES.index), max(kept[2], other[2], key=INFLUENCES.index), note
    return max(kept[0], other[0], key=THREATS.index), note


@dataclass
class Moved:
    """What a merge wrote of one opportunity. `row`: the id of the row that is about the survivor now."""

    has_column: bool = False
    row: int | None = None
    before: tuple = ()
    after: tuple = ()
    twin: tuple | None = None  # the details of the row that was removed, if there were two
    presentations: dict = field(default_factory=dict)  # those before and after, by key
    mails: list = field(default_factory=list)  # their places
    request: int | None = None  # the version of the request to close that names it


@dataclass
class Merged:
    """A merge, and what is needed to undo it."""

    pk: int
    noun: str
    gone: str
    survivor: str
    by_number: dict
    versions: dict  # of the customers that it wrote, by their ids
    before: dict  # the address and the account of the survivor, if it took others
    accounts_of: dict = field(default_factory=dict)  # the contacts that it moved, with their account before
    is_in_force: bool = True
    is_erased: bool = False


class Customers(Machine):
    """Merges accounts, contacts and competitors, undoes that, and erases contacts."""

    @operation(
        14,
        who=people,
        noun=st.sampled_from(["contacts", "contacts", "competitors", "accounts"]),
        place=st.integers(0, 5),
        takes=st.booleans(),
        version=versions,
        is_sent_twice=st.booleans(),
    )
    def merge(self, who, noun, place, takes, version, is_sent_twice):
        stays, goes = list(itertools.permutations(self.offered(noun), 2))[place % self.pairs(noun)]
        rows = getattr(self.data, noun)
        survivor, gone = (MODELS[noun].objects.get(pk=rows[name].pk) for name in (stays, goes))
        takes = takes and noun == "contacts"
        posted = {"with": str(gone.pk), "version": str(survivor.version), "token": once.new_token()}
        posted |= version_named("other_version", gone.version, version)
        posted |= {"of_email": "gone", "of_account": "gone"} if takes else {}
        where = reverse(f"{noun[:-1]}_merge", args=[survivor.pk])
        figures = self.figures()
        answer = self.post_to_merge(who, where, posted, statuses_for(who, version))
        if answer.status_code != 303:
            return
        type(self).written["merge"] += 1
        moved = [merged(each, noun, goes, stays, self.page(number)) for number, each in enumerate(self.opportunities)]
        pk = int(answer.url.strip("/").split("/")[-1])
        made = Merged(pk, noun, goes, stays, {number: each for number, (_, each) in enumerate(moved)}, {}, {})
        self.move_columns(made, takes)
        self.merges.append(made)
        self.replace_in_slot(noun, goes)
        self.store(dict(enumerate(after for after, _ in moved)), Event.Kind.MERGED)
        assert self.figures() == figures
        if is_sent_twice:
            self.post_and_compare(who, {}, where, posted, {303})
        if not self.written["undo"]:  # so that each part undoes one
            self.undo_merge(who, 0, is_sent_twice)

    def offered(self, noun):
        """The customers that may be merged or erased."""
        return [self.as_now(name) for name in SLOTS[noun]]

    def pairs(self, noun):
        return len(list(itertools.permutations(SLOTS[noun], 2)))

    def move_columns(self, made, takes):
        """The address and the account of a contact that stays, or the account of the contacts of one that goes."""
        account_of = expected.OpportunityOnPages.account_of
        stays, goes = made.survivor, made.gone
        if made.noun == "accounts":
            present = set(Contact.objects.values_list("pk", flat=True))
            rows = {name: row for name, row in self.data.contacts.items() if row.pk in present}
            made.accounts_of = {name: goes for name in rows if account_of.get(name) == goes}
            account_of.update(dict.fromkeys(made.accounts_of, stays))
            made.versions = versions_of(Contact, [rows[name].pk for name in made.accounts_of])
        values = self.addresses.get(goes), account_of.get(goes)
        before = self.addresses.get(stays), account_of.get(stays)
        if takes and values != before:
            made.before = dict(zip(("address", "account"), before, strict=True))
            self.addresses[stays], account_of[stays] = values
            made.versions = versions_of(Contact, [self.data.contacts[stays].pk])
        self.check_contacts()

    def check_contacts(self):
        account_of = expected.OpportunityOnPages.account_of
        names = self.data.contact_names()
        for contact in Contact.objects.select_related("account").filter(pk__in=names):
            name = names[contact.pk]
            assert contact.email == self.addresses[name], name
            assert getattr(contact.account, "name", None) == account_of[name], name

    def replace_in_slot(self, noun, gone):
        """A new customer takes the place of one that is offered no more; the other ones, when no name is left."""
        [slot] = [slot for slot in SLOTS[noun] if self.as_now(slot) == gone]
        rows = getattr(self.data, noun)
        name = next(name for name in NEWER[noun] + [f"{noun} {number}" for number in range(99)] if name not in rows)
        factory = {"contacts": factories.ContactFactory, "accounts": factories.AccountFactory}
        more = {"account": None} if noun == "contacts" else {}
        rows[name] = factory.get(noun, factories.CompetitorFactory)(name=name, **more)
        if noun == "contacts":
            self.addresses[name], expected.OpportunityOnPages.account_of[name] = rows[name].email, None
        self.slots[slot] = name

    def post_to_merge(self, who, where, posted, statuses):
        before = self.last_digests()
        self.is_consistent = False
        answer = self.data.post(who, where, posted)
        assert answer.status_code in statuses, (answer.status_code, statuses, who, where, posted)
        self.is_consistent = answer.status_code != 303
        if answer.status_code != 303:
            assert digests() == before
        return answer

    def store(self, after, kind):
        """The opportunities after the write. One that changed has one event of this kind more; of others it may."""
        changed = {}
        versions = dict(Opportunity.objects.values_list("pk", "version"))
        for number, opportunity in after.items():
            before = self.opportunities[number]
            events = versions[self.pks[number]] - before.version
            newer = Event.objects.filter(opportunity=self.pks[number], version__gt=before.version)
            assert [event.kind for event in newer] == [kind] * events
            if kind != Event.Kind.ERASED:
                assert events == 1 if opportunity != before else events <= 1
            opportunity.version = before.version + events
            if events:
                changed[number] = opportunity
                self.pages[number] = []
        self.compare_and_store(changed)
        self.is_consistent = True

    def figures(self):
        """The stages, figures and dates of all opportunities, and their journeys. Merges and erasures keep them."""
        shown = ("status", "status_reason_id", "owner_id", "active_stage_id", "is_ready", "is_finished", "is_on_hold")
        shown += ("unmet_steps", "estimated_revenue", "actual_revenue", "closed_on", "decision_date", "probability")
        shown += ("stage_entered_at", "stage_counted_from", "estimated_close_date", "created_at", "pipeline_phase_id")
        opportunities = list(Opportunity.objects.order_by("pk").values_list(*shown))
        return opportunities, rows_of(StageVisit), without_names(rows_of(Closing)), rows_of(Hold)

    @operation(14, who=people, place=st.integers(0, 5), is_sent_twice=st.booleans())
    def undo_merge(self, who, place, is_sent_twice):
        """The last merges are undone more often."""
        if not self.merges:
            return
        made = self.merges[-1 - min(place // 3, len(self.merges) - 1)]
        where, posted = reverse("merge_undo", args=[made.pk]), {"token": once.new_token()}
        statuses = statuses_for(who, "shown")
        if statuses == {303} and (not made.is_in_force or self.changed_since(made)):
            statuses = {409}
        after = {}
        if statuses == {303}:
            after = {number: self.parted(number, made) for number in made.by_number}
            if any(each.values["contact"] not in {None, *each.stakeholders} for each in after.values()):
                statuses = {422}
        figures = self.figures()
        answer = self.post_to_merge(who, where, posted, statuses)
        if answer.status_code != 303:
            return
        type(self).written["undo"] += 1
        made.is_in_force = False
        account_of = expected.OpportunityOnPages.account_of
        if made.before:
            self.addresses[made.survivor], account_of[made.survivor] = made.before.values()
        account_of.update(made.accounts_of)
        for name in (made.gone, made.survivor, *made.accounts_of):
            if account_of.get(name):
                account_of[name] = self.account_now(account_of[name])
        self.check_contacts()
        self.store(after, Event.Kind.UNMERGED)
        assert self.figures() == figures
        if is_sent_twice:
            self.post_and_compare(who, {}, where, posted, {303})

    def account_now(self, name):
        """The account that this one is part of."""
        parts = {each.gone: each.survivor for each in self.merges if each.noun == "accounts" and each.is_in_force}
        while name in parts:
            name = parts[name]
        return name

    def changed_since(self, made):
        rows = getattr(self.data, made.noun)
        is_there = MODELS[made.noun].objects.filter(pk=rows[made.survivor].pk).exists()
        if made.is_erased or not is_there or versions_of(Contact, made.versions) != made.versions:
            return True
        return any(self.has_changed(number, made, moved) for number, moved in made.by_number.items())

    def has_changed(self, number, made, moved):
        now, page, table = self.opportunities[number], self.page(number), TABLES[made.noun]
        if moved.has_column and now.values[COLUMNS[made.noun]] != made.survivor:
            return True
        if moved.row is not None:
            is_same_row = page.rows[table].get(made.survivor) == moved.row
            if not is_same_row or now.details_of(table, made.survivor) != moved.after:
                return True
        there = {each.key: each.attendees for each in now.presentations}
        return any(there.get(key) != after for key, (_before, after) in moved.presentations.items())

    def parted(self, number, made):
        """The opportunity after the merge is undone."""
        after, moved, table = copy.deepcopy(self.opportunities[number]), made.by_number[number], TABLES[made.noun]
        if moved.has_column:
            after.values[COLUMNS[made.noun]] = made.gone
        if moved.row is not None and moved.twin is None:
            after.delete_row(table, made.survivor)
            put_row(after, table, made.gone, moved.before)
        elif moved.row is not None:
            put_row(after, table, made.survivor, moved.before)
            put_row(after, table, made.gone, moved.twin)
        for key, (before, _after) in moved.presentations.items():
            after.change_presentation(key, attendees=before)
        for place in moved.mails:
            after.mails[place] = made.gone
        if moved.request and after.close_request and moved.request == after.last_request_version:
            after.close_request["competitor"] = made.gone
        return tidied(after)

    @operation(
        8,
        who=people,
        place=st.integers(0, 2),
        version=versions,
        decisions=st.lists(st.sampled_from(["words", "whole", "edited", "kept"]), min_size=1, max_size=5),
    )
    def erase(self, who, place, version, decisions):
        """Erases a contact, decides about every passage and accepts the review."""
        name = self.offered("contacts")[place]
        contact = Contact.objects.get(pk=self.data.contacts[name].pk)
        where = reverse("person_erase", args=[contact.pk])
        figures = self.figures()
        posted = version_named("version", contact.version, version)
        answer = self.post_to_merge(who, where, posted, statuses_for(who, version))
        if answer.status_code != 303:
            return
        erasure = Erasure.objects.get(contact=contact, accepted_at=None)
        self.refuse_others_meanwhile(who, name, erasure)
        files = self.decide(who, erasure, decisions)
        self.post_accept(who, erasure, {303})
        parts = self.end_person(name)
        after = {
            number: erased(each, name, files, parts, self.page(number))
            for number, each in enumerate(self.opportunities)
        }
        self.replace_in_slot("contacts", name)
        self.store(after, Event.Kind.ERASED)
        assert self.figures() == figures
        type(self).written["erase"] += 1
        self.check_contacts()
        assert found_anywhere([*parts, *map(address_of, parts)]) == []

    def refuse_others_meanwhile(self, who, name, erasure):
        """While the review is open nobody else accepts it, and the contact is not merged."""
        before = digests()
        for other, status in (("rep", 404), ("lead", 404), ("no_role", 403)):
            assert self.post_accept(other, erasure, {status})
        if erasure.passages.filter(decision="").exists():
            self.post_accept(who, erasure, {422})
        other = next(each for each in self.offered("contacts") if each != name)
        stays, goes = (Contact.objects.get(pk=self.data.contacts[each].pk) for each in (other, name))
        posted = {"with": str(goes.pk), "version": str(stays.version), "other_version": str(goes.version)}
        where = reverse("contact_merge", args=[stays.pk])
        assert self.data.post(who, where, posted | {"token": once.new_token()}).status_code == 422
        assert digests() == before

    def post_accept(self, who, erasure, statuses):
        posted = {"erasure": str(erasure.pk)}
        answer = self.data.post(who, reverse("person_accept", args=[erasure.contact_id]), posted)
        assert answer.status_code in statuses, (answer.status_code, statuses, who)
        return answer

    def decide(self, who, erasure, decisions):
        """Decides about every passage; one that names the person for certain is not kept. The ids of erased files."""
        files = set()
        for passage, wanted in zip(erasure.passages.filter(decision=""), itertools.cycle(decisions), strict=False):
            names_nobody = passage.file_id or not passage.is_certain or passage.places[0].startswith("opportunitymail")
            decision = "words" if wanted == "kept" and not names_nobody else wanted
            if passage.file_id or any(place.startswith("merge ") for place in passage.places):
                decision = "kept" if passage.file_id and decision == "kept" else "whole"
            files |= {passage.file_id} if passage.file_id and decision == "whole" else set()
            where = reverse("passage_decide", args=[erasure.contact_id, passage.pk])
            posted = {"digest": passage.digest, "decision": decision, "text": "They said so."}
            assert self.data.post(who, where, posted).status_code == 303, (passage.places, decision)
        return files

    def end_person(self, name):
        """The names of the person, who cannot be parted any more."""
        parts, newer = [], [name]
        of_contacts = [each for each in self.merges if each.noun == "contacts"]
        while newer:
            parts += newer
            newer = [each.gone for each in of_contacts if each.is_in_force and each.survivor in newer]
        for each in of_contacts:
            each.is_erased = each.is_erased or bool({each.gone, each.survivor} & set(parts))
        self.data.erased.add(name)
        self.addresses[name] = ""
        return parts


def version_named(name, number, version):
    """The posted version, one that is out of date, or none."""
    return {} if version is None else {name: str(number if version == "shown" else number + 1)}


def statuses_for(who, version):
    if who not in MAY:
        return {{"anonymous": 302, "no_role": 403}.get(who, 404)}
    return {{"shown": 303, "old": 409, None: 400}[version]}


def versions_of(model, ids):
    return dict(model.objects.filter(pk__in=list(ids)).values_list("pk", "version"))


def without_names(closings):
    return [{name: value for name, value in row.items() if name != "competitor_id"} for row in closings]


def put_row(opportunity, table, subject, details):
    """Adds or changes a row."""
    if subject in opportunity.subjects(table):
        opportunity.set_details(table, subject, details)
    else:
        opportunity.add_row(table, subject, details)


def tidied(opportunity):
    """Forgets the details of rows that are gone."""
    default = DEFAULT_DETAILS
    opportunity.details = {
        (table, subject): details
        for (table, subject), details in opportunity.details.items()
        if subject in opportunity.subjects(table) and details != default[table]
    }
    return opportunity


def merged(before, noun, gone, survivor, page):
    """The opportunity after a merge, and what that moved."""
    after, moved, table, column = copy.deepcopy(before), Moved(), TABLES[noun], COLUMNS[noun]
    if column and after.values[column] == gone:
        moved.has_column, after.values[column] = True, survivor
    if table and gone in after.subjects(table):
        _merge_rows(after, moved, table, gone, survivor, page)
    if noun == "contacts":
        for each in before.presentations:
            if gone in each.attendees:
                people = tuple(sorted({survivor if name == gone else name for name in each.attendees}))
                moved.presentations[each.key] = each.attendees, people
                after.change_presentation(each.key, attendees=people)
        moved.mails = [place for place, name in enumerate(before.mails) if name == gone]
        after.mails = [survivor if name == gone else name for name in before.mails]
    if noun == "competitors" and after.close_request and after.close_request["competitor"] == gone:
        moved.request, after.close_request["competitor"] = after.last_request_version, survivor
    return tidied(after), moved


def _merge_rows(after, moved, table, gone, survivor, page):
    of_gone = after.details_of(table, gone)
    if survivor in after.subjects(table):
        moved.row, moved.before = page.rows[table][survivor], after.details_of(table, survivor)
        moved.twin, moved.after = of_gone, joined(table, moved.before, of_gone)
    else:
        moved.row, moved.before = page.rows[table][gone], of_gone
        moved.after = of_gone
    after.delete_row(table, gone)
    put_row(after, table, survivor, moved.after)
    moved.after = after.details_of(table, survivor)


def erased(before, name, files, parts, page):
    """The opportunity after the contact and these files are erased. Notes that named a part have another text."""
    after = copy.deepcopy(before)
    texts = dict(Note.objects.filter(pk__in=page.notes.values()).values_list("pk", "text"))
    for note in before.notes:
        if any(part in note.text for part in parts):
            after.change_note(note.key, text=texts[page.notes[note.key]])
    if name in after.stakeholders:
        after.set_details("stakeholder", name, (*after.details_of("stakeholder", name)[:-1], ""))
    keys = {key for key, pk in page.files.items() if pk in files}
    after.files = [replace(each, name=f"{ERASED}.txt") if each.key in keys else each for each in after.files]
    return tidied(after)


def found_anywhere(words):
    """The tables and columns, of the whole database, with one of these words."""
    found, words = set(), [word.casefold() for word in words]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                texts = zip(columns, (str(value).casefold() for value in row), strict=True)
                found |= {(table, column) for column, text in texts if any(word in text for word in words)}
    return sorted(found)
