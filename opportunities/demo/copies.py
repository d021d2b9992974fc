"""One round of copies of the opportunities of a demo.

A copy takes a few thousandths of the time of an original. It has another account with other people and
another owner, and all its dates are some weeks earlier. It equals its original in everything else, so its history is
just as consistent.
"""

import copy as copying
import datetime
import random
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models.base import ModelState

from opportunities.customers.models import Account, Contact, searched
from opportunities.demo import customers
from opportunities.demo.copied_log import CopiedLog, Made
from opportunities.demo.copied_rows import ATTENDEES, CHILD_MODELS, CUSTOMERS, Columns, CopiedRows, opportunity_of
from opportunities.demo.staff import Staff
from opportunities.editing import found_by
from opportunities.models import Attachment, AttachmentPreview, Event, Opportunity
from opportunities.models.attachments import PREVIEW
from salesflow import private_files
from salesflow.users.models import User

TOWNS = [  # one for each cycle
    *("Halden", "Moss", "Askim", "Jessheim", "Kongsvinger", "Gjøvik", "Otta", "Fagernes", "Hønefoss", "Geilo"),
    *("Notodden", "Larvik", "Porsgrunn", "Risør", "Arendal", "Mandal", "Egersund", "Sandnes", "Odda", "Leirvik"),
    *("Førde", "Måløy", "Volda", "Ørsta", "Kristiansund", "Røros", "Oppdal", "Steinkjer", "Namsos", "Brønnøysund"),
    *("Mosjøen", "Fauske", "Narvik", "Harstad", "Finnsnes", "Hammerfest", "Vadsø", "Vardø", "Kirkenes", "Røst"),
]
WEEK = datetime.timedelta(weeks=1)
CUSTOMER_FOR = 150 * WEEK
"""How much earlier a copied account was entered: before the first event of any copy."""


