import copy
from typing import Any

from crispy_forms.layout import Div, Layout
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from opportunities import display
from opportunities.editing.derived import NEXT_STEP
from opportunities.forms import fields
from opportunities.forms.general import GeneralForm
from opportunities.forms.picker.form import EnterPresses


def named_in(query: QueryDict) -> dict[str, Any]:
    """The account and the contact that `?account=` and `?contact=` name, if a picker would offer them.

    A contact comes with its account. At most two queries.
    """
    found = {}
    for name in ("account", "contact"):
        field: Any = NewOpportunityForm.base_fields[name]
        pk = fields.query_id(query, name)
        row = copy.deepcopy(field).row(str(pk)) if pk is not None else None
        if row is not None:
            found[name] = row
    contact = found.get("contact")
    if contact is not None and contact.account and not contact.account.is_archived:
        found.setdefault("account", contact.account)
    return found


class NewOpportunityForm(GeneralForm):
    """The form of a new opportunity, with its next step. Only the name is required."""

    creates = True
    next_step = fields.LineField(required=False)
    next_step_due = fields.DateField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]
        self.focus_first()
        self.fields["next_step"].label = display.label("next_step")
        self.fields["next_step_due"].label = _("When?")
        for name in ("account", "contact"):
            self.fields[name].help_text = _("Type a name. If it does not exist yet, you can create it here.")
        self.helper.layout = Layout(
            EnterPresses(),
            "token",
            "name",
            "account",
            "contact",
            Div(
                Div("estimated_revenue", css_class="col-sm-6"),
                Div("estimated_close_date", css_class="col-sm-6"),
                css_class="row",
            ),
            Div(Div("next_step", css_class="col-sm-6"), Div("next_step_due", css_class="col-sm-6"), css_class="row"),
        )

    def saved_entries(self) -> dict[str, Any]:
        return super().saved_entries() | {name: self.cleaned_data.get(name) for name in NEXT_STEP}
