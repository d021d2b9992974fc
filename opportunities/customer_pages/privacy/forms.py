"""The forms about personal data: the filter of the report, and the decision about a passage."""

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from opportunities.forms import fields
from opportunities.forms.list_filter import SearchField
from opportunities.models.erasures import Passage

MOST_MONTHS = 600


class ReportForm(forms.Form):
    """A name to search for, or the months without activity. What cannot be used is left out, and the page says why."""

    q = SearchField(label=_("Name or mail address"), required=False)
    months = forms.IntegerField(label=_("Months without activity"), required=False, min_value=1, max_value=MOST_MONTHS)

    def __init__(self, query: QueryDict) -> None:
        super().__init__({"q": query.get("q", ""), "months": query.get("months") or settings.RETENTION_MONTHS})
        self.fields["q"].widget = forms.TextInput({"type": "search"})
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.is_valid()

    @property
    def typed(self) -> str:
        return str(self.cleaned_data.get("q", ""))

    @property
    def chosen_months(self) -> int:
        return int(self.cleaned_data.get("months") or settings.RETENTION_MONTHS)

    @property
    def query(self) -> str:
        """The rest of the address of another page of the report."""
        return urlencode([("q", self.typed), ("months", str(self.chosen_months))]) + "&"


class PassageForm(forms.Form):
    """What is to be done with one passage, and the text if it is edited. `digest` is that of the passage shown."""

    digest = forms.RegexField("[0-9a-f]{64}", widget=fields.SingleHiddenInput)
    decision = forms.ChoiceField(choices=[each for each in Passage.Decision.choices if each[0]])
    text = fields.TextField(label=_("Text"), required=False, max_length=4000)

    def __init__(self, data: QueryDict | None = None, *, passage: Passage) -> None:
        initial = {"digest": passage.digest, "text": passage.text}
        super().__init__(data, initial=initial, auto_id=f"id_{passage.pk}_%s")
        self.passage = passage
