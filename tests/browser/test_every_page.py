"""Every page, as it is opened and as it answers: nothing for axe-core to find, nothing too wide, nothing too heavy."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from opportunities import transitions
from opportunities.customers import changing
from opportunities.customers.models import Account, Competitor
from opportunities.models import Opportunity, Stakeholder
from opportunities.reports.every import REPORTS
from salesflow.users import absences
from salesflow.users.models import SALES_MANAGER
from tests.support import factories, hostile_files
from tests.support.addresses import TABS
from tests.support.factories import CLOSE, DEVELOP, NOW, PROPOSE, QUALIFY, STAGES, TODAY, opportunity_in, stage, step
from tests.support.visual import Walk

pytestmark = pytest.mark.sweep

LONG = "Fleet telematics for the Donaudampfschifffahrtselektrizitätenhauptbetriebswerk, phase two"


@pytest.fixture
def walk(open_browser):
    """Begin a walk: `walk(rep)` signed in, `walk()` as a visitor. What it finds fails the test in the end."""
    walks = []

    def begun(user=None, **options):
        walks.append(Walk(open_browser(user, **options)))
        return walks[-1]

    yield begun
    faults = [fault for each in walks for fault in each.faults]
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


def press(visit, name):
    visit.page.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()


def refused(visit, name):
    """What was just pressed is refused: look at the answer."""
    expect(visit.page.locator("[data-error-summary]")).to_be_focused()
    visit.look(f"{name}, refused")


def fill(visit, **entries):
    for name, value in entries.items():
        visit.page.locator(f"[name={name}]").fill(value)


def at(view, opportunity, *more, **query):
    """The address of a page about this opportunity."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{reverse(view, args=[opportunity.pk, *more])}?{asked}"


def well_known_opportunity(rep, name=DEVELOP, **entries):
    """With long names, and people of every kind."""
    account = factories.AccountFactory(name=LONG, city="Kristiansund")
    contact = factories.ContactFactory(name="Maximiliane Donaudampfschifffahrtsgesellschaft", account=account)
    opportunity = opportunity_in(name, owner=rep, name=LONG, account=account, contact=contact, **entries)
    factories.add_stakeholder(opportunity, attitude="supporter", roles=Stakeholder.Role.ECONOMIC_BUYER)
    factories.add_competitor(opportunity)
    note = factories.write_note(opportunity, text=f"https://example.com/{LONG.replace(' ', '')}", is_pinned=True)
    factories.change_row(note, text=f"{LONG}\nhttps://example.com/{LONG.replace(' ', '')}")
    if not opportunity.team_count:
        factories.add_team_member(opportunity)
    return factories.reread(opportunity)


# Signed out, and about oneself


def test_signing_in_and_a_new_password(rep, walk):
    visit = walk()

    visit.open("sign in", reverse("account_login"))
    fill(visit, login=rep.username, password="not the password")
    press(visit, "Sign in")
    refused(visit, "sign in")
    visit.open("forgotten password", reverse("account_reset_password"))
    visit.open("forgotten password, sent", reverse("account_reset_password_done"))
    visit.open("new password, by a bad link", "/user/password/reset/key/1-nonsense/")
    visit.open("new password, set", reverse("account_reset_password_from_key_done"))


def test_the_pages_about_personal_data(manager, rep, walk):
    person = well_known_opportunity(rep).contact
    factories.write_note(factories.OpportunityFactory(owner=rep, contact=person), text=f"{person} decides.")
    visit = walk(manager)

    visit.open("personal data", reverse("privacy"))
    visit.open("personal data, found", f"{reverse('privacy')}?q=maxi")
    visit.open("a person", reverse("person", args=[person.pk]))
    visit.open("erase a person", reverse("person_erase", args=[person.pk]))
    press(visit, "Erase this person")
    expect(visit.page.get_by_role("heading", name="Review of an erasure")).to_be_visible()
    visit.look("the review of an erasure")
    visit.open("a person who is being erased", reverse("person", args=[person.pk]))


def test_what_one_sets_for_oneself(rep, walk):
    visit = walk(rep)

    visit.open("second factor", reverse("mfa_index"))
    visit.open("second factor, password first", reverse("mfa_activate_totp"))
    visit.open("where I am signed in", reverse("user_sessions"))
    visit.open("change password", reverse("account_change_password"))
    fill(visit, oldpassword="not the password", password1="short", password2="shorter")
    press(visit, "Change password")
    refused(visit, "change password")
    visit.open("help", reverse("help_pages"))
    visit.page.locator("details.menu summary").click()
    visit.look("the menu, open")
    visit.open("sign out", reverse("account_logout"))


