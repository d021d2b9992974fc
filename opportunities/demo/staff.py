"""The people of a large demo: sales teams of some people, each with a lead, below one unit."""

import datetime
import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from opportunities.demo.users import DOMAIN, SALES
from salesflow.folding import folded
from salesflow.users.models import SALES_MANAGER, SALESPERSON, Unit, User

TEAM_SIZE = 8
"""The people of one team, the lead included."""

SLOPE = 0.5
"""How unequal people are: the person of rank n has 1 / n ** SLOPE of the opportunities of the first."""

FIRST_NAMES = (
    *("Anne", "Bjørn", "Cecilie", "Dag", "Eline", "Frode", "Guro", "Håkon", "Ida", "Jonas", "Karoline", "Lars"),
    *("Mari", "Nils", "Oda", "Per", "Ragnhild", "Sindre", "Tone", "Ulrik", "Vilde", "Yngve", "Åse", "Øyvind"),
)
FAMILY_NAMES = (
    *("Aasen", "Brekke", "Carlsen", "Dahl", "Eide", "Foss", "Grande", "Haugen", "Iversen", "Johnsen", "Kvam", "Lie"),
    *("Myhre", "Nygård", "Opheim", "Pedersen", "Rønning", "Solberg", "Tangen", "Ulvund", "Vik", "Wold", "Ødegård"),
    *("Ås", "Bakken"),
)


@dataclass
class Staff:
    """The salespeople by unit, in the order of how many opportunities they have."""

    people: list[User] = field(default_factory=list)

    def owner(self, rng: random.Random) -> User:
        return rng.choices(self.people, [1 / rank**SLOPE for rank in range(1, len(self.people) + 1)])[0]

    def teammate(self, person: User, rng: random.Random) -> User:
        """Another person of the same unit; of any unit if it has no other."""
        others = [each for each in self.people if each != person]
        near = [each for each in others if each.unit_id == person.unit_id]
        return rng.choice(near or others)


def make(count: int, *, at: datetime.datetime, password: str | None) -> Staff:
    """Makes so many salespeople and leads, as if they joined at that moment, in units below that of the demo.

    They sign in with the password, or not at all if it is None.
    """
    hashed = make_password(password)
    sales = Unit.objects.get(name=SALES)
    teams = [Unit(name=f"Team {number + 1}", parent=sales) for number in range(-(-count // TEAM_SIZE))]
    for team in teams:
        team.save()
    people = User.objects.bulk_create(_people(count, teams, at, hashed))
    leads = people[::TEAM_SIZE]
    _join(SALES_MANAGER, leads)
    _join(SALESPERSON, [person for person in people if person not in leads])
    for team, lead in zip(teams, leads, strict=True):
        Unit.objects.filter(pk=team.pk).update(lead=lead)
    return Staff(random.Random(count).sample(people, len(people)))  # noqa: S311 -- nothing secret, and the same each time


def _people(count: int, teams: list[Unit], at: datetime.datetime, password: str) -> Iterable[User]:
    for number in range(count):
        again, place = divmod(number, len(FIRST_NAMES) * len(FAMILY_NAMES))
        first = FIRST_NAMES[place % len(FIRST_NAMES)]
        family = FAMILY_NAMES[(place % len(FIRST_NAMES) + place // len(FIRST_NAMES)) % len(FAMILY_NAMES)]
        username = f"{folded(first)}.{folded(family)}{again + 1 if again else ''}"
        person = User(
            username=username,
            first_name=first,
            last_name=f"{family} {again + 1}" if again else family,
            email=f"{username}@{DOMAIN}",
            date_joined=at,
            unit=teams[number // TEAM_SIZE],
            is_staff=number % TEAM_SIZE == 0,
            password=password,
        )
        person.sort_text = person._meta.get_field("sort_text").pre_save(person, add=True)
        yield person


def _join(role: str, people: Iterable[User]) -> None:
    group = Group.objects.get(name=role)
    memberships = User.groups.through
    memberships.objects.bulk_create(memberships(user=person, group=group) for person in people)
