"""The widget of a picker: a text field for searching, and radio buttons for the answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms

from opportunities.forms import fields
from opportunities.forms.picker import search
from salesflow import folding, safe_text

if TYPE_CHECKING:
    from opportunities.forms.picker.field import PickerField

_AMBIGUOUS = "?"  # the choice if two different ones were posted


@dataclass(frozen=True)
class PickerEntry:
    """What a picker posts."""

    choice: str = ""  # an id, NEW, or nothing
    typed: str = ""
    asked: str | None = None  # the text of the search whose answers the page showed
    says_none: bool = False  # whether the choice "None" was posted
    seen: tuple[int, ...] = ()  # the likely duplicates of what would be created, as the page showed them

    @property
    def is_unanswered(self) -> bool:
        """Whether the text was changed after the answers on the page were fetched."""
        return bool(self.typed) and self.asked is not None and folding.folded(self.asked) != folding.folded(self.typed)


class PickerWidget(forms.Widget):
    """A text field for searching, and radio buttons for the answers."""

    template_name = "includes/_picker.html"
    field: "PickerField"
    label: Any = ""
    is_focused = False

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> PickerEntry:
        choice = fields.only_value(data, name)
        is_ambiguous = choice is None and data.get(name) is not None
        return PickerEntry(
            choice=_AMBIGUOUS if is_ambiguous else str(choice or ""),
            typed=str(data.get(f"{name}-find") or "").strip(),
            asked=data.get(f"{name}-asked"),
            says_none=choice == "",
            seen=tuple(fields.clean_ids(data.get(f"{name}-like"))),
        )

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data and f"{name}-find" not in data

    def use_required_attribute(self, initial: Any) -> bool:
        """False: the text may be empty when a radio button is chosen."""
        return False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        picked = self.field.picked(value)
        control = context["widget"]["attrs"]
        control.setdefault("id", f"id_{name}")
        is_invalid = "is-invalid" in control.get("class", "").split()
        question = self.field.question(name, picked, is_asked=self.is_focused or is_invalid)
        answers = search.answers(question)
        is_settled = question.chosen is not None and not question.is_asked and not control.get("disabled")
        return context | {
            "answers": answers,
            "settled": answers.choices[0] if is_settled else None,
            "label": self.label,
            "typed": safe_text.unsafe_replaced(picked.typed),
            "url": self.field.address(name),
            "also": self.field.account_name,
            "is_invalid": is_invalid,
            "is_focused": self.is_focused,
        }