def test_the_pages_that_say_no(rep, colleague, stranger, manager, walk):
    visit = walk(rep)
    visit.open("404", at("opportunity", factories.OpportunityFactory(owner=colleague)), status=404)
    visit.open("sign out", reverse("account_logout"))
    visit.page.context.clear_cookies(name="csrftoken")
    press(visit, "Sign out")
    expect(visit.page.get_by_text("403")).to_be_visible()
    visit.look("403, a post without its token")
    walk(stranger).open("403, no role", reverse("opportunity_list"), status=403)


@pytest.mark.parametrize("template", ["400.html", "403.html", "500.html"])
def test_the_pages_that_stand_alone(walk, template):
    visit = walk()
    visit.page.route(
        "**/broken/", lambda route: route.fulfill(body=render_to_string(template), content_type="text/html")
    )

    visit.open(template, "/broken/")


# Many opportunities


def test_the_lists_of_somebody_who_has_nothing_yet(rep, walk):
    visit = walk(rep)

    visit.open("my day, empty", "/")
    visit.open("my tasks, empty", reverse("my_tasks"))
    visit.open("news, empty", reverse("news"))
    visit.open("list, empty", reverse("opportunity_list"))
    for report in REPORTS:
        visit.open(f"{report.name}, empty", report.address)


def test_the_reports(rep, colleague, manager, walk):
    known = well_known_opportunity(rep, PROPOSE, estimated_revenue=123_456_789, estimated_close_date=TODAY)
    opportunity_in(PROPOSE, owner=colleague, estimated_revenue=900)
    factories.OpportunityFactory(owner=rep, process=factories.add_process("Service agreement", "Scope", "Sign"))
    factories.won_opportunity(owner=rep, estimated_revenue=80_000)
    factories.lost_opportunity(owner=colleague, estimated_revenue=5_000)
    factories.ask(known)
    visit = walk(manager)

    for report in REPORTS:
        visit.open(report.name, f"{report.address}?period=year&rating=warm")
    visit.page.get_by_text("What is counted").first.click()
    visit.look("blockers, with what is counted")
    visit.open("all filters of a report", reverse("funnel_filters"))
    visit.open("sales targets", reverse("sales_targets"))
    visit.open("targets of a person", reverse("person_targets", args=[rep.pk]))


def test_the_lists_of_a_user_with_much_to_do(rep, colleague, walk):
    known = well_known_opportunity(rep, PROPOSE, estimated_revenue=123_456_789, estimated_close_date=TODAY)
    factories.write_note(known, by=factories.UserFactory(role=SALES_MANAGER))
    factories.finished_opportunity(owner=rep)
    factories.won_opportunity(owner=rep)
    for _ in range(50):
        factories.OpportunityFactory(owner=rep)
    visit = walk(rep)

    today = timezone.localdate()
    days = {"first_day": today, "last_day": today + factories.DAY}
    absences.add(person=colleague, deputy=rep, **days, by=colleague, today=today)
    visit.open("my day, of a deputy", "/")
    expect(visit.page.get_by_role("link", name="Ola Hansen")).to_be_visible()
    visit.open("news", reverse("news"))
    visit.open("opportunity, with news", known.get_absolute_url())
    factories.plan(Opportunity.objects.first(), text="Call them about the lorries", due=TODAY - 3 * factories.DAY)
    visit.open("my tasks", reverse("my_tasks"))
    press(visit, "Make an address for the calendar")
    expect(visit.page.get_by_role("button", name="Make a new address")).to_be_visible()
    visit.look("my tasks, with a calendar")
    visit.open("find", f"{reverse('find')}?q=fleet&at={known.pk}")
    visit.open("find, nothing found", f"{reverse('find')}?q=nothing")
    visit.open("funnel", reverse("funnel"))
    visit.page.keyboard.press("/")
    expect(visit.page.locator("dialog a[data-answer]").first).to_be_visible()
    visit.look("funnel, with the dialog that finds")
    visit.open("list", reverse("opportunity_list"))
    visit.open("list, second page, sorted", f"{reverse('opportunity_list')}?sort=-revenue&status=all&page=2")
    visit.open("list, nothing found", f"{reverse('opportunity_list')}?q=nothing")


def test_the_board(rep, walk):
    visit = walk(rep)
    visit.open("board, empty", reverse("board"))
    shut = factories.fill(factories.opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=["competitors_identified"])
    late = factories.ready_opportunity(DEVELOP, owner=rep, estimated_close_date=TODAY - factories.DAY)
    factories.plan(late, text="Call them about the lorries", due=TODAY - 3 * factories.DAY)
    factories.finished_opportunity(owner=rep)

    visit.open("board", reverse("board"))
    visit.page.locator(f"#d{shut.pk} [data-to]").click()
    expect(visit.page.locator(".moves")).to_be_visible()
    visit.look("board, with Move to …")
    visit.page.locator(".moves button").nth(1).click()
    expect(visit.page.locator(".need .step")).to_be_visible()
    visit.look("board, with a missing step")
    visit.open("board, a card", reverse("board_card", args=[shut.pk]))
    visit.open("board, nothing found", f"{reverse('board')}?q=nothing")
    visit.open("board, closed ones", f"{reverse('board')}?status=won")


