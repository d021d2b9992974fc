"""A word of 96 letters in every text column: nothing is pushed out of sight, at any width, in either language."""

import collections
import itertools
import re

import pytest

from tests.support import addresses, planting
from tests.support.factories import UserFactory
from tests.support.visual import SIDEWAYS

pytestmark = pytest.mark.sweep

WIDTHS = (320, 768, 1280)
# A table scrolls within its frame where it is too wide, so that its last columns are out of sight. A sheet of an import
# is shown as it is in the file, however many columns it has.
FRAMES = ".table-wrap:not(.is-sheet), .results, .tabular.inline-related"
HIDDEN_COLUMNS = f"""() => [...document.querySelectorAll("{FRAMES}")]
  .filter(each => each.scrollWidth > each.clientWidth + 1)
  .map(each => `a table hides ${{each.scrollWidth - each.clientWidth}} pixels: ${{each.className}}`)"""


def too_wide(open_browser, client_of, user, paths, *, but, whole_tables_at):
    """What is out of sight on which page. Below a width, Django's own tables scroll within their frames by design.

    The pages that differ by an id take turns in English and Norwegian; where there is only one, it is opened in both.
    """
    pages = {language: open_browser(user, language=language) for language in ("en", "nb")}
    faults = []
    of_a_kind = collections.defaultdict(list)
    for path in addresses.that_answer(client_of(user), paths, but=but):
        of_a_kind[re.sub("/[0-9]+", "/0", path)].append(path)
    for alike in of_a_kind.values():
        for path, language in zip(alike * 2 if len(alike) == 1 else alike, itertools.cycle(pages)):
            faults += faults_of(pages[language], path, language, whole_tables_at)
    return faults


def faults_of(page, path, language, whole_tables_at):
    page.goto(path)
    assert page.locator("html").get_attribute("lang") in (language, None)  # None: plain text
    faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        hidden = page.evaluate(HIDDEN_COLUMNS) if width in whole_tables_at else []
        faults += [f"{path} in {language} at {width}: {fault}" for fault in page.evaluate(SIDEWAYS) + hidden]
    return faults


@pytest.fixture
def opportunities(rep, manager, superuser):
    opportunities = planting.opportunities_of_every_kind(rep=rep, manager=manager, superuser=superuser)
    planting.plant_long_words()
    return opportunities


@pytest.fixture
def superuser(db):
    return UserFactory(username="superuser", is_superuser=True, is_staff=True)


def test_a_long_word_widens_no_page(rep, opportunities, client_of, open_browser):
    general = [path for path in addresses.general_pages() if not path.startswith("/pick/")]  # those are parts of pages
    paths = [*general, *addresses.pages_of_several(opportunities)]
    but = addresses.NO_PAGE | addresses.FOR_MANAGERS

    faults = too_wide(open_browser, client_of, rep, paths, but=but, whole_tables_at=WIDTHS)

    assert not faults, "\n".join(faults)


def test_a_long_word_widens_no_page_of_a_manager(manager, opportunities, client_of, open_browser):
    for_managers = [path for path in addresses.general_pages() if addresses.name_of(path) in addresses.FOR_MANAGERS]
    paths = ["/", *for_managers, *addresses.pages_of_a_manager(opportunities[0])]
    but = addresses.NO_STATE_PAGE | addresses.NOT_WITH_A_DEBRIEF

    faults = too_wide(open_browser, client_of, manager, paths, but=but, whole_tables_at=WIDTHS)

    assert not faults, "\n".join(faults)


def test_a_long_word_widens_no_page_of_the_admin(superuser, opportunities, client_of, open_browser):
    paths, but = addresses.admin_pages(), addresses.NO_PAGE_OF_THE_ADMIN

    faults = too_wide(open_browser, client_of, superuser, paths, but=but, whole_tables_at=[1280])

    assert not faults, "\n".join(faults)
