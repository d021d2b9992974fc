"""Markup in every text column, in a real browser: no page has the element, and none sends what it would ask for."""

from tests.support import addresses, planting
from tests.support.factories import UserFactory

ELEMENTS = f"document.querySelectorAll('{planting.ELEMENT}').length"


class MarkupWalk:
    """Opens pages. `faults` has those with a planted element or request, `seen` the columns that were printed."""

    def __init__(self):
        self.faults = []
        self.seen = set()
        self.opened = set()

    def open(self, page, client, paths):
        """Open each path at which the person is shown a page; `client` is another browser of the same person."""
        for path in addresses.that_answer(client, paths):
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

    walk.open(open_browser(rep), client_of(rep), [*general, *addresses.pages_of_several(opportunities)])
    some = [*general, *addresses.opportunity_pages(opportunities[0]), *of_the_admin]
    walk.open(open_browser(manager, language="nb"), client_of(manager), some)
    rest = [path for path in of_the_admin if path not in walk.opened]
    walk.open(open_browser(superuser), client_of(superuser), rest)

    assert walk.faults == []
    assert planting.unseen(walk.seen) == []
