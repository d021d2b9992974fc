"""The layout of the filters of a list."""

from typing import Any, ClassVar

from crispy_forms.bootstrap import StrictButton
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class FilterBar(forms.Form):
    """The search field, some filters beside it, and the others folded."""

    beside: ClassVar[tuple[str, ...]] = ()
    folded: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            Div(
                Field("q", wrapper_class="is-wide"),
                *self.beside,
                Field("sort", wrapper_class="d-sm-none"),  # on wider screens the heads of the columns sort
                Div(
                    StrictButton(_("Filter"), type="submit", css_class="btn-secondary", css_id="filter"),
                    css_class="filter-actions",
                ),
                css_class="filters",
            ),
            *([_More(*self.folded, css_class="filters")] if self.folded else []),
        )


class _More(Div):
    """The filters that are used less often; folded while none of them is set."""

    def render(self, form: forms.Form, *args: Any, **kwargs: Any) -> SafeString:
        return format_html(
            "<details {}><summary>{}</summary>{}</details>",
            "open" if any(form.cleaned_data.get(name) for name in self.fields) else "",
            gettext("More filters"),
            super().render(form, *args, **kwargs),
        )
