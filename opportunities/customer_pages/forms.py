"""The forms of a new competitor and of one that is changed."""

import re
from typing import Any

from crispy_forms.layout import Div, Layout
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from opportunities import formats
from opportunities.customer_pages.likely import LikelyForm
from opportunities.customers import changing
from opportunities.customers.changing import COLUMNS
from opportunities.customers.models import WEB_SCHEMES, Competitor
from opportunities.editing.conflicts import Conflict
from opportunities.forms import fields
from opportunities.forms.base import Comparison, EditingForm
from salesflow import safe_text

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


class WebsiteField(fields.LineField):
    """The address of a website. Adds https:// if it was typed without."""

    default_validators = [
        URLValidator(WEB_SCHEMES, message=_("Write the address of a website, such as https://example.com."))
    ]

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value)
        return f"https://{typed}" if typed and not _SCHEME.match(typed) else typed


class CompetitorForm(LikelyForm, EditingForm):
    """The columns of a competitor that people fill in. Only the name is required."""

    name = fields.LineField(error_messages={"required": _("Give the competitor a name.")})
    website = WebsiteField(required=False)
    description = fields.TextField(required=False)
    strengths = fields.TextField(required=False)
    weaknesses = fields.TextField(required=False)
    opportunities = fields.TextField(required=False)
    threats = fields.TextField(required=False)
    key_products = fields.TextField(required=False)

    hidden: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in COLUMNS:
            self.fields[name].label = capfirst(changing.column(name).verbose_name)
            self.fields[name].help_text = changing.column(name).help_text
        for name in {"version", "token"} - set(self.hidden):
            del self.fields[name]
        self.helper.layout = Layout(
            *self.hidden,
            "name",
            "website",
            "description",
            _pair("strengths", "weaknesses"),
            _pair("opportunities", "threats"),
            "key_products",
        )

    @property
    def entries(self) -> dict[str, str]:
        """The posted values by column."""
        return {name: self.cleaned_data[name] for name in COLUMNS}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        safe_text.refuse_unseen(name)
        return name

    def refuse_invalid(self, error: ValidationError) -> None:
        self.add_error(None, error)

    def _comparison(self, conflict: Conflict) -> Comparison:
        return Comparison(
            field=conflict.field,
            label=conflict.label,
            mine=conflict.mine or formats.NOTHING,
            theirs=conflict.theirs or formats.NOTHING,
            by=conflict.by,
            at=conflict.at,
            is_own=conflict.is_own,
            target=self[conflict.field].id_for_label,
        )


class NewCompetitorForm(CompetitorForm):
    creates = True
    hidden = ("token",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.focus_first()


class EditCompetitorForm(CompetitorForm):
    """Carries the version of the competitor that its page shows."""

    version = fields.IdField()
    hidden = ("version",)

    def __init__(self, *args: Any, competitor: Competitor, **kwargs: Any) -> None:
        initial = {name: getattr(competitor, name) for name in ("version", *COLUMNS)}
        super().__init__(*args, initial=initial, **kwargs)


def _pair(left: str, right: str) -> Div:
    """Two fields side by side, under each other on a narrow screen."""
    return Div(Div(left, css_class="col-sm-6"), Div(right, css_class="col-sm-6"), css_class="row")
