"""The accounts, contacts and competitors of a demo. Names and addresses are invented."""

import datetime
import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opportunities.customers import saving
from opportunities.customers.models import Account, Competitor, Contact
from salesflow.folding import folded
from salesflow.users.models import User

NORWAY = "NO"

# Numbers that a country reserves for fiction or, where it has none, numbers that cannot be dialled.
PHONES = {
    NORWAY: "+47 00 55 {:02} {:02}",
    "DK": "+45 00 55 {:02} {:02}",
    "FI": "+358 00 55{:02} {:02}",
    "FR": "+33 1 99 00 {:02} {:02}",
    "DE": "+49 30 23125 0{:02}",
    "NL": "+31 00 55{:02} {:02}",
    "SE": "+46 31 390 06 {:02}",
    "GB": "+44 20 7946 0{:02}{}",
    "US": "+1 608 555 01{:02}",
}
LEGAL_FORM = re.compile(r" (AS|SA|IKS|Ltd|AB|A/S|GmbH|B\.V\.|Oy)$")


@dataclass
class Customers:
    """The accounts, contacts and competitors, found by name."""

    accounts: dict[str, Account] = field(default_factory=dict)
    contacts: dict[str, list[tuple[Contact, str]]] = field(default_factory=dict)
    """By the account's name: its contacts, each with a role. The first is the contact of the opportunities."""
    competitors: dict[str, Competitor] = field(default_factory=dict)


def short(name: str) -> str:
    """The name as people say it, without the legal form."""
    return LEGAL_FORM.sub("", name)


def make(*, at: datetime.datetime, by: User, owners: Mapping[str, User]) -> Customers:
    """Makes all customers of customers.json, as if they were entered at that moment.

    `owners` has the owner of an account by its name: who leads an opportunity of it.
    """
    known = json.loads(Path(__file__).with_name("customers.json").read_text(encoding="utf-8"))
    customers = Customers()
    for entry in known["competitors"]:
        competitor = Competitor(website=f"https://{_domain(entry['name'])}", **entry)
        customers.competitors[entry["name"]] = _entered(competitor, at, by)
    for entry in known["accounts"]:
        _make_account(customers, {**entry, "owner": owners.get(entry["name"])}, at, by)
    return customers


def _make_account(customers: Customers, entry: dict[str, Any], at: datetime.datetime, by: User) -> None:
    contacts = entry.pop("contacts")
    name, country = entry["name"], entry["country"]
    numbers = random.Random(name)  # noqa: S311 -- nothing secret, and the same each time
    account = Account(website=f"https://{_domain(name, country)}", phone=_phone(numbers, country), **entry)
    customers.accounts[name] = _entered(account, at, by)
    customers.contacts[name] = [
        (
            _entered(
                Contact(
                    name=person,
                    account=account,
                    job_title=title,
                    email=address(person, name, country),
                    phone=_phone(numbers, country),
                ),
                at,
                by,
            ),
            role,
        )
        for person, title, role in contacts
    ]


def address(person: str, account: str, country: str) -> str:
    """The mail address of a person at that account."""
    return f"{re.sub(r'[^a-z]+', '.', folded(person))}@{_domain(account, country)}"


def _domain(name: str, country: str = "") -> str:
    under = "example.no" if country == NORWAY else "example.com"
    return f"{re.sub(r'[^a-z0-9]', '', folded(short(name)))}.{under}"


def _phone(numbers: random.Random, country: str) -> str:
    return PHONES[country].format(numbers.randint(10, 99), numbers.randint(1, 9))


def _entered(row: Any, at: datetime.datetime, by: User) -> Any:
    """Saves the row and its history as if it was created at that moment."""
    saving.sign(row, by=by, at=at)
    row.save()
    row.created_at = at
    type(row).objects.filter(pk=row.pk).update(created_at=at)
    row.history.update(created_at=at)
    return row
