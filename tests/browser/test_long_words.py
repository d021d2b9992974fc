"""A word of 96 letters in every text column: nothing is pushed out of sight, at any width."""

from tests.support import addresses, planting
from tests.support.factories import UserFactory
from tests.support.visual import SIDEWAYS

WIDTHS = (320, 768, 1280)
# A table scrolls within its frame where it is too wide, so that its last columns are out of sight.
HIDDEN_COLUMNS = """() => [...document.querySelectorAll(".table-wrap, .results, .tabular.inline-related")]
  .filter(each => each.scrollWidth > each.clientWidth + 1)
  .map(each => `a table hides ${each.scrollWidth - each.clientWidth} pixels: ${each.className}`)"""


def too_wide(page, client, paths, *, whole_tables_at):
    """What is out of sight on which page. Below a width, Django's own tables scroll within their frames by design."""
    faults = []
    for path in addresses.that_answer(client, paths):
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            hidden = page.evaluate(HIDDEN_COLUMNS) if width in whole_tables_at else []
            faults += [f"{path} at {width}: {fault}" for fault in page.evaluate(SIDEWAYS) + hidden]
    return faults


def test_a_long_word_widens_no_page(rep, manager, client_of, open_browser):
    superuser = UserFactory(username="superuser", is_superuser=True, is_staff=True)
    opportunities = planting.opportunities_of_every_kind(rep=rep, manager=manager, superuser=superuser)
    planting.plant_long_words()
    of_opportunities = addresses.pages_of_several(opportunities)
    general = [path for path in addresses.general_pages() if not path.startswith("/pick/")]  # those are parts of pages
    of_a_manager = ["/", *addresses.opportunity_pages(opportunities[0])]

    faults = too_wide(open_browser(rep), client_of(rep), [*general, *of_opportunities], whole_tables_at=WIDTHS)
    faults += too_wide(open_browser(manager), client_of(manager), of_a_manager, whole_tables_at=WIDTHS)

    assert not faults, "\n".join(faults)


def test_a_long_word_widens_no_page_of_the_admin(rep, manager, client_of, open_browser):
    superuser = UserFactory(username="superuser", is_superuser=True, is_staff=True)
    planting.opportunities_of_every_kind(rep=rep, manager=manager, superuser=superuser)
    planting.plant_long_words()

    faults = too_wide(open_browser(superuser), client_of(superuser), addresses.admin_pages(), whole_tables_at=[1280])

    assert not faults, "\n".join(faults)
