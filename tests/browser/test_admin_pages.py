"""Every page of the admin that a manager reaches: nothing for axe-core to find, nothing too wide, a quiet console.

An error in the console, such as a style that the content policy refuses, fails each test (`page_faults`).
"""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from stages.models import Process, Step
from tests.support import addresses, factories, planting
from tests.support.factories import QUALIFY, stage
from tests.support.visual import Walk, turns

WIDE, PHONE = 1366, 320
HIDDEN_COLUMNS = """() => [...document.querySelectorAll(".results, .tabular table")]
  .filter(each => each.scrollWidth > each.clientWidth + 1)
  .map(each => `columns of ${each.id || each.className} are out of sight`)"""
SQUEEZED = """() => {
  const used = document.querySelector("main").clientWidth / window.innerWidth;
  return used < 0.9 ? [`uses ${Math.round(used * 100)} % of the width`] : [];
}"""
LOOKS = [(theme, width) for width in (WIDE, PHONE, 768) for theme in ("light", "dark")]


@pytest.fixture
def walk(open_browser, manager):
    """A manager's walk. What it finds fails the test in the end."""
    walk = Walk(open_browser(manager, width=WIDE))
    yield walk
    if walk.faults:
        pytest.fail("\n".join(walk.faults), pytrace=False)


NOT_FOR_MANAGERS = {
    f"admin:{model}_delete"
    for model in ("customers_account", "customers_competitor", "customers_contact", "opportunities_opportunity")
}


def pages_of(client):
    """What a manager is shown: lists, forms, histories and deletions, the forms also of what was never used."""
    unused = factories.add_process("Tenders", "Bid", is_archived=True)
    factories.add_step(unused.stages.get(), "customer_need", "Need", required=False, is_archived=True)
    of_the_unused = [
        reverse(f"admin:stages_{row._meta.model_name}_{page}", args=[row.pk])
        for row in (unused, unused.stages.get(), Step.objects.get(stage__process=unused))
        for page in ("change", "history", "delete")
    ]
    return [
        *addresses.that_answer(client, addresses.admin_pages(), but=addresses.NO_PAGE_OF_THE_ADMIN | NOT_FOR_MANAGERS),
        *of_the_unused,
    ]


@pytest.mark.sweep
def test_every_page(rep, manager, walk, client_of):
    superuser = factories.UserFactory(username="superuser", is_superuser=True)
    planting.opportunities_of_every_kind(rep=rep, manager=manager, superuser=superuser)
    client = client_of(manager)
    paths = pages_of(client)
    paths.append(reverse("admin:auth_user_password_change", args=[rep.pk]))

    looks = turns(WIDE, PHONE, 768)
    for path in paths:
        walk.page.goto(path)
        walk.look(path, looks=next(looks))
        walk.fits(path, PHONE, SQUEEZED)
        walk.fits(path, 1280)
        walk.fits(path, WIDE, HIDDEN_COLUMNS)

    assert len(paths) > 35


def test_forms_that_are_refused(walk):
    for path in ("/admin/users/user/add/", "/admin/customers/account/add/", "/admin/stages/process/add/"):
        walk.page.goto(path)
        walk.page.get_by_role("button", name="Save", exact=True).click()
        expect(walk.page.locator(".errornote")).to_be_visible()
        walk.look(f"{path}, refused", looks=LOOKS)


def test_a_step_that_is_opened_and_one_that_is_added(walk):
    walk.page.goto(reverse("admin:stages_stage_change", args=[stage(QUALIFY).pk]))
    first = walk.page.locator("#steps-0")
    expect(first.get_by_label("Name (English)")).to_be_hidden()

    first.locator("summary").click()
    walk.page.get_by_role("button", name="Add another Step").click()

    expect(first.get_by_label("Name (English)")).to_have_value("Identify contact")
    expect(walk.page.locator("#steps-6").get_by_label("Name (English)")).to_be_visible()
    walk.look("stage, with steps open", looks=LOOKS)


def test_the_order_of_steps_is_changed_with_the_keyboard_and_saved(walk):
    page = walk.page
    page.goto(reverse("admin:stages_stage_change", args=[stage(QUALIFY).pk]))

    page.get_by_role("button", name="Move up: Identify account").press("Enter")

    expect(page.get_by_role("button", name="Move up: Identify account")).to_be_focused()
    expect(page.locator("[data-moved]")).to_have_text("Number 1 of 6 now. It is not saved yet.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("changed successfully")
    assert list(stage(QUALIFY).steps.order_by("order", "pk").values_list("field", "order"))[:3] == [
        ("account", 1),
        ("contact", 2),
        ("purchase_timeframe", 3),
    ]


def test_without_javascript_a_step_opens_and_its_number_is_typed(open_browser, manager):
    page = open_browser(manager, javascript=False)
    page.goto(reverse("admin:stages_stage_change", args=[stage(QUALIFY).pk]))
    expect(page.get_by_role("button", name="Move up: Identify account")).to_be_hidden()

    page.locator("#steps-1 summary").click()
    page.locator("#steps-1").get_by_label("Order").fill("0")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".messagelist")).to_contain_text("changed successfully")
    assert stage(QUALIFY).steps.order_by("order", "pk").first().field == "account"


def test_what_finds_a_row_is_named_after_its_label(rep, walk):
    walk.page.goto(reverse("admin:customers_account_add"))

    walk.page.get_by_role("combobox", name="Owner").click()
    search = walk.page.get_by_role("searchbox", name="Owner")
    search.press_sequentially("Kari")
    expect(walk.page.get_by_role("option", name="Kari Nordmann")).to_be_visible()
    expect(walk.page.get_by_role("option", name="Ingrid Dahl")).to_have_count(0)
    walk.look("account, choosing an owner", looks=LOOKS[:1])
    search.press("Enter")

    expect(walk.page.get_by_role("combobox", name="Owner")).to_contain_text("Kari Nordmann")


def test_stages_are_put_in_order_and_the_way_back_leads_to_salesflow(walk):
    page = walk.page
    process = Process.objects.get(key="opportunity-sales-process")
    page.goto(reverse("admin:stages_process_change", args=[process.pk]))

    page.get_by_role("button", name="Move down: Qualify").click()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".messagelist")).to_contain_text("changed successfully")
    assert [each.name_en for each in process.stages.order_by("order")][:2] == ["Develop", "Qualify"]
    page.get_by_role("link", name="To Salesflow").click()
    expect(page).to_have_title("My day – Salesflow")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_admin_has_the_theme_of_the_user_whatever_the_system_has(open_browser, manager, theme):
    manager.theme = theme
    manager.save()
    page = open_browser(manager, color_scheme="dark" if theme == "light" else "light")

    page.goto("/admin/")

    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(246, 247, 249)", "dark": "rgb(15, 20, 26)"}[theme]
