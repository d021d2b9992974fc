"""The pages of customers, of the people of an opportunity and of its other rows.

Nothing for axe-core to find, nothing too wide, nothing too heavy.
"""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from opportunities.customers import changing
from opportunities.customers.models import Account, Competitor
from tests.support import factories, hostile_files
from tests.support.factories import CLOSE, NOW, PROPOSE, step
from tests.support.looked_at import LONG, at, fill, press, refused, well_known_opportunity

pytestmark = pytest.mark.sweep


def test_the_pages_of_stakeholders(rep, walk):
    opportunity = well_known_opportunity(rep)
    contact = opportunity.stakeholders.get(contact=opportunity.contact)
    visit = walk(rep)

    visit.open("add a stakeholder", at("stakeholder_add", opportunity))
    press(visit, "Add stakeholder")
    refused(visit, "add a stakeholder")
    visit.open("change a stakeholder", at("stakeholder_edit", opportunity, contact.pk))
    visit.open("the map of the people", at("stakeholder_map", opportunity))
    visit.open("other opportunities of a contact", at("stakeholder_opportunities", opportunity, contact.pk))
    visit.open("remove a stakeholder", at("stakeholder_remove", opportunity, contact.pk))
    press(visit, "Remove")
    refused(visit, "remove the contact")


def test_the_pages_of_competitors(rep, walk):
    opportunity = well_known_opportunity(rep)
    link = opportunity.competitor_links.get()
    visit = walk(rep)

    visit.open("add a competitor", at("competitor_add", opportunity))
    visit.open("change a competitor", at("competitor_edit", opportunity, link.pk))
    visit.open("remove a competitor", at("competitor_remove", opportunity, link.pk))


def test_the_pages_about_competitors(rep, colleague, walk):
    visit = walk(rep)
    visit.open("competitors, empty", reverse("competitor_list"))
    visit.open("a new competitor", reverse("competitor_new"))
    fill(visit, website="not a website")
    press(visit, "Create")
    refused(visit, "a new competitor")
    bare = factories.CompetitorFactory()
    rival = factories.CompetitorFactory(name=LONG, website="https://example.com/", strengths=LONG, key_products=LONG)
    for number in range(21):
        opportunity = factories.OpportunityFactory(owner=rep, name=f"{LONG} {number}")
        factories.add_competitor(opportunity, competitor=rival, threat="high", note=LONG)
    about = reverse("competitor_page", args=[rival.pk])
    visit.open("competitors", reverse("competitor_list"))
    visit.open("competitors, nothing found", f"{reverse('competitor_list')}?q=nothing")
    visit.open("a competitor", about)
    visit.open("a competitor, no opportunity of that status", f"{about}?status=won")
    visit.open("a bare competitor", reverse("competitor_page", args=[bare.pk]))
    visit.open("edit a competitor", f"{about}edit/")
    changing.change(Competitor, rival.pk, {"strengths": "Theirs"}, version=0, by=colleague, at=NOW)
    fill(visit, strengths="Mine")
    press(visit, "Save")
    refused(visit, "edit a competitor, a conflict")
    visit.open("tab competitors, with threat levels", at("opportunity", opportunity, tab="competitors"))


def test_the_pages_of_accounts_and_contacts(rep, colleague, walk):
    visit = walk(rep)
    visit.open("accounts, empty", reverse("account_list"))
    visit.open("a new account", reverse("account_new"))
    fill(visit, organisation_number="1", phone="1")
    press(visit, "Create")
    refused(visit, "a new account")
    top = factories.AccountFactory(name=LONG)
    long = dict.fromkeys(("description", "industry", "city"), LONG)
    known = {"website": "https://example.com/", "phone": "+4722334455", "country": "NO", "owner": rep}
    account = factories.AccountFactory(name=f"{LONG} below", parent=top, **known, **long)
    contact = factories.ContactFactory(name=LONG, account=account, job_title=LONG, email=f"{'x' * 60}@example.com")
    for number in range(12):
        factories.ContactFactory(name=f"{LONG} {number}", account=account, do_not_contact=True)
        opportunity = factories.OpportunityFactory(owner=rep, name=f"{LONG} {number}", account=account, contact=contact)
        factories.write_note(opportunity, text=LONG)
    about, person = account.get_absolute_url(), contact.get_absolute_url()
    visit.open("accounts", reverse("account_list"))
    visit.open("an account", about)
    visit.open("contacts", f"{reverse('contact_list')}?account={account.pk}")
    visit.open("a contact", person)
    visit.open("edit a contact", f"{person}edit/")
    visit.open("edit an account", f"{about}edit/")
    changing.change(Account, account.pk, {"city": "Bodø", "description": "Theirs"}, version=0, by=colleague, at=NOW)
    fill(visit, city="Mine")
    press(visit, "Save")
    refused(visit, "edit an account, a conflict")
    visit.open("the history of an account", f"{about}history/")
    visit.open("archive an account", f"{about}archive/")
    press(visit, "Archive")
    expect(visit.page.locator("#messages")).to_contain_text("Archived.")
    visit.look("an archived account")


