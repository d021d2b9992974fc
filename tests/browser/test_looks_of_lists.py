"""Lists, reports, board, a new opportunity and help.

Nothing for axe-core to find, nothing too wide, nothing too heavy.
"""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from opportunities.models import Opportunity
from opportunities.reports.every import REPORTS
from salesflow.users import absences
from salesflow.users.models import SALES_MANAGER
from tests.support import factories
from tests.support.factories import CLOSE, DEVELOP, PROPOSE, STAGES, TODAY, opportunity_in, stage
from tests.support.looked_at import fill, press, refused, well_known_opportunity

pytestmark = pytest.mark.sweep


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
