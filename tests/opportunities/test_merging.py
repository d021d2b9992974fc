"""Merging two accounts, contacts or competitors, and undoing it: domain functions."""

import pytest
from django.apps import apps
from django.db import models

from opportunities import editing, merging
from opportunities.customers import merges, references
from opportunities.customers.models import Account, Competitor, Contact, Merge
from opportunities.models import Event, ImportRow, Opportunity, Stakeholder
from opportunities.models.erasures import Erasure, PrivacyAct
from opportunities.models.write_guard import Guarded
from opportunities.privacy import erasing
from opportunities.verify import run
from tests.support import factories
from tests.support.db_assertions import refused, rows_of
from tests.support.factories import CLOSE, HOUR, NOW, PROPOSE, AccountFactory, CompetitorFactory, ContactFactory, reread

pytestmark = pytest.mark.django_db

LATER = NOW + HOUR
CHANGED_BY_EVERY_WRITE = {"version", "modified_at"}


def merge(survivor, gone, by, take=(), **more):
    pair = {"survivor": survivor.pk, "gone": gone.pk}
    return merging.merge(type(survivor), **pair, take=take, by=by, at=LATER, **more)


def faults():
    return [fault.what for fault in run.faults() if not fault.is_stricter_later]


def test_every_foreign_key_to_an_account_contact_or_competitor_is_moved():
    """A key from an opportunity, its child rows, the three models or a log. Any other needs code of its own."""
    customers, logs = {Account, Contact, Competitor}, {Erasure, ImportRow, PrivacyAct}
    for model in customers:
        for field in references.to(model):
            assert issubclass(field.model, Guarded) or field.model in customers | logs, field
    to_many = [
        field
        for model in apps.get_models()
        for field in (*model._meta.local_many_to_many, *model._meta.private_fields)
        if field.related_model in customers
    ]
    in_json = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.JSONField) and issubclass(model, Guarded) and not issubclass(model, Event)
    ]
    assert to_many == []
    assert sorted(in_json) == [
        "opportunities.Opportunity.asked_steps",
        "opportunities.Opportunity.unmet_steps",
        "opportunities.Presentation.attendees",
        "opportunities.StageVisit.requirements",
    ]


def test_a_contact_is_merged_on_every_opportunity(rep, manager):
    stays, goes = ContactFactory(name="Eva Lind"), ContactFactory(name="Eva M. Lind", email="eva@example.com")
    both = factories.opportunity_in(PROPOSE, owner=rep)
    factories.add_stakeholder(both, contact=stays, attitude="supporter", note="Likes us")
    factories.add_stakeholder(
        both,
        contact=goes,
        roles=("champion", "decision_maker"),
        attitude="opponent",
        influence="high",
        note="Asks a lot",
    )
    factories.present(both, attendees=[goes, stays])
    factories.write_mail(both, contact=goes)
    won = factories.won_opportunity(owner=rep, contact=goes)
    before = Opportunity.objects.filter(pk=won.pk).values().get()

    done = merge(stays, goes, manager, take={"email"})

    row = both.stakeholders.get(contact=stays)
    assert (row.roles, row.attitude, row.influence) == (("decision_maker", "champion"), "opponent", "high")
    assert row.note == "Likes us\nAsks a lot"
    assert both.presentations.get().attendees == [{"id": stays.pk, "name": "Eva Lind"}]
    assert both.mails.get().contact == stays
    assert reread(won).contact == stays
    after = Opportunity.objects.filter(pk=won.pk).values().get()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"contact_id", "found_by", "version", "modified_at"}
    for opportunity in (both, won):
        event = opportunity.events.first()
        assert (event.kind, event.by, event.merged["gone"]["name"]) == ("merged", manager, "Eva M. Lind")
    assert not Contact.objects.filter(pk=goes.pk).exists()
    assert Contact.objects.get(pk=stays.pk).email == "eva@example.com"
    assert (merges.survivor_id("contact", goes.pk), done.is_in_force) == (stays.pk, True)
    assert faults() == []


def test_a_competitor_is_merged_where_it_won_and_where_it_is_debriefed(rep, manager):
    stays, goes = CompetitorFactory(), CompetitorFactory(website="https://example.com")
    lost = factories.ready_opportunity(CLOSE, owner=rep)
    factories.add_competitor(lost, competitor=goes, threat="low", note="a" * 300)
    factories.add_competitor(lost, competitor=stays, threat="high", note="b" * 300)
    factories.file_debrief(lost, competitor=goes)
    factories.lose(reread(lost), reason=factories.reason("out_sold"), competitor=goes)
    asked = factories.opportunity_in(PROPOSE, owner=rep)
    factories.ask(asked, by=rep, reason=factories.reason("out_sold"), competitor=goes)

    merge(stays, goes, manager)

    lost = reread(lost)
    row = lost.competitor_links.get(competitor=stays)
    assert (row.threat, len(row.note)) == ("high", 500)
    assert lost.closing_in_force().competitor == stays
    assert lost.debriefs.get().competitor == stays
    assert asked.close_requests.get().competitor == stays
    assert faults() == []


def test_an_account_takes_the_contacts_children_and_opportunities_of_the_other_one(rep, manager):
    stays, goes = AccountFactory(city="Bergen"), AccountFactory(city="Oslo", industry="Shipping")
    child, contact = AccountFactory(parent=goes), ContactFactory(account=goes)
    opportunity = factories.OpportunityFactory(owner=rep, account=goes)

    merge(stays, goes, manager, take={"industry"})

    stays.refresh_from_db()
    assert (stays.city, stays.industry) == ("Bergen", "Shipping")
    assert Account.objects.get(pk=child.pk).parent == stays
    assert Contact.objects.get(pk=contact.pk).account == stays
    assert reread(opportunity).account == stays
    assert contact.history.order_by("-history_id").first().history_user == manager
    assert faults() == []


