"""The filter bar of a list: it shows what the address says, and says which of its values cannot be used."""

import datetime
from dataclasses import dataclass
from typing import Any

from crispy_forms.bootstrap import StrictButton
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities import text
from opportunities.filters import ALL, NOTHING_PLANNED, OVERDUE, READY, THIS_MONTH, TODAY, Filters
from opportunities.forms import fields
from opportunities.models import Opportunity
from salesflow.users.models import User
from stages.models import Stage

ME = "me"
ALL_ROWS = "all"  # on one page, as `?rows=` asks for
MORE = ("due", "ready", "closing")

# How each column is sorted when it is chosen: amounts with the largest first.
ORDERS: dict[str, Promise] = {
    "": _("Last changed"),
    "name": _("Name"),
    "account": _("Account"),
    "stage": _("Stage"),
    "-revenue": _("Estimated revenue"),
    "close": _("Estimated close date"),
    "owner": _("Owner"),
    "status": _("Status"),
}


@dataclass(frozen=True)
class Heading:
    """The head of a column: a link that sorts by it, or turns the order round."""

    name: str
    label: str | Promise
    address: str
    direction: str  # "ascending", "descending" or nothing


class _More(Div):
    """The filters that are asked for less often; folded away while none of them is in use."""

    def render(self, form: "FilterForm", *args: Any, **kwargs: Any) -> SafeString:
        return format_html(
            "<details {}><summary>{}</summary>{}</details>",
            "open" if any(form.said(name) for name in self.fields) else "",
            gettext("More filters"),
            super().render(form, *args, **kwargs),
        )


class SearchField(fields.LineField):
    """A text to search for. One that shows nothing would find everything."""

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not text.folded(value):
            raise ValidationError(_("Type something that can be seen."), code="unseen")


class FilterForm(forms.Form):
    """Read from the address of a list. `left_out` says why for each value that cannot be used."""

    q = SearchField(label=_("Search"), widget=forms.TextInput({"type": "search"}))
    status = forms.ChoiceField(label=_("Status"), choices=[*Opportunity.Status.choices, (ALL, _("All"))])
    stage = forms.TypedChoiceField(label=_("Stage"), coerce=int, empty_value=None)
    owner = forms.ChoiceField(label=_("Owner"), choices=[("", _("Everybody")), (ME, _("Me"))])
    due = forms.ChoiceField(
        label=_("Next step"),
        choices=[
            ("", _("All")),
            (OVERDUE, _("Overdue")),
            (TODAY, _("Due today")),
            (NOTHING_PLANNED, _("Nothing planned")),
        ],
    )
    ready = forms.ChoiceField(label=_("Readiness"), choices=[("", _("All")), (READY, _("Ready to advance"))])
    closing = forms.ChoiceField(
        label=_("Estimated close date"), choices=[("", _("All")), (THIS_MONTH, _("Closing this month"))]
    )
    sort = forms.ChoiceField(label=_("Sort by"))

    def __init__(self, query: QueryDict) -> None:
        super().__init__(initial={"status": Filters.status})
        self.left_out: dict[str, str] = {}
        self.rows = ALL_ROWS if query.get("rows") == ALL_ROWS else ""
        self.fields["stage"].choices = [("", _("All")), *_stages(fields.posted_id(query, "stage"))]  # type: ignore[attr-defined]
        self.fields["sort"].choices = [*ORDERS.items(), *_turned_round(query)]  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.required = False
            self._read(name, field, query)
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            Div(
                Field("q", wrapper_class="is-wide"),
                "status",
                "stage",
                "owner",
                Field("sort", wrapper_class="d-sm-none"),  # above that width, the columns' heads
                Div(StrictButton(_("Filter"), type="submit", css_class="btn-secondary"), css_class="filter-actions"),
                css_class="filters",
            ),
            _More(*MORE, css_class="filters"),
        )

    def _read(self, name: str, field: forms.Field, query: QueryDict) -> None:
        if name not in query:
            return
        try:
            value = field.clean(query[name])
        except ValidationError as refusal:
            self.left_out[name] = f"{field.label}: {' '.join(refusal.messages)}"
            if name == "q":  # stays in the field, to be corrected
                self.initial[name] = query[name]
            return
        self.initial[name] = value or self.initial.get(name)

    def filters(self, me: User, today: datetime.date) -> Filters:
        used = {name: value for name, value in self.initial.items() if value and name not in self.left_out}
        return Filters(today, **used | {"owner": me.pk if used.get("owner") == ME else None})

    @property
    def is_narrowed(self) -> bool:
        """Something was asked for, beyond another order."""
        return any(self.said(name) for name in self.fields if name != "sort")

    @property
    def query(self) -> str:
        """What stands before the number of the page in an address: nothing, or `q=…&`."""
        query = urlencode(self._query())
        return f"{query}&" if query else ""

    @property
    def headings(self) -> list[Heading]:
        return [self._heading(order, label) for order, label in ORDERS.items() if order]

    @property
    def shows_any_status(self) -> bool:
        return bool(self.initial.get("status") == ALL)

    @property
    def any_status_address(self) -> str:
        return f"?{urlencode(self._query(status=ALL))}"

    @property
    def last_changed_address(self) -> str:
        return f"?{urlencode(self._query(sort=''))}"

    @property
    def print_address(self) -> str:
        return f"?{urlencode(self._query() | {'rows': ALL_ROWS})}"

    @property
    def is_sorted(self) -> bool:
        return bool(self.said("sort"))

    def _heading(self, order: str, label: str | Promise) -> Heading:
        name, present = order.removeprefix("-"), self.said("sort")
        direction = ""
        if present.removeprefix("-") == name:
            direction = "descending" if present.startswith("-") else "ascending"
            order = name if present.startswith("-") else f"-{name}"
        return Heading(name, label, f"?{urlencode(self._query(sort=order))}", direction)

    def _query(self, **other: str) -> dict[str, str]:
        """The filters that are not as they are by themselves, with some of them changed."""
        said = {name: self.said(name) for name in self.fields} | other | {"rows": self.rows}
        return {name: value for name, value in said.items() if value}

    def said(self, name: str) -> str:
        """What an address says of this filter: nothing, when it is as it is by itself."""
        value: Any = None if name in self.left_out else self.initial.get(name)
        return "" if value is None or value == getattr(Filters, name) else str(value)


def _stages(asked: int | None) -> list[tuple[int, str]]:
    """The stages in use, in order, and an archived one that is asked for: deals may still stand in it. One query."""
    in_use = Q(is_archived=False, process__is_archived=False)
    stages = Stage.objects.filter(in_use | Q(pk=asked)).select_related("process")
    in_order = sorted(stages, key=lambda stage: (stage.process.place, stage.order, stage.pk))
    return [(stage.pk, stage.name) for stage in in_order]


def _turned_round(query: QueryDict) -> list[tuple[str, Any]]:
    """The order that a column's head asks for when it is chosen again."""
    present = query.get("sort", "")
    other = present.removeprefix("-") if present.startswith("-") else f"-{present}"
    if not other or other not in ORDERS:
        return []
    return [(present, gettext("%(column)s, the other way round") % {"column": ORDERS[other]})]
