"""A person is exported and erased: a unique text in every personal place, closed opportunities and history included."""

import json

import pytest
from django.apps import apps
from django.core.cache import caches
from django.db import connection, models
from django.db.models import QuerySet
from django.urls import reverse

from opportunities import merging, transitions
from opportunities.customers.models import Contact
from opportunities.editing import erased_contacts, erased_files
from opportunities.models import Attachment, Erasure, Opportunity, PrivacyAct, write_guard
from opportunities.privacy import erasing, text_columns
from opportunities.verify import run
from salesflow import once, private_files
from salesflow.mail import outbox
from salesflow.mail.models import OutboxMail
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import CLOSE, NOW, PROPOSE, reread
from tests.support.moves import ask_for_waiver, decline_waiver, withdraw_waiver

pytestmark = pytest.mark.django_db

NAME, EMAIL, PHONE = "Cæcilie Kanariusdøtter", "cake@kanarius.example", "+47 93 27 15 84"
CANARY = "kanarius"


def said(about):
    """A text that mentions the person."""
    return f"{about}: {NAME} said so."


@pytest.fixture
def person(db):
    contact = factories.ContactFactory(name=f"{NAME} Hansen", email=EMAIL, phone=PHONE)
    for column in Contact._meta.concrete_fields:
        is_free = isinstance(column, models.CharField | models.TextField) and not column.choices
        if is_free and column.name not in ("name", "email", "phone"):
            setattr(contact, column.name, said(column.name)[: column.max_length])
    contact.name, contact.legal_basis = NAME, "consent"
    contact.save()
    return contact


@pytest.fixture
def opportunities(person, rep, manager):
    """An open and a lost opportunity, and one that the person left, with the person in every text."""
    active, lost = open_opportunity(person, rep, manager), lost_opportunity(person, rep, manager)
    former = factories.OpportunityFactory(owner=rep)
    factories.remove(factories.add_stakeholder(former, contact=person, note="Knows everybody"))
    factories.write_note(former, text="Cæcilie is not there any more.")
    return [reread(each) for each in (active, lost, former)]


def open_opportunity(person, rep, manager):
    opportunity = factories.opportunity_in(PROPOSE, owner=rep, name=said("Fleet"))
    opportunity = factories.edit(
        opportunity, contact=person, description=said("About"), customer_need=said("Need"), proposed_solution=said("Do")
    )
    row = opportunity.stakeholders.get(contact=person)
    factories.change_row(row, note="Likes kanariusfugler")
    factories.change_row(row, note=said("Note"))
    factories.add_competitor(opportunity, note=said("Rival"))
    note = factories.write_note(opportunity, text=said("Meeting") + "\nMore.")
    factories.change_row(note, text=said("Meeting again") + "\nMore.")
    factories.plan(opportunity, text=said("Call"))
    factories.file_debrief(opportunity, why=said("Why"), went_well=said("Well"), went_badly=said("Badly"))
    file = factories.upload(opportunity, name=f"To {NAME}.txt", content=NAME.encode(), content_type="text/plain")
    factories.present(opportunity, attendees=[person], file=file)
    factories.add_preview(factories.upload(opportunity, name="Offer.pdf"), content=NAME.encode())
    factories.write_mail(opportunity, contact=person, subject=said("Thanks"), text=said("Dear"))
    ask_for_waiver(opportunity, "internal_review_completed", reason=said("Exception"))
    decline_waiver(opportunity, "internal_review_completed", by=manager, answer=said("Answer"))
    factories.ask(opportunity, by=rep, description=said("Bankrupt"))
    transitions.decline_close_request(opportunity=opportunity, by=manager, at=NOW, answer=said("Ask them"))
    transitions.go_back(opportunity=opportunity, by=rep, at=NOW, reason=said("Back"))
    transitions.hold(opportunity=opportunity, by=rep, at=NOW, reason=said("Hold"))
    return opportunity


