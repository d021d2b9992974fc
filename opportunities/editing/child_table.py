"""What the registry says about one table whose rows belong to an opportunity: `ChildTable` and its parts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.functional import Promise

from opportunities.models import Opportunity

Text = str | Promise
ChildRow = Any
"""A row of one of the child tables."""


@dataclass(frozen=True)
class StoredCount:
    """A column of the opportunity with the number of its child rows. The evidence of that name reads it."""

    evidence: str
    column: str
    text: Any
    """“2 stakeholders”: takes `count`."""
    where: Mapping[str, Any] = field(default_factory=dict)
    """Counts only the rows with these values; a column with several, if this is one of them."""
    denied_by: str = ""
    """The field of the opportunity that says that there are none, if any."""
    is_kept_when_closed: bool = False
    """Whether a closed opportunity keeps the number that it was closed with. Reopening counts again."""

    def of(self, rows: Iterable[ChildRow]) -> int:
        return sum(all(_has(getattr(row, column), value) for column, value in self.where.items()) for row in rows)


def _has(given: Any, wanted: Any) -> bool:
    return wanted in given if isinstance(given, tuple) else bool(given == wanted)


@dataclass(frozen=True)
class ChildTexts:
    """The texts of pages and the timeline about one table.

    Placeholders: `name`; in `removal` also `roles`; in `added` and `removed` also each logged column of the row.
    """

    title: Text = ""
    added: Text = ""
    removed: Text = ""
    add_title: Text = ""
    add_button: Text = ""
    added_again: Text = ""
    removed_again: Text = ""
    """The same for a row with a `number` above 1, if the table has versions of a row."""
    removal: Text = ""
    none_yet: Text = ""
    add_hint: Text = ""
    led_by: Text = ""
    """Who may change the table, if `is_led`. Placeholder: `owner`."""
    was_added: Text = ""
    was_removed: Text = ""
    """The messages after a form was saved, if they do not name the row."""
    bodies: tuple[str, ...] = ()
    """The columns with a text of several lines. The timeline shows them below the sentence."""
    referred_to: Text = ""
    """How the timeline refers to a row inside a sentence, if not by its name alone."""
    is_telling: bool = False
    """Whether the timeline shows that a row was added before it shows changed fields."""
    rewritten: Text = ""
    """The sentence of the timeline for a change of one of the `bodies`."""
    ticked: Mapping[str, tuple[Text, Text]] = field(default_factory=dict)
    """The sentences of the timeline for a tick that is set and for one that is cleared, by column."""
    renamed: Mapping[str, Text] = field(default_factory=dict)
    """The sentences of the timeline for a new value, by column. Placeholders: `old`, `new`."""
    ended: Mapping[str, Text] = field(default_factory=dict)
    """The sentences of the timeline for a column of `filled` that ends a row, by column. Placeholder: `name`.

    They begin with their verb, as `added` and `removed` do, because the timeline puts the person before it."""


@dataclass(frozen=True)
class ChildTable:
    """A table whose rows belong to one opportunity."""

    model: type[models.Model]
    relation: str
    """The name of its rows on the opportunity."""
    name: str = ""
    """Its name in the log and in addresses."""
    subject: str = ""
    """The column with the contact, competitor or user that a row is about, if there is one. It never changes."""
    logged: tuple[str, ...] = ()
    """The columns whose changes the log lists."""
    filled: tuple[str, ...] = ()
    """The columns of `logged` that `editing` and moves fill. People fill in the others."""
    hidden: tuple[str, ...] = ()
    """The columns of `filled` that no page shows."""
    autocompleted: tuple[str, ...] = ()
    """The columns of `logged` that have a search field in the admin, as the subject has."""
    counts: tuple[StoredCount, ...] = ()
    listed_with: str = ""
    """The relation that a list reads with the rows (`select_related`)."""
    tab: str = ""
    """The tab of the opportunity page that lists the rows, and the part of the addresses of its pages."""
    has_tab: bool = True
    """False for a table whose rows are shown at a step instead."""
    says: ChildTexts = field(default_factory=ChildTexts)
    is_edited: bool = False
    """Whether people edit it, inside `editing`. Only moves and `editing` itself write the other tables."""
    is_led: bool = False
    """Whether only the owner and managers may change it."""
    is_open_when_closed: bool = False
    """Whether people may edit it when the opportunity is closed."""
    is_single: bool = False
    """Whether an opportunity has one row at most."""
    has_files: bool = False
    """Whether each row has a private file. Only the page that uploads adds such a row."""

    @property
    def entered(self) -> tuple[str, ...]:
        """The logged columns that people fill in."""
        return tuple(name for name in self.logged if name not in self.filled)

    @property
    def subject_model(self) -> type[models.Model] | None:
        return self.model._meta.get_field(self.subject).related_model if self.subject else None

    def rows_of(self, opportunity: Opportunity) -> dict[int, ChildRow]:
        """The rows of this opportunity by id. One query."""
        rows = self.model._default_manager.filter(opportunity=opportunity)
        return {row.pk: row for row in rows.select_related(*self.read_along)}

    @property
    def read_along(self) -> tuple[str, ...]:
        """The relations whose rows the log names (`select_related`)."""
        named = (self.subject, *self.logged)
        return tuple(name for name in named if name and self.model._meta.get_field(name).is_relation)
