"""Markup in every text column, in a real browser: no page has the element, and none sends what it would ask for."""

import pytest

from tests.support import addresses, planting
from tests.support.factories import UserFactory

pytestmark = pytest.mark.sweep

ELEMENTS = f"document.querySelectorAll('{planting.ELEMENT}').length"


class MarkupWalk:
    """Opens pages. `faults` has those with a planted element or request, `seen` the columns that were printed."""

    def __init__(self):
        self.faults = []
        self.seen = set()
        self.opened = set()

    def open(self, page, client, paths, *, but):
        """Open each path at which the person is shown a page; `client` is another browser of the same person."""
        for path in addresses.that_answer(client, paths, but=but):
            page.page_faults.begin()
            answer = page.goto(path)
            if answer.status != 200 or not answer.headers["content-type"].startswith("text/html"):
                continue
            self.opened.add(path)
            self.seen |= {int(number) for number in planting.SHOWN.findall(answer.text())}
            asked = [each for each in page.page_faults.addresses if each.startswith(planting.ADDRESS)]
            if page.evaluate(ELEMENTS) or asked:
                self.faults.append(path)


def test_what_was_planted_in_every_text_column_does_nothing_on_any_page(rep, manager, client_of, open_browser):
    superuser = UserFactory(username="superuser", is_superuser=True, is_staff=True)
    opportunities = planting.opportunities_of_every_kind(rep=rep, manager=manager, superuser=superuser)
    planting.plant_markup()
    walk = MarkupWalk()
    general, of_the_admin = list(addresses.general_pages()), list(addresses.admin_pages())

    of_a_rep = [*general, *addresses.pages_of_several(opportunities)]
    walk.open(open_browser(rep), client_of(rep), of_a_rep, but=addresses.NO_PAGE | addresses.FOR_MANAGERS)
    some = [*general, *addresses.pages_of_a_manager(opportunities[0]), *of_the_admin]
    closed_to_managers = (
        addresses.OF_NO_OPPORTUNITY
        | addresses.NO_STATE_PAGE
        | addresses.NO_PAGE_OF_THE_ADMIN
        | addresses.FOR_SUPERUSERS
    )
    # The bulk runs, the imports and the saved mappings are those of the rep.
    closed_to_managers |= (
        addresses.NOT_WITH_A_DEBRIEF
        | {"bulk_run", "import_mapping_page"}
        | (set(addresses.OF_AN_IMPORT) - {"import_run"})
    )
    walk.open(open_browser(manager, language="nb"), client_of(manager), some, but=closed_to_managers)
    rest = [path for path in of_the_admin if path not in walk.opened]
    walk.open(open_browser(superuser), client_of(superuser), rest, but=addresses.NO_PAGE_OF_THE_ADMIN)

    assert walk.faults == []
    assert planting.unseen(walk.seen) == []