def test_a_new_opportunity(rep, walk):
    for _ in range(22):
        factories.AccountFactory(city="Kristiansund")
    visit = walk(rep)

    visit.open("new", reverse("opportunity_new"))
    fill(visit, estimated_revenue="a lot")
    visit.page.get_by_role("combobox", name="Account").press_sequentially("Nord")
    expect(visit.page.get_by_role("option")).to_have_count(22)  # 20 answers, to create one, none
    visit.look("new, with answers")
    press(visit, "Create")
    refused(visit, "new")


def test_the_help_pages(rep, manager, walk):
    visit = walk(rep)

    visit.open("help", reverse("help_pages"))
    visit.open("keys", reverse("keys"))
    visit.open("help", reverse("help_pages"))
    visit.page.keyboard.press("?")
    expect(visit.page.get_by_role("dialog")).to_be_visible()
    visit.look("keys, as a dialog")
    for name in STAGES:
        here = stage(name)
        visit.open(f"help, {name}", reverse("help_stage", args=[here.process_id, here.pk]))
    close = stage(CLOSE)
    here = reverse("help_stage", args=[close.process_id, close.pk])
    walk(rep).open("help, at a step", f"{here}#step-{close.steps.last().pk}")
    walk(manager).open("help, of a manager", here)


# One opportunity


@pytest.mark.parametrize("name", STAGES)
def test_an_opportunity_in_each_stage(rep, walk, name):
    opportunity = well_known_opportunity(rep, name, estimated_revenue=480_000)
    visit = walk(rep)

    visit.open(name, at("opportunity", opportunity))
    press(visit, "Finish" if name == CLOSE else "Next Stage")
    refused(visit, name)


def test_other_stages_than_the_active_one(rep, walk):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    visit = walk(rep)

    for name in (QUALIFY, PROPOSE, CLOSE):
        visit.open(f"{name}, viewed from Develop", at("opportunity", opportunity, stage=stage(name).pk))
    press(visit, "Move here")
    refused(visit, "move here")
    visit.open("Qualify, viewed from Develop", at("opportunity", opportunity, stage=stage(QUALIFY).pk))
    fill(visit, estimated_budget="")
    press(visit, "Save")
    refused(visit, "Qualify, a blank behind its gate")


def test_the_tabs(rep, walk):
    opportunity = well_known_opportunity(rep, PROPOSE)
    bare = factories.OpportunityFactory(owner=rep)
    visit = walk(rep)

    factories.plan(opportunity, text="Call them about the lorries")
    for tab in ("summary", *TABS):
        visit.open(f"tab {tab}", at("opportunity", opportunity, tab=tab))
    for tab in ("stakeholders", "competitors", "team", "notes", "tasks", "files"):
        visit.open(f"tab {tab}, empty", at("opportunity", bare, tab=tab))


def test_an_opportunity_that_others_changed_meanwhile(rep, colleague, walk):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    visit = walk(rep)

    visit.open("Develop", at("opportunity", opportunity))
    factories.edit(opportunity, by=colleague, customer_need="Theirs, which goes on and on.")
    expect(visit.page.locator("#live")).to_be_empty()
    visit.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(visit.page.locator("#live")).not_to_be_empty()
    visit.look("the notice of a change")
    fill(visit, customer_need="Mine")
    press(visit, "Save")
    refused(visit, "conflict")
    press(visit, "Save")
    expect(visit.page.locator("#messages")).to_have_text("Saved.")
    transitions.advance(opportunity=opportunity, by=colleague, at=NOW)
    press(visit, "Next Stage")
    refused(visit, "moved by somebody else")


def test_an_opportunity_that_is_not_as_usual(rep, manager, walk):
    waived = opportunity_in(QUALIFY, owner=rep)
    transitions.waive(opportunity=waived, by=manager, at=NOW, step=step("estimated_budget"), reason="They never say.")
    transitions.hold(opportunity=waived, by=rep, at=NOW, reason="The customer reorganises.")
    visit = walk(rep)

    visit.open("finished", at("opportunity", factories.finished_opportunity(owner=rep)))
    visit.open("on hold, a step waived", at("opportunity", waived))
    visit.open("its timeline", at("opportunity", waived, tab="timeline"))
    visit.open("hold", at("hold", factories.OpportunityFactory(owner=rep)))
    walk(manager).open("waive", at("waive", waived, step("purchase_process").pk))