@pytest.mark.parametrize("take", [(), ("parent",)])
def test_no_account_is_above_itself_afterwards(manager, take):
    above = AccountFactory(name="Above")
    goes = AccountFactory(parent=above)
    between = AccountFactory(parent=goes)
    stays = AccountFactory(parent=between)
    merge(stays, goes, manager, take=take)
    assert Account.objects.get(pk=stays.pk).parent == above
    assert Account.objects.get(pk=between.pk).parent == stays

    merge(Account.objects.get(pk=above.pk), Account.objects.get(pk=stays.pk), manager, take=take)
    assert Account.objects.get(pk=above.pk).parent is None
    assert Account.objects.get(pk=between.pk).parent == above


def test_a_merge_is_refused_to_reps_and_when_a_row_changed_or_is_gone(rep, manager):
    stays, goes = AccountFactory(), AccountFactory()

    with refused(editing.NotAllowed):
        merge(stays, goes, rep)
    with refused(merging.StaleMerge):
        merge(stays, goes, manager, versions=(0, 1))
    with refused(editing.Gone):
        merge(stays, stays, manager)
    merge(stays, goes, manager, versions=(0, 0))
    with refused(editing.Gone):
        merge(stays, goes, manager)


def test_undoing_puts_everything_back(rep, manager):
    stays, goes = ContactFactory(), ContactFactory(job_title="Buyer")
    opportunity = factories.opportunity_in(PROPOSE, owner=rep, contact=goes)
    factories.add_stakeholder(opportunity, contact=stays, note="Likes us")
    factories.present(opportunity, attendees=[goes])
    before = contents()

    done = merge(stays, goes, manager, take={"job_title"})
    merging.undo(done.pk, by=manager, at=LATER + HOUR)

    assert contents() == before
    assert set(goes.history.values_list("created_at", flat=True)) == {goes.created_at}
    assert reread(opportunity).events.first().kind == "unmerged"
    assert merges.survivor_id("contact", goes.pk) is None
    assert faults() == []
    with refused(merging.AlreadyUndone):
        merging.undo(done.pk, by=manager, at=LATER + HOUR)


def test_a_merge_cannot_be_undone_when_a_row_that_it_wrote_changed_since(rep, manager):
    stays, goes = ContactFactory(), ContactFactory()
    opportunity = factories.OpportunityFactory(owner=rep, contact=goes, name="Fleet")
    done = merge(stays, goes, manager)
    factories.edit(reread(opportunity), description="Something else")
    assert merging.changed_since(done) == []
    factories.change_row(opportunity.stakeholders.get(), note="Changed", at=LATER)

    with refused(merging.MergeChangedSince, "stakeholder .Fleet."):
        merging.undo(done.pk, by=manager, at=LATER + HOUR)
    with refused(editing.NotAllowed):
        merging.undo(done.pk, by=rep, at=LATER + HOUR)


def test_a_merge_into_a_row_that_was_merged_itself_is_undone_after_that_one(manager):
    first, second, third = (AccountFactory() for _ in range(3))
    one = merge(second, first, manager)
    two = merge(third, second, manager)
    assert merges.survivor_id("account", first.pk) == third.pk

    with refused(merging.MergeChangedSince):
        merging.undo(one.pk, by=manager, at=LATER)
    merging.undo(two.pk, by=manager, at=LATER)
    merging.undo(one.pk, by=manager, at=LATER)

    assert set(Account.objects.all()) == {first, second, third}
    assert not Merge.objects.filter(undone_at=None).exists()


def contents():
    """Every row of customers and opportunities, without what each write changes and without the log."""
    tables = [Account, Contact, Competitor, Opportunity, *Guarded.__subclasses__()]
    kept = [model for model in tables if model is not Event and not model._meta.abstract]
    return {
        model: [{name: row[name] for name in row if name not in CHANGED_BY_EVERY_WRITE} for row in rows_of(model)]
        for model in kept
    }


def test_a_stakeholder_that_no_page_shows_any_more_keeps_its_name_in_the_history(rep, manager):
    stays, goes = ContactFactory(name="Stays"), ContactFactory(name="Goes")
    opportunity = factories.OpportunityFactory(owner=rep, contact=goes)

    merge(stays, goes, manager)

    rows = [row for event in opportunity.events.all() for row in event.children]
    assert {row["name"] for row in rows} == {"Stays", "Goes"}
    assert Stakeholder.objects.get().contact == stays


def test_a_merge_of_a_person_who_was_erased_since_cannot_be_undone(manager):
    stays, goes = ContactFactory(), ContactFactory(name="Ola Dal", email="ola@example.com")
    done = merge(stays, goes, manager)
    stays.refresh_from_db()

    erasing.start(stays, version=stays.version, by=manager, at=LATER)

    done.refresh_from_db()
    assert (done.gone, done.moved, done.gone_name) == ({}, [], "[erased]")
    assert merging.changed_since(done)
    with refused(merging.MergeChangedSince):
        merging.undo(done.pk, by=manager, at=LATER)


def test_a_person_whose_data_is_being_erased_is_not_merged(manager):
    stays, goes = ContactFactory(), ContactFactory()
    erasing.start(goes, version=goes.version, by=manager, at=NOW)

    with refused(merging.BeingErased):
        merge(stays, goes, manager)

    erasing.accept(Erasure.objects.get(), by=manager, at=NOW)
    done = merge(stays, goes, manager)
    assert set(PrivacyAct.objects.values_list("contact", flat=True)) == {stays.pk}
    merging.undo(done.pk, by=manager, at=LATER)
    assert set(PrivacyAct.objects.values_list("contact", flat=True)) == {goes.pk}