def test_the_pages_of_the_sales_team(rep, colleague, walk):
    opportunity = well_known_opportunity(rep)
    member = factories.add_team_member(opportunity, user=colleague)
    visit = walk(rep)

    visit.open("add to the team", at("team_member_add", opportunity))
    visit.open("change a team member", at("team_member_edit", opportunity, member.pk))
    visit.open("remove a team member", at("team_member_remove", opportunity, member.pk))
    walk(colleague).open("add to the team, not one's own", at("team_member_add", opportunity))


def test_the_pages_of_notes(rep, walk):
    opportunity = well_known_opportunity(rep)
    note = opportunity.notes.get()
    visit = walk(rep)

    visit.open("add a note", at("note_add", opportunity))
    press(visit, "Add note")
    refused(visit, "add a note")
    visit.open("change a note", at("note_edit", opportunity, note.pk))
    fill(visit, text="")
    press(visit, "Save")
    refused(visit, "change a note")
    visit.open("pin a note", at("note_pin", opportunity, note.pk))
    visit.open("remove a note", at("note_remove", opportunity, note.pk))


def test_the_pages_of_files(rep, walk):
    opportunity = well_known_opportunity(rep)
    first = factories.upload(opportunity, name=f"{LONG.replace(' ', '')}.pdf", kind="proposal")
    factories.add_preview(factories.upload(opportunity), content=hostile_files.picture("PNG"))
    last = factories.upload(opportunity, name=first.name, kind="proposal", version_of=first)
    visit = walk(rep)

    visit.open("tab files", at("opportunity", opportunity, tab="files"))
    visit.page.get_by_text("1 earlier version").click()
    visit.look("tab files, with its earlier versions")
    visit.open("upload files", at("attachment_add", opportunity))
    press(visit, "Upload")
    refused(visit, "upload files")
    visit.open("a new version", at("attachment_version", opportunity, last.pk))
    visit.open("change a file", at("attachment_edit", opportunity, last.pk))
    fill(visit, name="")
    press(visit, "Save")
    refused(visit, "change a file")
    visit.open("remove a file", at("attachment_remove", opportunity, last.pk))


def test_the_pages_of_debriefs(rep, walk):
    opportunity = well_known_opportunity(rep, CLOSE)
    visit = walk(rep)

    visit.open("file a debrief", at("debrief_add", opportunity))
    press(visit, "Save")
    refused(visit, "file a debrief")
    visit.open("Close", at("opportunity", opportunity))
    visit.page.locator("#div_id_debrief_filed").get_by_role("button", name="Write the debrief").click()
    expect(visit.page.get_by_label("What went well?")).to_be_focused()
    visit.look("a debrief, in place")
    debrief = factories.file_debrief(opportunity, why=LONG, went_badly=LONG, price_gap=-5)
    visit.open("Close, with a debrief", at("opportunity", opportunity))
    visit.open("change the debrief", at("debrief_edit", opportunity, debrief.pk))
    visit.open("remove the debrief", at("debrief_remove", opportunity, debrief.pk))


def test_the_pages_of_presentations(rep, walk):
    opportunity = well_known_opportunity(rep, PROPOSE)
    visit = walk(rep)

    visit.open("enter a presentation", at("presentation_add", opportunity))
    visit.page.get_by_label("Date").fill("")  # today is suggested
    press(visit, "Save")
    refused(visit, "enter a presentation")
    visit.open("Propose", at("opportunity", opportunity))
    visit.page.locator("#div_id_proposal_presented").get_by_role("button", name="Enter when it was presented").click()
    expect(visit.page.get_by_label("Date")).to_be_focused()
    visit.look("a presentation, in place")
    contacts = [row.contact for row in opportunity.stakeholders.all()]
    presentation = factories.present(opportunity, attendees=contacts, file=factories.upload(opportunity))
    visit.open("Propose, presented", at("opportunity", opportunity))
    visit.open("change the presentation", at("presentation_edit", opportunity, presentation.pk))
    visit.open("remove the presentation", at("presentation_remove", opportunity, presentation.pk))


def test_the_pages_of_mails(rep, walk):
    opportunity = well_known_opportunity(rep, CLOSE)
    visit = walk(rep)

    visit.open("write a mail", at("mail_write", opportunity))
    press(visit, "Send")
    refused(visit, "write a mail")
    visit.open("thank you", at("mail_write_for", opportunity, step("thank_you_sent").pk))
    visit.open("Close", at("opportunity", opportunity))
    visit.page.locator("#div_id_thank_you_sent").get_by_role("link", name="Write it").click()
    expect(visit.page.get_by_label("Subject")).to_be_visible()
    visit.look("a mail, in place")
    factories.write_mail(opportunity, subject=LONG)
    visit.open("Close, with a mail", at("opportunity", opportunity))
