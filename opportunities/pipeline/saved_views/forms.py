"""The forms of saved views, and of the columns of a list."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import BadRequest
from django.utils.translation import gettext_lazy as _

from opportunities import access
from opportunities.forms import fields
from opportunities.models.saved_views import SavedView
from opportunities.pipeline.lists import columns
from salesflow import once, safe_text
from salesflow.users.models import Unit, User

Sharing = SavedView.Sharing


class ViewForm(forms.Form):
    """The name of a view, and who sees it. `query` has the filters of a new one."""

    token = forms.CharField(required=False, widget=fields.SingleHiddenInput)
    query = forms.CharField(required=False, widget=fields.SingleHiddenInput)
    version = fields.IdField(required=False)
    name = fields.LineField(label=_("Name"), max_length=100)
    sharing = forms.ChoiceField(label=_("Who sees it"), choices=Sharing.choices)
    unit = forms.ModelChoiceField(label=_("Team"), queryset=Unit.objects.none(), required=False)

    def __init__(self, *args: Any, user: User, view: SavedView | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("token", once.new_token())
        self.fields["unit"].queryset = units_to_share_with(user)  # type: ignore[attr-defined]
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*self.fields)
        if view is None:
            del self.fields["version"]
            self.helper.layout = Layout("token", "query", "name", "sharing", "unit")
        else:
            del self.fields["token"], self.fields["query"]
            self.helper.layout = Layout("version", "name", "sharing", "unit")
            self.initial = {
                **self.initial,
                "version": view.version,
                "name": view.name,
                "sharing": view.sharing,
                "unit": view.unit_id,
            }

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        safe_text.refuse_unseen(name)
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("sharing") == Sharing.UNIT and not cleaned.get("unit"):
            self.add_error("unit", _("Choose the team that sees it."))
        return cleaned

    @property
    def entries(self) -> dict[str, Any]:
        """What is stored. A unit only where the view is shared with one."""
        given = self.cleaned_data
        unit = given["unit"] if given["sharing"] == Sharing.UNIT else None
        return {"name": given["name"], "sharing": given["sharing"], "unit": unit}


def units_to_share_with(user: User) -> Any:
    """The own unit, and those whose people's opportunities the user sees."""
    return (access.units(user) | Unit.objects.filter(members=user)).distinct().order_by("sort_text", "pk")


def chosen_columns(data: Any) -> list[str]:
    """The names of the columns that a form has chosen, in the order of their numbers. Raises BadRequest for others."""
    names = list(dict.fromkeys(data.getlist("column")))
    if any(name not in columns.ALL for name in names):
        raise BadRequest("column names no column.")
    return sorted(names, key=lambda name: _place(data.get(f"place-{name}", "")))


def _place(typed: str) -> int:
    """The number that was typed for a column; the last place if none was."""
    number = fields.clean_id(typed.strip())
    return len(columns.ALL) if number is None else number
