"""The four users of a demo, and whether a database is a demo or has real data."""

import datetime
import enum
import secrets
from dataclasses import dataclass

from django.contrib.auth.models import Group

from opportunities.customers.models import Account, Competitor, Contact
from opportunities.models import Opportunity
from salesflow.users.models import SALES_MANAGER, SALESPERSON, User

DOMAIN = "demo.example"
"""The mark of a demo user. Addresses under .example are reserved: no real person has one."""

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that is taken for another


@dataclass(frozen=True)
class DemoUser:
    username: str
    first_name: str
    last_name: str
    role: str
    language: str = "en"
    is_superuser: bool = False

    @property
    def is_manager(self) -> bool:
        return self.role == SALES_MANAGER


USERS = (
    DemoUser("rep", "Kari", "Nordmann", SALESPERSON),
    DemoUser("rep2", "Ola", "Berg", SALESPERSON, language="nb"),
    DemoUser("manager", "Marit", "Lund", SALES_MANAGER),
    DemoUser("admin", "Anders", "Vik", SALES_MANAGER, is_superuser=True),
)


class DatabaseContent(enum.Enum):
    """What is in the database."""

    NOTHING = enum.auto()
    DEMO = enum.auto()
    REAL_DATA = enum.auto()


def database_content() -> DatabaseContent:
    """A demo is a database whose users all are demo users: what is in it, they made."""
    if User.objects.exclude(email__endswith=f"@{DOMAIN}").exists():
        return DatabaseContent.REAL_DATA
    if User.objects.exists():
        return DatabaseContent.DEMO
    has_data = any(model._base_manager.exists() for model in (Opportunity, Account, Contact, Competitor))
    return DatabaseContent.REAL_DATA if has_data else DatabaseContent.NOTHING


def lock() -> None:
    """Let one demo at a time look at the database and fill it. Call it in the transaction that does."""
    list(Group.objects.select_for_update().order_by("pk"))


def make(*, at: datetime.datetime) -> None:
    """The four users, who joined at that moment. They can sign in after `set_passwords`."""
    for person in USERS:
        user = User(
            username=person.username,
            first_name=person.first_name,
            last_name=person.last_name,
            email=f"{person.username}@{DOMAIN}",
            language=person.language,
            is_staff=person.is_manager,
            is_superuser=person.is_superuser,
            date_joined=at,
        )
        user.set_unusable_password()
        user.save()
        user.groups.add(Group.objects.get(name=person.role))


def set_passwords(password: str | None) -> dict[User, str]:
    """Give each demo user that password, or one of their own when there is none; what each has now."""
    users = User.objects.filter(username__in=[person.username for person in USERS]).order_by("pk")
    given = {user: password or random_password() for user in users}
    for user, text in given.items():
        user.set_password(text)
        user.save(update_fields=["password"])
    return given


def random_password() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
