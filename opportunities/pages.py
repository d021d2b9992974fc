"""The pages that the navigation, the user menu and quick find lead to, each with who may open it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities import access
from salesflow.users.models import User
from salesflow.users.start_pages import StartPage


def _has_role(user: User) -> bool:
    return user.has_role


def _is_manager(user: User) -> bool:
    return user.is_manager


def _is_anyone(_user: User) -> bool:
    return True


@dataclass(frozen=True)
class PageLink:
    """A link to a page that belongs to no single row. `name` is the name of its address."""

    name: str
    label: str | Promise
    is_for: Callable[[User], bool] = _has_role
    query: str = ""
    below: str = ""
    """The beginning of the addresses of pages below it, if it is not that of its own."""
    is_wide: bool = False
    """Whether the navigation has room for it on wide screens only. On others it is in the user menu."""

    @property
    def address(self) -> str:
        return f"{reverse(self.name)}{self.query}"

    def aria_current(self, path: str, nearest: str) -> str:
        """`page` for the page itself, `true` for one below it, else empty. `nearest`: the address in the navigation."""
        own = reverse(self.name)
        if path == own:
            return "page"
        if self.below and path.startswith(self.below):
            return "true"
        return "true" if own == nearest and own != "/" else ""


NAVIGATION = (
    PageLink("my_day", _("My day")),
    PageLink("opportunity_list", _("Opportunities"), query="?view=first"),
    PageLink("board", _("Board")),
    PageLink("account_list", _("Accounts"), access.may_read_customers, is_wide=True),
    PageLink("contact_list", _("Contacts"), access.may_read_customers, is_wide=True),
    PageLink("funnel", _("Funnel"), below="/reports/"),
)

NEW_OPPORTUNITY = PageLink("opportunity_new", _("New opportunity"), access.may_write)

SALES_TARGETS = PageLink("sales_targets", _("Sales targets"), access.may_set_targets)

MENU = (
    PageLink("my_tasks", _("My tasks")),
    PageLink("saved_views", _("Saved views")),
    PageLink("news", _("What changed")),
    PageLink("imports", _("Import"), access.may_import_files),
    PageLink("full_export", _("Export everything"), access.may_export_everything),
    PageLink("absences", _("Absences"), access.may_write),
    PageLink("hand_over", _("Hand over"), access.may_hand_over),
    PageLink("reports", _("Reports")),
    SALES_TARGETS,
    *(page for page in NAVIGATION if page.is_wide),
    PageLink("competitor_list", _("Competitors"), access.may_read_customers),
    PageLink("help_pages", _("Help")),
    PageLink("keys", _("Keys")),
    PageLink("privacy", _("Personal data"), access.may_export_person),
    PageLink("admin:index", _("Administration"), _is_manager),
    PageLink("account_change_password", _("Change password"), _is_anyone),
    PageLink("mfa_index", _("Second factor"), _is_anyone),
    PageLink("user_sessions", _("Where you are signed in"), _is_anyone),
)

EVERY = tuple(dict.fromkeys((*NAVIGATION, *MENU)))

START = tuple(page for page in EVERY if page.name in StartPage)
"""The pages that a user may choose to start with."""


def start_of(user: User) -> PageLink:
    """The page that the user starts with."""
    return next((page for page in START if page.name == user.start_page), START[0])


def with_current(user: User, pages: tuple[PageLink, ...], path: str) -> list[tuple[PageLink, str]]:
    """Those of these pages that the user may open, each with its `aria-current` on the page of this path."""
    addresses = [reverse(page.name) for page in NAVIGATION]
    nearest = max((address for address in addresses if path.startswith(address)), key=len)
    return [(page, page.aria_current(path, nearest)) for page in of(user, pages)]


def of(user: User, pages: tuple[PageLink, ...]) -> list[PageLink]:
    """Those of these pages that the user may open."""
    return [page for page in pages if page.is_for(user)]
