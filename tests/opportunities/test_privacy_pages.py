"""The pages about personal data: the report, to erase, and the review. What is stale, incomplete or sent twice."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from opportunities.customers.models import Contact
from opportunities.models import Erasure, Opportunity, PrivacyAct, Stakeholder
from opportunities.models.erasures import ERASED
from opportunities.privacy import erasing
from opportunities.privacy.person import Person
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import DAY, NOW, reread
from tests.support.pages import Form

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager_client(client_of, manager):
    return client_of(manager)


@pytest.fixture
def person(rep):
    """A stakeholder whom a note mentions twice, once by the first name only."""
    contact = factories.ContactFactory(name="Siri Moen", email="siri@moen.example")
    opportunity = factories.OpportunityFactory(owner=rep, name="Fleet")
    factories.add_stakeholder(opportunity, contact=contact)
    factories.write_note(opportunity, text="Siri Moen decides. Ask Siris boss.")
    return contact


def text(answer):
    return answer.content.decode()


def begin(contact, manager):
    return erasing.start(Contact.objects.get(pk=contact.pk), version=contact.version, by=manager, at=NOW)


def decision(passage, what, **more):
    return {"digest": passage.digest, "decision": what, "text": "", **more}


def address(passage):
    return reverse("passage_decide", args=[passage.erasure.contact_id, passage.pk])


def test_an_erasure_names_the_version_of_its_page_and_is_done_once(manager_client, person):
    where = reverse("person_erase", args=[person.pk])
    with unchanged():
        unnamed = manager_client.post(where)
        stale = manager_client.post(where, {"version": person.version + 1})

    first, again = (manager_client.post(where, {"version": person.version}) for _ in range(2))

    assert (unnamed.status_code, stale.status_code) == (400, 409)
    assert "The contact was changed after this page was opened" in text(stale)
    assert (first.status_code, again.status_code) == (303, 303)
    assert Contact.objects.get(pk=person.pk).name == ERASED
    assert Erasure.objects.count() == PrivacyAct.objects.count() == 1


def test_a_page_that_was_opened_before_the_erasure_does_not_write_the_person_again(manager, client_of, rep, person):
    opportunity = factories.edit(factories.OpportunityFactory(owner=rep, contact=person), description="For Siri Moen")
    client, where = client_of(rep), reverse("opportunity_edit", args=[opportunity.pk])
    form = Form(client.get(where), where)
    begin(person, manager)

    with unchanged():
        answer = form.press(client, "Save")

    assert answer.status_code == 409
    assert "The data of a person was erased here after this page was opened." in text(answer)


def test_a_passage_is_decided_once_by_what_its_page_showed(manager, manager_client, person):
    passage = begin(person, manager).passages.get()
    page = text(manager_client.get(reverse("person_review", args=[person.pk])))
    with unchanged():
        stale = manager_client.post(address(passage), decision(passage, "words", digest="0" * 64))
        naming = manager_client.post(address(passage), decision(passage, "edited", text="Siri Moen again"))
        nothing = manager_client.post(address(passage), {"decision": "words"})

    first, again = (manager_client.post(address(passage), decision(passage, "words")) for _ in range(2))
    other = manager_client.post(address(passage), decision(passage, "whole"))

    note = passage.opportunity.notes.get()
    assert "<mark>Siri Moen</mark> decides. Ask <mark>Siris</mark> boss." in page
    assert (stale.status_code, naming.status_code, nothing.status_code) == (409, 422, 400)
    assert "Siri Moen again" in text(naming)
    assert (first.status_code, again.status_code, other.status_code) == (303, 303, 409)
    assert note.text == f"{ERASED} decides. Ask {ERASED} boss."


def test_a_review_is_accepted_when_each_passage_is_decided_also_one_that_was_written_meanwhile(
    manager, manager_client, person
):
    erasure = begin(person, manager)
    passage, where = erasure.passages.get(), reverse("person_accept", args=[person.pk])
    early = manager_client.post(where, {"erasure": erasure.pk})
    manager_client.post(address(passage), decision(passage, "kept"))
    factories.write_note(factories.OpportunityFactory(), text="moen, siri has left")
    late = manager_client.post(where, {"erasure": erasure.pk})
    new = erasure.passages.get(decision="")
    manager_client.post(address(new), decision(new, "edited", text="The boss has left"))

    first, again = (manager_client.post(where, {"erasure": erasure.pk}) for _ in range(2))

    assert (early.status_code, late.status_code) == (422, 422)
    assert (first.status_code, again.status_code) == (303, 303)
    assert reread(new.opportunity).notes.get().text == "The boss has left"
    assert PrivacyAct.objects.filter(kind="accepted").get().counts == {"kept": 1, "edited": 1, "rows": 0}


@pytest.mark.sweep
def test_the_report_lists_people_without_activity_at_the_same_cost(manager_client, rep, django_assert_max_num_queries):
    old = timezone.now() - datetime.timedelta(days=1000)
    idle, active = factories.ContactFactory(name="Idle"), factories.ContactFactory(name="Active")
    for contact in (idle, active):
        Contact.objects.filter(pk=contact.pk).update(created_at=old)
        contact.history.update(history_date=old)
    factories.OpportunityFactory(owner=rep, contact=active, at=timezone.now() - DAY)

    with django_assert_max_num_queries(6):
        report = text(manager_client.get(reverse("privacy")))
    longer = text(manager_client.get(f"{reverse('privacy')}?months=40"))
    found = text(manager_client.get(f"{reverse('privacy')}?q=act"))
    odd = manager_client.get(f"{reverse('privacy')}?months=x&page=9999")

    assert ("Idle" in report, "Active" in report, "Idle" in longer) == (True, False, False)
    assert ("Idle" in found, "Active" in found) == (False, True)
    assert odd.status_code == 200


FOUND = [
    "siri moen", "SIRI  MOEN", "Moen, Siri", "Siri\nMoen", "Siri Moens", "siri@MOEN.example",
    "ring 932 71 584", "+47 93271584.", "Sìri Möen", "Siri Moens brev",
]  # fmt: skip
NOT_FOUND = ["Siri", "Moen", "Siri said", "193271584", "93271585", ""]


def test_a_person_is_found_by_the_ways_to_write_the_name_the_address_and_the_number():
    person = Person(1, names=("Siri Moen",), emails=("siri@moen.example",), phones=("+47 93 27 15 84",))

    assert [each for each in FOUND if not person.names_in(each, is_involved=False)] == []
    assert [each for each in NOT_FOUND if person.names_in(each, is_involved=False)] == []
    assert person.without("Til Siri, fra Sirius", is_involved=True) == f"Til {ERASED}, fra Sirius"


# How an erased person is shown


@pytest.mark.parametrize(("language", "shown"), [("en", "erased"), ("nb", "slettet")])
def test_an_erased_person_is_shown_in_the_language_of_the_reader(client_of, manager, person, language, shown):
    begin(person, manager)
    opportunity = Opportunity.objects.get()
    client = client_of(manager)

    for where in (person.get_absolute_url(), f"{opportunity.get_absolute_url()}?tab=stakeholders"):
        page = text(client.get(where, headers={"accept-language": language}))
        assert ERASED not in page, where
        assert shown in page, where


def test_an_erased_person_is_offered_nowhere(client_of, rep, manager):
    contact = factories.ContactFactory(name="Siri Moen")
    opportunity = factories.opportunity_in(factories.QUALIFY, owner=rep, contact=contact)
    page = client_of(rep).get(opportunity.get_absolute_url())
    assert "Siri Moen is the decision maker" in text(page)
    begin(contact, manager)
    Contact.objects.filter(pk=contact.pk).update(is_archived=False)  # restored by mistake

    client = client_of(rep)
    assert "is the decision maker" not in text(client.get(opportunity.get_absolute_url()))
    answers = text(
        client.get(reverse("picker", args=["contact"]), {"name": "contact", "contact-find": "erased", "create": "1"})
    )
    assert f'value="{contact.pk}"' not in answers
    assert "all the same" not in answers


def test_the_log_names_an_erased_person_as_it_is_stored_in_every_language(rep, manager, person):
    begin(person, manager)
    stake = Stakeholder.objects.get(contact=person)
    opportunity = stake.opportunity
    with translation.override("nb"):
        factories.remove(stake, by=rep)

    assert opportunity.events.latest("version").children[0]["name"] == ERASED
