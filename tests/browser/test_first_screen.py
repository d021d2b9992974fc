"""What is in sight when a page opens: Next Stage without scrolling, and what an address jumps to."""

import pytest

from opportunities.models import Stakeholder
from tests.support import factories
from tests.support.factories import CLOSE, DEVELOP, STAGES, opportunity_in, ready_opportunity

pytestmark = pytest.mark.sweep

LONG = "Flåtestyring for Donaudampfschifffahrtselektrizitätenhauptbetriebswerk, andre fase med opsjon"
SIZES = [(1366, 768), (320, 568)]
# Whether nothing lies over the beginning of an element.
IS_IN_SIGHT = """id => {
  const element = document.getElementById(id);
  const {x, y, width} = element.getBoundingClientRect();
  const top = document.elementFromPoint(x + width / 2, y + 2);
  return y >= 0 && (element.contains(top) || top.contains(element));
}"""


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


@pytest.mark.parametrize("width", [1366, 320])
def test_the_head_that_stays_on_top_covers_nothing_that_is_jumped_to(rep, open_browser, width):
    opportunity = opportunity_of_long_names(rep, CLOSE)
    factories.file_debrief(opportunity, why=LONG)
    page = open_browser(rep, width=width)
    page.set_viewport_size({"width": width, "height": 568})

    for place in ("debrief", "div_id_debrief_filed", "tab"):
        page.goto(f"{opportunity.get_absolute_url()}#{place}")
        page.evaluate("place => { location.hash = ''; location.hash = place; }", place)
        assert page.evaluate(IS_IN_SIGHT, place), place
