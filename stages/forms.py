"""The forms and formsets of the process designer."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import BadRequest, ValidationError
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from salesflow.users.admin_base import RefusableForm
from salesflow.users.admin_inlines import InlineRows
from stages import gates, vocabulary
from stages.models import Process


class DefaultShown(ActionForm):
    """Has the id of the process that the list shows as the one for new opportunities; 0 for none."""

    default_shown = forms.CharField(label="", required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        used = Process.objects.filter(is_default=True).values_list("pk", flat=True).first()
        self.initial["default_shown"] = str(used or 0)

    @staticmethod
    def posted(data: QueryDict) -> int | None:
        """The id of the process; None for 0. Raises BadRequest if it is missing or no id."""
        values = data.getlist("default_shown")
        if len(values) != 1 or not re.fullmatch("[0-9]{1,18}", values[0]):
            raise BadRequest("default_shown is missing or is no id.")
        return int(values[0]) or None


class WordSelect(forms.Select):
    """A choice among the names of the vocabulary. Offers a stored name that is no longer known, too."""

    def optgroups(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> Any:
        groups = super().optgroups(name, value, attrs)
        known = {str(word) for word, label in self.choices}
        for word in value:
            if str(word) not in known:
                label = _("%(word)s (not known here)") % {"word": word}
                option = self.create_option(name, word, label, selected=True, index=len(groups), attrs=attrs)
                groups.append((None, [option], len(groups)))
        return groups


def _words(words: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [("", "–"), *((name, capfirst(str(word.label))) for name, word in words.items())]


class StepForm(RefusableForm):
    """The form of a step. `Step.clean` checks the words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in (("field", vocabulary.fields()), ("evidence", vocabulary.evidence())):
            if name in self.fields:
                self.fields[name].widget = WordSelect(choices=_words(words))

    @property
    def asks_for(self) -> str:
        """What the stored step asks for beyond its name, as the row of the stage says it."""
        evidence = vocabulary.evidence().get(self.instance.evidence)
        field = vocabulary.fields().get(self.instance.field)
        word = evidence or field
        label = capfirst(str(word.label)) if word else gates.UnmetReason.UNKNOWN.value
        return "" if label == self.instance.name else str(label)


class OrderedRows(InlineRows):
    """Puts a new row last, unless another order is typed."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs(index)
        if index is None or index >= self.initial_form_count():
            kwargs["initial"] = {"order": self._next_place}
        return kwargs

    @cached_property
    def _next_place(self) -> int:
        return max((part.order for part in self.get_queryset()), default=0) + 1


class StepsFormSet(OrderedRows):
    """Refuses two steps for one field. The database has no constraint between two new steps of one post."""

    def clean(self) -> None:
        super().clean()
        entries = [form.cleaned_data for form in self.forms if hasattr(form, "cleaned_data")]
        fields = [entry["field"] for entry in entries if entry.get("field") and not entry.get("is_archived")]
        if len(set(fields)) < len(fields):
            raise ValidationError(_("A stage asks for a field only once."))