def lost_opportunity(person, rep, manager):
    opportunity = factories.ready_opportunity(CLOSE, owner=rep, contact=person)
    need = factories.edit(opportunity, debrief_filed=False)
    step = factories.step("debrief_filed")
    transitions.waive(opportunity=need, by=manager, at=NOW, step=step, reason=said("Waived"))
    withdraw_waiver(need, "debrief_filed", by=manager, reason=said("Withdrawn"))
    need = factories.edit(need, debrief_filed=True)
    factories.lose(need, description=said("First"))
    transitions.reopen(opportunity=reread(need), by=rep, at=NOW, reason=said("Reopened"))
    again = factories.fill(reread(need))
    factories.lose(again, description=said("Lost"))
    return again


@pytest.fixture
def elsewhere(person, manager):
    """The person in other customers, the outbox, the queue, the log of the admin and the forms that were sent."""
    account = factories.AccountFactory(name=f"{NAME} Consulting", description=said("Account"))
    for column in ("description", "industry", "street", "city"):
        setattr(account, column, said(column))
    account.save()
    factories.ContactFactory(name="Ola", description=said("Boss"))
    waiting = outbox.send(kind="password_reset", at=NOW, to=EMAIL)
    OutboxMail.objects.filter(pk=waiting.pk).update(last_error=f"refused <{EMAIL}>")
    task = apps.get_model("django_tasks_database", "DBTaskResult").objects.first()
    QuerySet(type(task)).filter(pk=task.pk).update(args_kwargs={"args": [EMAIL], "kwargs": {}}, traceback=said("E"))
    merge_into(person, by=manager)
    log = apps.get_model("admin", "LogEntry").objects
    log.log_actions(manager.pk, [person], 2, change_message=said("Changed"))
    caches[once.CACHE].set("sent-1", ("/", said("Saved")), 3600)


def merge_into(person, by):
    """An account and a contact with the name of the person become part of others; the contact, of the person.

    The contact is a stakeholder of an opportunity with a note.
    """
    opportunity = factories.OpportunityFactory()
    account = factories.AccountFactory(name=f"{NAME} Holding")
    factories.edit(opportunity, account=account)
    same = factories.ContactFactory(name=NAME, email=f"old.{EMAIL}", account=None)
    factories.add_stakeholder(opportunity, contact=same, note=said("Old"))
    merging.merge(type(account), survivor=factories.AccountFactory().pk, gone=account.pk, by=by, at=NOW)
    merging.merge(Contact, survivor=person.pk, gone=same.pk, by=by, at=NOW)


