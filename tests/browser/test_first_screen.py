"""What is in sight when a page opens, and how well it can be read: Next Stage without scrolling, text at 7:1."""

import pytest
from django.urls import reverse

from opportunities.models import Stakeholder
from tests.support import factories
from tests.support.factories import CLOSE, DEVELOP, QUALIFY, STAGES, opportunity_in, ready_opportunity, stage
from tests.support.visual import AXE, axe

pytestmark = pytest.mark.sweep

LONG = "Flåtestyring for Donaudampfschifffahrtselektrizitätenhauptbetriebswerk, andre fase med opsjon"
SIZES = [(1366, 768), (320, 568)]
ENHANCED = {"runOnly": {"type": "rule", "values": ["color-contrast-enhanced"]}, "preload": False}


def opportunity_of_long_names(rep, name, *, is_ready=False):
    account = factories.AccountFactory(name=LONG, city="Kristiansund")
    contact = factories.ContactFactory(name="Maximiliane Donaudampfschifffahrtsgesellschaft", account=account)
    begin = ready_opportunity if is_ready else opportunity_in
    opportunity = begin(name, owner=rep, name=LONG, account=account, estimated_revenue=5_515_000)
    for role in (Stakeholder.Role.ECONOMIC_BUYER, Stakeholder.Role.DECISION_MAKER):
        factories.add_stakeholder(opportunity, roles=role)
    factories.edit(opportunity, contact=contact, estimated_close_date=factories.TODAY)
    factories.plan(opportunity, text=LONG, due=factories.TODAY)
    return opportunity


@pytest.mark.parametrize("language", ["en", "nb"])
@pytest.mark.parametrize("name", STAGES)
def test_next_stage_is_in_sight_when_the_page_opens(rep, open_browser, subtests, name, language):
    opportunity = opportunity_of_long_names(rep, name, is_ready=name == DEVELOP)
    page = open_browser(rep, language=language)

    for width, height in SIZES:
        with subtests.test(f"{width}x{height}"):
            page.set_viewport_size({"width": width, "height": height})

            page.goto(opportunity.get_absolute_url())

            box = page.locator("#move").bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
            assert box["y"] >= 0 and box["y"] + box["height"] <= height
            assert box["height"] >= 44
            assert page.evaluate("window.scrollY") == 0
            top = "([x, y]) => document.elementFromPoint(x, y)?.closest('#move') !== null"
            assert page.evaluate(top, [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])


def addresses(rep):
    opportunity = opportunity_of_long_names(rep, DEVELOP)
    shown = opportunity.get_absolute_url()
    return {
        "opportunity": shown,
        "passed stage": f"{shown}?stage={stage(QUALIFY).pk}",
        "last stage": opportunity_of_long_names(rep, CLOSE).get_absolute_url(),
        "list": reverse("opportunity_list"),
        "my day": "/",
        "funnel": reverse("funnel"),
        "new": reverse("opportunity_new"),
        "closing": reverse("close", args=[opportunity.pk]),
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_a_contrast_of_7_to_1(rep, open_browser, subtests, theme):
    page = open_browser(rep, color_scheme=theme)
    page.add_init_script(axe())

    for name, address in addresses(rep).items():
        with subtests.test(name):
            page.goto(address)

            assert page.evaluate(AXE, ENHANCED) == []
