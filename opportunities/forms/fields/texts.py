"""Form fields for texts."""

import math
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import ngettext_lazy

from salesflow import folding, safe_text


class _SafeText(forms.CharField):
    """A text. Refuses unsafe characters and strips white space at both ends."""

    multiline = False
    kept: Mapping[str, str] = {}
    """What is stored, by the text that the field shows of it: taken without a check, since no rule was there before."""
    default_error_messages = {
        "max_length": ngettext_lazy(
            "The text has %(show_value)d characters. Shorten it to at most %(limit_value)d character.",
            "The text has %(show_value)d characters. Shorten it to at most %(limit_value)d characters.",
            "limit_value",
        )
    }

    def clean(self, value: Any) -> str:
        typed = value.strip() if isinstance(value, str) else ""
        return self.kept[typed] if typed in self.kept else super().clean(value)

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        safe_text.refuse_unsafe(typed, multiline=self.multiline)
        return typed

    def prepare_value(self, value: Any) -> Any:
        return safe_text.unsafe_replaced(value) if isinstance(value, str) else value


class LineField(_SafeText):
    """One line of text. A tab, as it comes from a spreadsheet, becomes a space."""

    def __init__(self, *, max_length: int = folding.LINE_LENGTH, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(value.strip().replace("\t", " ") if isinstance(value, str) else value)


class GrowingTextarea(forms.Textarea):
    """A text area as high as its text, between 3 and 16 lines. The style sheet makes it grow with typed text."""

    fewest_rows, most_rows, columns = 3, 16, 90

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        lines = sum(max(1, math.ceil(len(line) / self.columns)) for line in str(value or "").split("\n"))
        context["widget"]["attrs"]["rows"] = min(max(lines, self.fewest_rows), self.most_rows)
        return context


class TextField(_SafeText):
    """Several lines of text. Stores each line end as one newline."""

    widget = GrowingTextarea
    multiline = True

    def __init__(self, *, max_length: int = folding.TEXT_LENGTH, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value)
