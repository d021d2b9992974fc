"""The export of everything: managers download it, and the import reads it back as it was."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opportunities.customers import erased_rows
from opportunities.customers.models import Account, Competitor, Contact
from opportunities.editing import editing
from opportunities.imports import undoing
from opportunities.models import ListExport, Opportunity
from salesflow.users.models import SALES_MANAGER, User
from tests.support import factories, imports
from tests.support.full_exports import LATER, brought_in, done, downloaded, empty, problems_of, read, written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


def test_only_managers_export_and_get_what_they_see(client, manager, rep, colleague):
    lead = factories.UserFactory(role=SALES_MANAGER)
    factories.UnitFactory(lead=lead)
    User.objects.filter(pk=lead.pk).update(sees_all=False)
    factories.OpportunityFactory(owner=rep, name="Fleet telematics")
    unseen = factories.OpportunityFactory(owner=colleague, name="Road salt")
    client.force_login(rep)
    assert client.get(reverse("full_export")).status_code == 404
    assert client.post(reverse("full_export_download")).status_code == 404
    assert ListExport.objects.count() == 0

    files = downloaded(client, lead)

    assert unseen.name not in {row["Name"] for row in read(files["3"])}
    assert {row["Name"] for row in read(downloaded(client, manager)["3"])} == {"Fleet telematics", "Road salt"}
    logged = ListExport.objects.order_by("pk").values_list("by", "format", "rows")
    assert list(logged) == [(lead.pk, "zip", len(read(files["3"]))), (manager.pk, "zip", 2)]


def test_the_page_says_what_the_archive_has(client, manager):
    factories.OpportunityFactory()
    client.force_login(manager)

    page = client.get(reverse("full_export")).content.decode()

    assert "1 opportunity, with its people and its history" in page
    assert reverse("full_export") in client.get(reverse("imports")).content.decode()


def test_what_comes_back_to_where_it_was_exported_changes_nothing(client, manager, in_develop):
    files = downloaded(client, manager)

    runs = brought_in(manager, files)

    assert {outcome for run in runs for outcome in imports.outcomes(run)} == {"same"}
    assert Opportunity.objects.count() == 1


def test_what_is_changed_in_the_file_is_changed_here_unless_a_person_was_faster(client, manager, in_develop):
    other = factories.OpportunityFactory(name="Road salt")
    rows = read(downloaded(client, manager)["3"])
    for row in rows:
        row["Customer need"] = "Lower costs"
    with editing(other, by=manager, at=LATER) as record:
        record.customer_need = "Better roads"

    run = done(manager, written(rows), "opportunities")

    outcomes = dict(zip([row["Name"] for row in rows], imports.outcomes(run), strict=True))
    assert outcomes == {in_develop.name: "updated", "Road salt": "skipped"}
    assert factories.reread(in_develop).customer_need == "Lower costs"
    assert factories.reread(other).customer_need == "Better roads"


def test_two_contacts_of_one_name_stay_two(client, manager, settings):
    account = factories.AccountFactory(name="Fjord AS")
    twins = [factories.ContactFactory(name="Kari Nordmann", account=account, job_title=title) for title in "ab"]
    for contact in twins:
        factories.OpportunityFactory(name=f"Deal of {contact.job_title}", contact=contact, account=account)
    files = downloaded(client, manager)
    empty()
    settings.BASE_URL = "https://another.example.com"

    runs = brought_in(manager, files)

    assert problems_of(runs) == []
    assert sorted(Contact.objects.filter(name="Kari Nordmann").values_list("job_title", flat=True)) == ["a", "b"]
    found = Opportunity.objects.filter(name__startswith="Deal of").values_list("name", "contact__job_title")
    assert dict(found) == {"Deal of a": "a", "Deal of b": "b"}


def test_a_person_whose_data_was_erased_is_left_out_and_the_opportunity_comes_back(
    client, manager, in_develop, settings
):
    for stakeholder in in_develop.stakeholders.select_related("contact"):
        erased_rows.erase(stakeholder.contact, by=manager, at=LATER)
    files = downloaded(client, manager)
    assert imports.outcomes(done(manager, files["3"], "opportunities", history=files["4"])) == ["same"]
    empty()
    settings.BASE_URL = "https://another.example.com"

    runs = brought_in(manager, files)

    assert problems_of(runs) == []
    assert (Opportunity.objects.count(), Contact.objects.count()) == (1, 0)


def test_an_older_file_does_not_bring_back_the_data_of_a_person(client, manager, in_develop):
    contact = in_develop.contact
    Contact.objects.filter(pk=contact.pk).update(email="kari@example.com", phone="+4722334455")
    files = downloaded(client, manager)
    erased_rows.erase(Contact.objects.get(pk=contact.pk), by=manager, at=LATER)

    runs = [done(manager, files["2"], "contacts"), done(manager, files["3"], "opportunities", history=files["4"])]

    assert "The data of this contact was erased here. An import does not bring it back." in imports.sentences(runs[0])
    erased = Contact.objects.get(pk=contact.pk)
    assert (erased.is_erased, erased.email, erased.phone) == (True, "", "")


def test_an_import_with_its_people_is_undone_without_a_trace(client, manager, in_develop, settings):
    files = downloaded(client, manager)
    empty()
    settings.BASE_URL = "https://another.example.com"
    run = done(manager, files["3"], "opportunities", history=files["4"])
    assert imports.outcomes(run) == ["created"]

    act = undoing.undo(run, by=manager, at=LATER)

    assert imports.act(act, at=LATER) == (1, 0, 0)
    left = [row for model in (Opportunity, Account, Contact, Competitor) for row in model.objects.all()]
    assert left == []


def test_a_formula_in_a_name_is_a_text_in_the_file_and_comes_back_as_it_was(client, manager, settings):
    factories.OpportunityFactory(name="=1+1")
    files = downloaded(client, manager)
    assert "'=1+1" in {row["Name"] for row in read(files["3"])}
    empty()
    settings.BASE_URL = "https://another.example.com"

    brought_in(manager, files)

    assert Opportunity.objects.filter(name="=1+1").exists()


def test_the_archive_takes_as_many_queries_for_few_as_for_many(client, manager, in_develop):
    def queries():
        with CaptureQueriesContext(connection) as taken:
            downloaded(client, manager)
        return len(taken)

    queries()  # reads what stays in memory
    few = queries()
    for number in range(8):
        factories.OpportunityFactory(name=f"Deal {number}")

    assert queries() == few
