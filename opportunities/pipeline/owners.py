"""Whose opportunities a list or a report shows, as the parameter `owner` of its address says."""

from dataclasses import dataclass

from django.utils.translation import gettext

from opportunities import access
from opportunities.forms import fields
from opportunities.pipeline.conditions import ME
from salesflow.users.models import User, able_to_own

OFFERED = 50  # people in a select; if there are more, only the chosen one, because thousands make the page heavy


@dataclass(frozen=True)
class Owner:
    """The person whom an address names, and the value of the parameter."""

    value: str
    person: User

    @property
    def is_me(self) -> bool:
        return self.value == ME


def asked(value: str, reader: User) -> Owner | None:
    """The owner that the parameter names: `me`, or the id of a person whose opportunities the reader sees.

    None if it names none. At most one query.
    """
    if value == ME:
        return Owner(ME, reader)
    pk = fields.clean_id(value) if access.sees_others(reader) else None
    person = access.owners(reader).filter(pk=pk).first() if pk is not None else None
    return Owner(str(person.pk), person) if person else None


def offered(reader: User, chosen: str = "") -> list[tuple[str, str]]:
    """The people whose opportunities the reader sees, by name; the chosen one in any case. At most two queries."""
    if not access.sees_others(reader):
        return []
    person = asked(chosen, reader)
    people = list(able_to_own(access.owners(reader))[: OFFERED + 1])
    if len(people) > OFFERED:
        people = []
    if person and not person.is_me and person.person not in people:
        people.insert(0, person.person)
    return [(str(each.pk), str(each)) for each in people]


def refused(reader: User) -> str:
    """Why the parameter names no owner."""
    is_person = access.sees_others(reader)
    return gettext("There is no such person.") if is_person else gettext("Only your own can be chosen.")