def dump():
    """Every text of every table of the database, as the database has it."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            found += [
                (table, name, str(value)) for row in cursor.fetchall() for name, value in zip(names, row, strict=True)
            ]
    return found


WORDS = (CANARY, "93271584", "93 27 15 84", "cæcilie", "c\\u00e6cilie", "caecilie")


def names_the_person(text):
    return any(word in text.casefold() for word in WORDS)


def texts_in_database():
    """Each text that names the person with its table, row and column. Not the columns that are derived from others."""
    for model in apps.get_models():
        names = [column.attname for column in model._meta.concrete_fields if column.name not in text_columns.MACHINES]
        for pk, *values in QuerySet(model).values_list("pk", *names):
            for name, value in zip(names, values, strict=True):
                yield from ((model._meta.label, str(pk), name, text) for text in strings(value))


def texts_of(exported):
    """The same of an export, whose rows say where they are from."""
    for rows in (rows for name, rows in exported.items() if name != "about"):
        for row in rows:
            key = apps.get_model(row["table"])._meta.pk.name
            where = (row["table"], str(row["row"] if "row" in row else row[key]))
            columns = {row["column"]: row["text"]} if "column" in row else row
            for name, value in columns.items():
                yield from ((*where, name, text) for text in strings(value))


def strings(value):
    """The texts in a value that name the person, also those inside JSON."""
    if isinstance(value, str):
        yield from [value] if names_the_person(value) else []
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)


def canaries():
    """Where the person still is: tables and columns, and private files. Nothing is decoded twice."""
    found = {f"{table}.{name}" for table, name, value in dump() if names_the_person(value)}
    folder = private_files.storage().base_location
    files = {
        path.name for path in folder.rglob("*") if path.is_file() and CANARY in path.read_text(errors="replace").lower()
    }
    return found | files


def review(contact, manager):
    """Erases every file and most texts of the review, edits one, and accepts it."""
    erasure = Erasure.objects.get(contact=contact, accepted_at=None)
    for place, passage in enumerate(erasure.passages.filter(decision="")):
        decision = "whole" if passage.file_id or place % 2 else "edited" if place == 0 else "words"
        more = {"text": "Edited."} if decision == "edited" else {}
        erasing.decide(passage, decision, by=manager, at=NOW, digest=passage.digest, **more)
    erasing.accept(erasure, by=manager, at=NOW)


NEVER_PERSONAL = {  # lists of ids and of steps, which the program writes, and what only a company has
    *("unmet_steps", "asked_steps", "requirements", "waived_steps", "waiver_changes"),
    *("reply_to", "history_change_reason"),
    *("organisation_number", "website", "postal_code", "country"),
}


def test_every_personal_place_is_exported_and_nothing_remains_after_the_review(
    opportunities, elsewhere, person, manager, client_of, django_capture_on_commit_callbacks
):
    planted = {f"{model._meta.db_table}.{name}" for model, name in every_text_column()}
    figures = list(Opportunity.objects.values_list("pk", "status", "active_stage", "estimated_revenue", "closed_on"))
    before, held = canaries(), set(texts_in_database())
    assert planted - before == set()
    files = set(Attachment.objects.filter(opportunity__in=opportunities).values_list("name", "sha256"))
    assert len(files) == 2

    answer = client_of(manager).post(reverse("person_export", args=[person.pk]))
    exported = json.loads(b"".join(answer.streaming_content))
    erasing.start(person, version=person.version, by=manager, at=NOW)
    erasing.start(person, version=person.version, by=manager, at=NOW)
    pages = client_of(manager).get(reverse("person_review", args=[person.pk])).context["passages"]
    with django_capture_on_commit_callbacks(execute=True):
        review(person, manager)

    assert sorted(held - set(texts_of(exported))) == []
    [contact] = exported["contact"]
    assert (contact["data_source"], contact["legal_basis"]) == (said("data_source"), "consent")
    assert exported["outbox"]
    assert {(row["name"], row["sha256"]) for row in exported["files"]} == files
    assert any("/merges/" in shown["customer"][0] for shown in pages if shown["customer"])
    assert canaries() == set()
    assert Erasure.objects.get().words == {}
    assert (
        list(Opportunity.objects.values_list("pk", "status", "active_stage", "estimated_revenue", "closed_on"))
        == figures
    )
    assert [fault.what for fault in run.faults()] == []
    assert [act.kind for act in PrivacyAct.objects.order_by("pk")] == ["exported", "erased", "accepted"]


def every_text_column():
    for table in text_columns.tables():
        for name in table.columns:
            is_of_company = (table.customer, name) == ("account", "phone") or table.customer == "competitor"
            if name not in NEVER_PERSONAL and not is_of_company:
                yield table.model, name


def test_the_address_of_another_person_and_the_log_about_users_stay(manager):
    contact = factories.ContactFactory(name="Ola Hansen", email="a@fjord.no")
    mail = outbox.send(kind="password_reset", at=NOW, to="maria@fjord.no")
    log = apps.get_model("admin", "LogEntry").objects
    log.log_actions(manager.pk, [manager], 2, change_message="Removed the second factor of Ola Hansen")
    other = factories.ContactFactory(name="Maria", email="a@fjord.no.example", description="Or a@fjord.no.")

    erasing.start(contact, version=contact.version, by=manager, at=NOW)

    mail.refresh_from_db()
    assert mail.to == "maria@fjord.no"
    assert "Ola Hansen" in log.get().change_message
    texts = [passage.text for passage in Erasure.objects.get().passages.all()]
    assert texts == [other.description]


def erase(contact, by, decision):
    """Erases the contact, with the same decision about each passage."""
    erasing.start(contact, version=contact.version, by=by, at=NOW)
    erasure = Erasure.objects.get(contact=contact)
    for passage in erasure.passages.filter(decision=""):
        erasing.decide(passage, decision, digest=passage.digest, by=by, at=NOW)
    erasing.accept(erasure, by=by, at=NOW)


def logged_children(opportunity):
    return json.dumps(list(opportunity.events.values_list("children", flat=True)))


def test_the_log_about_another_person_of_the_same_name_stays(rep, manager):
    contact, namesake = (factories.ContactFactory(name="Ann Zorbl", account=None) for _ in range(2))
    opportunity = factories.OpportunityFactory(owner=rep)
    factories.add_stakeholder(opportunity, contact=contact, note="Decides")
    factories.remove(factories.add_stakeholder(opportunity, contact=namesake, note="Likes us"))

    erase(contact, manager, "kept")

    logged = logged_children(opportunity)
    assert "Decides" not in logged
    assert "Likes us" in logged
    assert logged.count("Ann Zorbl") == 2  # added and removed


def test_what_an_undone_merge_wrote_about_a_person_is_erased_from_the_log(rep, manager):
    contact, other = factories.ContactFactory(name="Ann Zorbl"), factories.ContactFactory(name="Bo Kvist")
    opportunity = factories.OpportunityFactory(owner=rep)
    factories.add_stakeholder(opportunity, contact=contact, note="Decides alone")
    factories.add_stakeholder(opportunity, contact=other, note="Helps her")
    merge = merging.merge(Contact, survivor=other.pk, gone=contact.pk, by=manager, at=NOW)
    merging.undo(merge.pk, by=manager, at=NOW)

    erase(Contact.objects.get(name="Ann Zorbl"), manager, "words")

    assert "Decides alone" not in logged_children(opportunity)
    assert opportunity.stakeholders.get(contact=other).note == "Helps her"


def test_an_event_that_names_a_removed_stakeholder_without_an_id_is_erased_by_the_name(rep, manager):
    contact, other = factories.ContactFactory(name="Ann Zorbl"), factories.ContactFactory(name="Bo Kvist")
    opportunity = factories.OpportunityFactory(owner=rep)
    for each in (contact, other):
        factories.remove(factories.add_stakeholder(opportunity, contact=each, note=f"{each} decides"))
    forget_subjects(opportunity)

    erase(contact, manager, "words")

    assert "Ann Zorbl" not in logged_children(opportunity)
    assert logged_children(opportunity).count("Bo Kvist decides") == 2  # added and removed


def forget_subjects(opportunity):
    """Makes the events those of an older version, which stored no id of the person."""
    with write_guard.guarded_every():
        for event in opportunity.events.all():
            without = [row | {"subject": None} for row in event.children]
            opportunity.events.filter(pk=event.pk).update(children=without)


def test_a_file_that_was_erased_already_is_not_written_again(rep, manager, django_capture_on_commit_callbacks):
    file = factories.upload(factories.OpportunityFactory(owner=rep), name="Ann.txt", content=b"Ann")
    with django_capture_on_commit_callbacks(execute=True):
        assert erased_files.erase_file(file, by=manager, at=NOW) > 0

    with unchanged():
        assert erased_files.erase_file(file, by=manager, at=NOW) == 0

    assert len(list(private_files.every_name())) == 1


def test_a_salesperson_may_not_erase_a_file(rep):
    file = factories.upload(factories.OpportunityFactory(owner=rep), name="Ann.txt", content=b"Ann")

    with refused(transitions.NotAllowed, "You may not erase the data of a person"):
        erased_files.erase_file(file, by=rep, at=NOW)


def test_erasing_from_an_opportunity_that_does_not_name_the_person_writes_no_event(rep, manager):
    opportunity, contact = factories.OpportunityFactory(owner=rep), factories.ContactFactory(name="Ann Zorbl")
    erased = erased_contacts.Erased(frozenset([contact.pk]), lambda name: name == contact.name)

    with unchanged():
        assert erased_contacts.erase_contact(opportunity.pk, erased, by=manager, at=NOW) == 0
