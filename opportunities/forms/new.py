from typing import Any

from crispy_forms.layout import Div, Layout
from django.utils.translation import gettext_lazy as _

from opportunities.forms.general import GeneralForm
from opportunities.forms.picker.form import EnterPresses


class NewOpportunityForm(GeneralForm):
    """The form of a new opportunity. Only the name is required."""

    creates = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]
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
        )
