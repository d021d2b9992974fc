"""A form that shows a conflict as both values, to choose from beside the field. `choices` reads what is posted."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import LayoutObject
from crispy_forms.layout_slice import LayoutSlice
from crispy_forms.utils import TEMPLATE_PACK
from django import forms
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from opportunities import display
from opportunities.editing import answers
from opportunities.forms import conflict_posted, shown_again
from opportunities.refusals import Conflict, StaleVersion
from salesflow.users.models import User


@dataclass(frozen=True)
class Comparison:
    """A conflict, formatted for the reader.

    `name` is that of the field in a post, `typed` identifies what the field contains. `is_own`: the reader made the
    other change, too, in another window.
    """

    field: str
    name: str
    label: str
    mine: str
    theirs: str
    by: User
    at: datetime.datetime
    is_own: bool
    typed: str

    @property
    def is_today(self) -> bool:
        return timezone.localdate(self.at) == timezone.localdate()


class WithChoice(LayoutObject):
    """A layout object with one field, and below it both values, if two people changed it."""

    def __init__(self, name: str) -> None:
        self.fields = [name]

    def render(self, form: Any, context: Any, template_pack: Any = TEMPLATE_PACK, **kwargs: Any) -> SafeString:
        field: SafeString = self.get_rendered_fields(form, context, template_pack, **kwargs)
        choice = next((row for row in form.comparisons if row.field == self.fields[0]), None)
        return field + render_to_string("opportunity/_choice.html", {"choice": choice}) if choice else field


class ChoosingForm(forms.Form):
    """The base of the forms whose entries may be in conflict with what another person saved.

    `conflicts` are the fields that both changed. The form keeps what was typed and carries the new version, so that the
    next Save is compared with what the reader has seen. `are_others_saved`: whether the other entries are saved.
    """

    helper: FormHelper
    record: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conflicts: list[Conflict] = []
        self.conflict_version: int | None = None  # the version that the conflicts were found at
        self.left_as_saved: set[str] = set()  # the fields of which the saved value was chosen
        self.are_others_saved = False

    def full_clean(self) -> None:
        if self.is_bound:
            self._leave_as_saved()
        super().full_clean()

    def _leave_as_saved(self) -> None:
        """Puts the saved value into each field of which it was chosen."""
        data = cast(QueryDict, self.data)
        posted = {self.add_prefix(name): name for name in self.choosable}
        chosen = conflict_posted.left_as_saved(data, posted)
        self.left_as_saved = {posted[name] for name in chosen}
        if chosen:
            data = data.copy()
            for name in chosen:
                field = self.fields[posted[name]]
                shown_again.put(data, name, field.prepare_value(self.saved_value(posted[name])))
            self.data = data

    @property
    def choosable(self) -> Collection[str]:
        """The names of the fields that change something saved, so that two people may change it."""
        return self.fields.keys() & answers.EDITABLE_NAMES

    def saved_value(self, name: str) -> Any:
        """The value of this choosable field that is saved now."""
        return answers.of(name).read(self.record)

    @property
    def disputed(self) -> set[str]:
        """The fields of which both values are shown."""
        return {row.field for row in self.comparisons}

    @property
    def comparisons(self) -> list[Comparison]:
        """Each conflict that is a choice of two values."""
        return [self._comparison(conflict) for conflict in self.conflicts if self._is_choice(conflict)]

    def _is_choice(self, conflict: Conflict) -> bool:
        is_shown = conflict.field in self.choosable and not self.fields[conflict.field].widget.is_hidden
        return is_shown and not conflict.is_use and not conflict.is_removal

    def _comparison(self, conflict: Conflict) -> Comparison:
        name = self.add_prefix(conflict.field)
        return Comparison(
            field=conflict.field,
            name=name,
            label=str(self[conflict.field].label),
            mine=self.shown_value(conflict, conflict.mine),
            theirs=self.shown_value(conflict, conflict.theirs),
            by=conflict.by,
            at=conflict.at,
            is_own=conflict.is_own,
            typed=conflict_posted.digest(cast(QueryDict, self.data), name),
        )

    def shown_value(self, conflict: Conflict, value: Any) -> str:
        """One of the values of the conflict, for the reader."""
        return display.value(conflict.field, value, table=conflict.table)

    @property
    def may_save_the_rest(self) -> bool:
        """Whether the entries that are in no conflict may be saved without the others."""
        return bool(self.comparisons)

    @property
    def number_of_entries(self) -> int:
        return sum(not self.fields[name].widget.is_hidden for name in self.choosable)

    @property
    def number_saved(self) -> int:
        """How many entries are saved, while others are to be chosen."""
        return self.number_of_entries - len(self.comparisons)

    def compare(self, refusal: StaleVersion) -> list[Conflict]:
        """Keeps what was typed, shows both values, and sets the new version, so that the next Save succeeds.

        Returns the conflicts that are no choice of two values.
        """
        self.conflicts, self.conflict_version = refusal.conflicts, refusal.version
        named = [(self.merged_key(name), self.add_prefix(name), field) for name, field in self.fields.items()]
        data = cast(QueryDict, self.data)
        self.data = shown_again.caught_up(data, refusal, version=self.add_prefix("version"), fields=named)
        for pointer in self.helper.layout.get_field_names() if self.comparisons else ():
            if pointer.name in self.disputed:
                LayoutSlice(self.helper.layout, [pointer]).wrap_once(WithChoice)
        return [conflict for conflict in self.conflicts if not self._is_choice(conflict)]

    def merged_key(self, name: str) -> str:
        """The key of this field in `StaleVersion.merged`."""
        return name