def test_editing(rep, colleague, walk):
    opportunity = well_known_opportunity(rep)
    factories.add_team_member(opportunity, user=colleague)
    visit = walk(rep)

    visit.open("edit", at("opportunity_edit", opportunity))
    factories.edit(opportunity, by=colleague, description="Theirs")
    fill(visit, description="Mine")
    press(visit, "Save")
    refused(visit, "edit, a conflict")
    fill(visit, name="", estimated_revenue="a lot")
    press(visit, "Save")
    refused(visit, "edit")


# People


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


# Closing


def test_closing_too_early(rep, manager, walk):
    opportunity = well_known_opportunity(rep)
    visit = walk(rep)

    visit.open("won, too early", at("close", opportunity, outcome="won"))
    fill(visit, actual_revenue="100")
    press(visit, "Close as Won")
    refused(visit, "won, too early")
    visit.open("lost, too early", at("close", opportunity))
    press(visit, "Ask a manager")
    refused(visit, "asked, no reason")
    visit.page.get_by_label("Price").check()
    press(visit, "Close as Lost")
    refused(visit, "lost, too early")
    factories.ask(opportunity, by=rep, at=NOW, description="They went bankrupt.")
    answering = walk(manager)
    visit.open("the opportunity, a manager was asked", at("opportunity", opportunity))
    answering.open("the request", at("close_request", opportunity))
    answering.open("the requests on my day", reverse("my_day"))
    answering.open("lost, a manager was asked", at("close", opportunity, outcome="lost"))
    transitions.decline_close_request(opportunity=opportunity, by=manager, at=NOW, answer="Call them once more.")
    visit.open("the opportunity, a manager declined", at("opportunity", opportunity))


def test_closing_in_the_last_stage(rep, walk):
    almost = factories.fill(factories.opportunity_in(CLOSE, owner=rep), CLOSE, leave=["debrief_filed", "decision_date"])
    visit = walk(rep)

    visit.open("how it ended, undecided", at("close", almost))
    visit.open("won, two steps left", at("close", almost, outcome="won"))
    press(visit, "Close as Won")
    refused(visit, "won, two steps left")


def test_closing_in_time(rep, walk):
    opportunity = factories.finished_opportunity(owner=rep)
    visit = walk(rep)

    visit.open("won", at("close", opportunity))
    fill(visit, actual_revenue="a lot")
    press(visit, "Close as Won")
    refused(visit, "won")
    visit.open("lost", at("close", opportunity, outcome="lost"))
    visit.page.get_by_label("Out-sold").check()
    press(visit, "Close as Lost")
    refused(visit, "lost to nobody")


def test_closed_opportunities(rep, walk):
    won, lost = factories.won_opportunity(owner=rep), factories.lost_opportunity(owner=rep)
    visit = walk(rep)

    visit.open("a won one", at("opportunity", won))
    visit.open("a won one, its team", at("opportunity", won, tab="team"))
    visit.open("a won one, its notes", at("opportunity", won, tab="notes"))
    visit.open("a lost one, another stage", at("opportunity", lost, stage=stage(PROPOSE).pk))
    visit.open("reopen", at("reopen", won))
    press(visit, "Reopen")
    refused(visit, "reopen")


def test_copying_and_renewing(rep, manager, walk):
    opportunity = well_known_opportunity(rep, estimated_revenue=123_456_789)
    won = factories.won_opportunity(owner=rep, name=LONG)
    renewal = transitions.copy(opportunity=won, by=rep, at=NOW, name=f"{LONG}, again", renewed_after=12)
    visit = walk(rep)

    visit.open("a renewal", at("opportunity", renewal))
    visit.open("a renewed one", at("opportunity", won))
    visit.open("renew", at("opportunity_copy", won, renew=1))
    visit.open("copy", at("opportunity_copy", opportunity))
    fill(visit, name="", estimated_revenue="a lot")
    press(visit, "Create")
    refused(visit, "copy")
    fill(visit, name="Fleet", estimated_revenue="100")
    factories.edit(opportunity, by=manager, description="Much is known.")
    press(visit, "Create")
    refused(visit, "copy, changed meanwhile")


# Other words


PLACES = [
    *("my_day", "opportunity_list", "board", "funnel", "opportunity_new", "account_change_password"),
    *("competitor_list", "competitor_new", "account_list", "account_new", "contact_new", "news", "find"),
]
OF_AN_OPPORTUNITY = [
    *("opportunity", "opportunity_edit", "opportunity_copy", "close", "stakeholder_add", "stakeholder_map"),
    *("attachment_add", "debrief_add", "presentation_add", "mail_write"),
]


def test_norwegian_words_fit_on_a_phone(rep, walk):
    opportunity = well_known_opportunity(rep)
    visit = walk(rep, language="nb")

    for place in PLACES:
        visit.open_narrow(place, reverse(place))
    for place in OF_AN_OPPORTUNITY:
        visit.open_narrow(place, at(place, opportunity))
