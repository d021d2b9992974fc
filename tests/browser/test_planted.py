"""Markup in every text column, in a real browser: no page has the element, and none sends what it would ask for."""

from tests import addresses, planting
from tests.factories import UserFactory

ELEMENTS = f"document.querySelectorAll('{planting.ELEMENT}').length"


class Walk:
    """Opens pages. `faults` has those with a planted element or request, `seen` the columns that were printed."""

    def __init__(self):
        self.faults = []
        self.seen = set()
        self.opened = set()

    def open(self, page, paths):
        """Open each path at which the person is shown a page."""
        for path in dict.fromkeys(paths):
            page.watched.begin()
            answer = page.goto(path)
            if answer.status != 200 or not answer.headers["content-type"].startswith("text/html"):
                continue
            self.opened.add(path)
            self.seen |= {int(number) for number in planting.SHOWN.findall(answer.text())}
            asked = [each for each in page.watched.addresses if each.startswith(planting.ADDRESS)]
            if page.evaluate(ELEMENTS) or asked:
                self.faults.append(path)


def of_opportunities(deals):
    return [page for deal in deals for page in addresses.opportunity_pages(deal)]


def test_what_was_planted_in_every_text_column_does_nothing_on_any_page(rep, manager, open_browser):
    superuser = UserFactory(username="superuser", is_superuser=True, is_staff=True)
    deals = planting.deals_of_every_kind(rep=rep, manager=manager, superuser=superuser)
    planting.plant()
    walk = Walk()
    general, of_the_admin = list(addresses.general_pages()), list(addresses.admin_pages())

    walk.open(open_browser(rep), [*general, *of_opportunities(deals)])
    walk.open(open_browser(manager, language="nb"), [*general, *of_opportunities(deals[:2]), *of_the_admin])
    walk.open(open_browser(superuser), [path for path in of_the_admin if path not in walk.opened])

    assert walk.faults == []
    assert planting.unseen(walk.seen) == []
