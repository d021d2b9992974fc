"""The users of a demo and their units, and whether a database is a demo or has real data."""

import datetime
import enum
import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group

from opportunities.activities import reminders
from opportunities.customers import nouns
from opportunities.models import Opportunity
from salesflow.users import absences, units
from salesflow.users.models import COLLEAGUE, SALES_MANAGER, SALESPERSON, Unit, User

DOMAIN = "demo.example"
"""The domain of demo users' mail addresses. Addresses under .example are reserved: no real person has one."""

AWAY = datetime.timedelta(days=13)

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # without letters that look alike


@dataclass(frozen=True)
class DemoUser:
    username: str
    first_name: str
    last_name: str
    role: str
    language: str = "en"
    is_superuser: bool = False
    unit: str = ""
    leads: tuple[str, ...] = ()
    sees_all: bool = False
    leaves: bool = False
    """Whether the account is disabled in the end. The opportunities stay behind."""

    @property
    def is_manager(self) -> bool:
        return self.role == SALES_MANAGER


SALES, NORTH, SOUTH = "Sales", "Sales north", "Sales south"
UNITS = {SALES: "", NORTH: SALES, SOUTH: SALES}
"""The units, each with the unit that it is part of."""

USERS = (
    DemoUser("rep", "Kari", "Nordmann", SALESPERSON, unit=NORTH),
    DemoUser("rep2", "Ola", "Berg", SALESPERSON, language="nb", unit=SOUTH),
    DemoUser("manager", "Marit", "Lund", SALES_MANAGER, unit=SALES, leads=(SALES, SOUTH), sees_all=True),
    DemoUser("lead", "Nina", "Holm", SALES_MANAGER, unit=NORTH, leads=(NORTH,)),
    DemoUser("former", "Sven", "Moe", SALESPERSON, unit=SOUTH, leaves=True),
    DemoUser("colleague", "Petter", "Sand", COLLEAGUE, unit=NORTH),
    DemoUser("admin", "Anders", "Vik", SALES_MANAGER, is_superuser=True),
)


class DatabaseContent(enum.Enum):
    """What is in the database."""

    NOTHING = enum.auto()
    DEMO = enum.auto()
    REAL_DATA = enum.auto()


def database_content() -> DatabaseContent:
    """A database is a demo if all its users are demo users."""
    if User.objects.exclude(email__endswith=f"@{DOMAIN}").exists():
        return DatabaseContent.REAL_DATA
    if User.objects.exists():
        return DatabaseContent.DEMO
    models: list[Any] = [Opportunity, *nouns.MODELS.values()]
    has_data = any(model._base_manager.exists() for model in models)
    return DatabaseContent.REAL_DATA if has_data else DatabaseContent.NOTHING


def lock() -> None:
    """Makes other processes that load a demo wait until the transaction ends."""
    list(Group.objects.select_for_update().order_by("pk"))


def make(*, at: datetime.datetime) -> None:
    """Makes the users and their units, as if they joined at that moment. They can sign in after `set_passwords`."""
    made: dict[str, Unit] = {}
    for name, parent in UNITS.items():
        made[name] = units.add(Unit(name=name, parent=made.get(parent)))
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
            unit=made.get(person.unit),
            sees_all=person.sees_all,
        )
        user.set_unusable_password()
        user.save()
        user.groups.add(Group.objects.get(name=person.role))
        Unit.objects.filter(name__in=person.leads).update(lead=user)


def leave(*, today: datetime.date) -> None:
    """Disables those who left, and sends Ola away for two weeks, with Kari as deputy, who has a calendar address."""
    gone = [person.username for person in USERS if person.leaves]
    User.objects.filter(username__in=gone).update(is_active=False)
    kari, ola = (User.objects.get(username=name) for name in ("rep", "rep2"))
    reminders.make_calendar(kari)
    absences.add(person=ola, deputy=kari, first_day=today, last_day=today + AWAY, by=ola, today=today)


def set_passwords(password: str | None) -> dict[User, str]:
    """Gives each demo user that password, or a random one for each if it is None. Returns the passwords."""
    staying = [person.username for person in USERS if not person.leaves]
    users = User.objects.filter(username__in=staying).order_by("pk")
    given = {user: password or random_password() for user in users}
    for user, text in given.items():
        user.set_password(text)
        user.save(update_fields=["password"])
    return given


def random_password() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