@dataclass
class CopyRound:
    """One copy of each of these opportunities; of the customers only in the first round of a cycle."""

    cycle: int
    number: int
    source: CopiedRows
    chosen: list[Opportunity]
    staff: Staff
    made: Made
    of_files: dict[str, str] = field(default_factory=dict)
    """The `storage_name` or `series` of the copy of a file, by that of the original."""
    earlier: dict[int, datetime.timedelta] = field(default_factory=dict)
    """How much earlier the dates of the copy are, by id of the original opportunity."""
    people: dict[int, dict[int, User]] = field(default_factory=dict)
    """Who takes the place of whom: by id of the original opportunity, the user by the id of the one before."""

    def __post_init__(self) -> None:
        self.rng = random.Random(self.cycle * 1000 + self.number)  # noqa: S311 -- nothing secret, the same each time
        self.log = CopiedLog(self.source, self.made, self.of_files, self.earlier, self.people)

    def make(self) -> None:
        if self.number == 0:
            for model in CUSTOMERS:
                self._copy(model, self.source.of(model))
                self._keep_creation(model, self.source.of(model))
        for original in self.chosen:
            self.earlier[original.pk] = self.rng.randrange(5 if original.is_open else 105) * WEEK
            self.people[original.pk] = self._people_of(original)
        for is_copy in (False, True):  # a copy after its source, which it points to
            self._copy(Opportunity, [each for each in self.chosen if (each.source_id is not None) == is_copy])
        for model in CHILD_MODELS:
            rows = self.source.by_opportunity[model]
            self._copy_children(model, [row for each in self.chosen for row in rows.get(each.pk, ())])
        previews = self.source.of(AttachmentPreview)
        self._copy_children(
            AttachmentPreview, [row for row in previews if (Attachment, row.attachment_id) in self.made]
        )

    def _people_of(self, original: Opportunity) -> dict[int, User]:
        """Another owner, and for each other salesperson another one of the same unit."""
        if not self.staff.people:
            return {}
        owner = self.staff.owner(self.rng)
        others = self.source.salespeople - {original.owner_id}
        taken, found = {owner}, {original.owner_id: owner}
        for pk in sorted(others):
            found[pk] = next(each for each in self._mates(owner) if each not in taken)
            taken.add(found[pk])
        return found

    def _mates(self, owner: User) -> Iterable[User]:
        yield self.staff.teammate(owner, self.rng)
        yield from self.staff.people

    # Rows

    def _copy(self, model: type[models.Model], originals: list[Any]) -> None:
        columns = Columns.of(model)
        copies = [self._copied(row, columns) for row in originals]
        model._default_manager.bulk_create(copies)
        self.made |= {(model, row.pk): copy for row, copy in zip(originals, copies, strict=True)}

    def _copy_children(self, model: type[models.Model], originals: list[Any]) -> None:
        """Copies rows of which nothing is derived and no history is kept: only what differs is prepared again."""
        columns = Columns.of(model)
        differing = [dict(self._differing(row, columns)) for row in originals]
        pks = self.source.child_rows.insert(model, originals, differing)
        self.made |= {(model, row.pk): pk for row, pk in zip(originals, pks, strict=True)}

    def _keep_creation(self, model: type[models.Model], originals: list[Any]) -> None:
        """Moves the creation and history of the customers into the past. `bulk_create` sets neither."""
        copies = [self.made[model, row.pk] for row in originals]
        entered = originals[0].created_at - CUSTOMER_FOR  # they were all entered at once
        for copy in copies:
            copy.created_at = copy._history_date = entered
        model._default_manager.filter(pk__in=[copy.pk for copy in copies]).update(created_at=entered)
        model.history.bulk_history_create(copies)  # type: ignore[attr-defined]

    def _copied(self, row: Any, columns: Columns) -> Any:
        copy = copying.copy(row)
        copy._state, copy.pk = ModelState(), None
        for name, value in self._differing(row, columns):
            setattr(copy, name, value)
        self._rename(row, copy)
        return copy

    def _differing(self, row: Any, columns: Columns) -> Iterator[tuple[str, Any]]:
        """The values in which a copy differs from its original, by the name of their column."""
        for column in columns.relations:
            yield column.attname, self._related(row, column)
        for name in columns.dates:
            if (value := getattr(row, name)) is not None:
                yield name, value - self._earlier(row)
        for name in columns.of_files:
            yield name, self._of_file(name, getattr(row, name))
        if columns.has_attendees:
            yield ATTENDEES, self.log.attendees(row.attendees)
        if isinstance(row, Event):
            yield "changes", [self.log.change(row, change) for change in row.changes]
            yield "children", [self.log.child_row(row, child) for child in row.children]

    def _related(self, row: Any, column: Any) -> int | None:
        pk = getattr(row, column.attname)
        if column.related_model is User:
            return self._person(row, pk)
        copy = self.made.get((column.related_model, pk))
        return pk if copy is None else getattr(copy, "pk", copy)

    def _person(self, row: Any, pk: int | None) -> int | None:
        if isinstance(row, Account) and self.staff.people and pk is not None:
            return self.staff.owner(self.rng).pk
        person = self.people.get(opportunity_of(row), {}).get(pk or 0)
        return pk if person is None else person.pk

    def _of_file(self, name: str, value: str) -> str:
        if value not in self.of_files:
            is_file = name == "storage_name"
            self.of_files[value] = _copied_file(value) if is_file else secrets.token_hex(16)
            self.source.files_copied += is_file
        return self.of_files[value]

    def _earlier(self, row: Any) -> datetime.timedelta:
        return CUSTOMER_FOR if isinstance(row, CUSTOMERS) else self.earlier[opportunity_of(row)]

    # Names

    def _rename(self, row: Any, copy: Any) -> None:
        if isinstance(row, Account):
            copy.name = self._name_in_another_town(row.name)
        elif isinstance(row, Contact):
            account = self.made[Account, row.account_id]
            copy.name = self._other_name(row.name)
            copy.email = customers.address(copy.name, account.name, account.country)
        else:
            copy.name = self._name_for_another_account(row)
        copy.search_text = searched(copy)
        if isinstance(row, Opportunity):
            customers_of = (self.made.get((model, getattr(row, f"{model._meta.model_name}_id"))) for model in CUSTOMERS)
            copy.found_by = found_by.joined(copy, *(each.search_text if each else "" for each in customers_of))

    def _name_in_another_town(self, name: str) -> str:
        """The name of a company in another town, with a number when all towns are used."""
        again, town = divmod(self.cycle, len(TOWNS))
        place = f"{TOWNS[town]} {again + 1}" if again else TOWNS[town]
        short = customers.short(name)
        return f"{short} {place}{name.removeprefix(short)}"

    def _other_name(self, name: str) -> str:
        """The same first name, with the family name of another contact."""
        first, _, _family = name.partition(" ")
        others = self.source.of(Contact)
        family = others[self.rng.randrange(len(others))].name.rpartition(" ")[2]
        return f"{first} {family}"

    def _name_for_another_account(self, original: Opportunity) -> str:
        """The name with the other account; from the second round on with a number, as a later order has."""
        before, after = (customers.short(self._account_name(original, of_copy=of_copy)) for of_copy in (False, True))
        name = original.name.replace(before, after)
        return f"{name} {self.number + 1}" if self.number else name

    def _account_name(self, original: Opportunity, *, of_copy: bool) -> str:
        row = self.made[Account, original.account_id] if of_copy else self._accounts[original.account_id]
        return str(row.name)

    @cached_property
    def _accounts(self) -> dict[int | None, Account]:
        return {row.pk: row for row in self.source.of(Account)}


def _copied_file(name: str) -> str:
    """Copies a private file and the picture of its preview. Returns the name of the copy."""
    storage, copy = private_files.storage(), private_files.new_name()
    for ending in ("", PREVIEW) if storage.exists(f"{name}{PREVIEW}") else ("",):
        with storage.open(f"{name}{ending}") as content:
            storage.save(f"{copy}{ending}", content)
    return copy
