"""What the values of the file mean: stages, statuses, reasons, owners, how days and amounts are written."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opportunities import access, formats
from opportunities.forms.fields import LineField
from opportunities.import_pages import found, step_form
from opportunities.import_pages.meanings import (
    Meaning,
    OwnerMeanings,
    PeopleByName,
    PersonField,
    ProbabilityMeanings,
    ReasonMeanings,
    StageMeanings,
    StatusMeanings,
)
from opportunities.imports import days, fields, making, previewing
from opportunities.imports.mapping import DAY_FIRST, FRACTION, MONTH_FIRST, PERCENT, WORDS, YEAR_FIRST
from opportunities.imports.mapping import Mapping as FileMapping
from opportunities.models import Import, StatusReason
from opportunities.refusals import Refused
from opportunities.views.request import posted, role_required, sent_once
from salesflow.users.requests import SignedInRequest
from stages.models import Stage

MOST_SHOWN = 25
"""Values of one column that are shown: first those without a meaning, then the frequent ones."""

ORDERS = {
    DAY_FIRST: gettext_lazy("Day, month, year"),
    MONTH_FIRST: gettext_lazy("Month, day, year"),
    YEAR_FIRST: gettext_lazy("Year, month, day"),
}
MARKS = [
    ("", gettext_lazy("As each amount shows")),
    (",", gettext_lazy("Comma: 9 350,09")),
    (".", gettext_lazy("Point: 9,350.09")),
]
PROBABILITIES = [
    (PERCENT, gettext_lazy("Percent: 40")),
    (FRACTION, gettext_lazy("Parts of 1: 0.4")),
    (WORDS, gettext_lazy("Words: likely")),
]
TITLES: dict[str, str | Promise] = {
    "stage": gettext_lazy("Stages"),
    "status": gettext_lazy("Statuses"),
    "status_reason": gettext_lazy("Status reasons"),
    "probability": gettext_lazy("Probabilities"),
    "owner": gettext_lazy("Owners"),
}


@dataclass(frozen=True)
class ValueLine:
    """A value of the file, the number of its rows, and the control with its meaning."""

    value: str
    count: int
    control: BoundField


@dataclass(frozen=True)
class ValueGroup:
    """The values of one column. `left` have no place on the page."""

    name: str
    title: str | Promise
    heading: str
    lines: list[ValueLine]
    left: int


class ValuesForm(step_form.ImportStepForm):
    """How the file writes days and amounts, and what its values mean here."""

    date_order = forms.ChoiceField(
        label=gettext_lazy("Days are written as"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how the file writes days.")},
    )
    decimal_mark = forms.ChoiceField(label=gettext_lazy("Decimal mark"), choices=MARKS, required=False)
    currency = LineField(label=gettext_lazy("Currency"), required=False)
    probability = forms.ChoiceField(label=gettext_lazy("Probabilities are"), choices=PROBABILITIES)
    keeps = forms.ChoiceField(
        label=gettext_lazy("Open opportunities get"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one of these.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mapping = making.mapping_of(self.run)
        self.kinds = {field.kind for heading in self.mapping.columns if (field := self.mapping.field_of(heading))}
        self.people = PeopleByName.all()
        self.meanings = self._meanings()
        self._leave_out()
        self._set_general()
        for name, meaning in self.meanings.items():
            self._add_values(name, meaning)

    # Which fields there are

    def _meanings(self) -> dict[str, Meaning]:
        """By the fields whose values need a meaning in this file. At most two queries."""
        sources = self.run.sources
        named = {"stage", "status", "status_reason"} & {*sources}
        stages = _stages() if "stage" in sources else []
        reasons = list(StatusReason.objects.filter(is_archived=False)) if named - {"status"} else []
        made: dict[str, Meaning] = {
            "stage": StageMeanings(stages, reasons),
            "status": StatusMeanings(),
            "status_reason": ReasonMeanings(reasons),
            "owner": OwnerMeanings(self.people),
        }
        if self.mapping.probability == WORDS:
            made["probability"] = ProbabilityMeanings()
        return {name: meaning for name, meaning in made.items() if sources.get(name)}

    def _leave_out(self) -> None:
        has = {
            "date_order": bool(self.kinds & {"date", "moment"}),
            "decimal_mark": "money" in self.kinds,
            "currency": "money" in self.kinds and "currency" not in self.kinds,
            "probability": "percent" in self.kinds,
            "keeps": self.run.noun == Import.Noun.OPPORTUNITIES,
        }
        for name, is_needed in has.items():
            if not is_needed:
                del self.fields[name]

    def _set_general(self) -> None:
        own = ("date_order", "decimal_mark", "probability")
        self.initial.update({name: getattr(self.mapping, name) for name in own})
        self.initial.update(currency=self.mapping.currency or settings.CURRENCY, keeps=self.run.keeps)
        if self.asks_order and not self.run.is_mapped:
            self.initial["date_order"] = None
        for name, choices in (("date_order", self._orders()), ("keeps", self._keeps())):
            field: Any = self.fields.get(name)
            if field is not None:
                field.choices = choices
        if "owner" in fields.of(self.run.noun):
            owner = PersonField(people=self.people, label=_("Owner of the others"))
            owner.error_messages["required"] = _("Write who owns the rows that name nobody here.")
            self.fields["default_owner"] = owner
            present = self.mapping.default_owner
            self.initial["default_owner"] = self.people.name_of(self.run.by_id if present is None else present)

    def _orders(self) -> list[tuple[str, str]]:
        return [(order, _with_examples(order, str(label), self.examples)) for order, label in ORDERS.items()]

    def _keeps(self) -> list[tuple[str, str | Promise]]:
        """What the person may choose for open opportunities."""
        other = Import.Keeps.MAPPED if access.may_keep_stages(self.run.by) else Import.Keeps.ASKED
        return [(each.value, each.label) for each in (other, Import.Keeps.EARLIEST)]

    def _add_values(self, name: str, meaning: Meaning) -> None:
        for value in self._shown(name, meaning):
            field = meaning.field()
            field.label = value
            self.add_to_table(self._name_of(name, value), field, meaning.initial(self.mapping, value))

    def _shown(self, name: str, meaning: Meaning) -> list[str]:
        values = self.run.sources[name]
        return sorted(values, key=lambda value: meaning.initial(self.mapping, value) not in ("", None))[:MOST_SHOWN]

    def _name_of(self, name: str, value: str) -> str:
        return f"{name}-{list(self.run.sources[name]).index(value)}"

    # What was chosen

    def clean_currency(self) -> str:
        """The organisation's currency: nothing is converted."""
        typed = str(self.cleaned_data["currency"]).upper()
        if typed and typed != settings.CURRENCY:
            said = _("Amounts here are in %(own)s. Convert those of the file, and upload it again.")
            raise ValidationError(said % {"own": settings.CURRENCY})
        return typed

    @property
    def chosen(self) -> FileMapping:
        """The mapping with what was posted. Values that are not on the page keep their meaning."""
        general = ("date_order", "decimal_mark", "currency", "probability", "default_owner")
        changed = {name: self.cleaned_data[name] for name in general if name in self.fields}
        for name, meaning in self.meanings.items():
            changed |= self._merged(meaning, self._posted(name))
        return dataclasses.replace(self.mapping, **changed)

    @property
    def asks_for_words(self) -> bool:
        """Whether probabilities are words since now, so that the page has to ask what each means."""
        return self.cleaned_data.get("probability") == WORDS != self.mapping.probability

    def _posted(self, name: str) -> dict[str, Any]:
        shown = self._shown(name, self.meanings[name])
        return {value: self.cleaned_data[self._name_of(name, value)] for value in shown}

    def _merged(self, meaning: Meaning, posted: Mapping[str, Any]) -> dict[str, Any]:
        filled = {value: each for value, each in posted.items() if each not in ("", None)}
        [(column, entries)] = meaning.entries(filled).items()
        kept = {value: each for value, each in getattr(self.mapping, column).items() if value not in posted}
        return {column: kept | entries}

    # What is shown

    @property
    def groups(self) -> list[ValueGroup]:
        return [self._group(name, meaning) for name, meaning in self.meanings.items()]

    def _group(self, name: str, meaning: Meaning) -> ValueGroup:
        counts, shown = self.run.sources[name], self._shown(name, meaning)
        lines = [ValueLine(value, counts[value], self[self._name_of(name, value)]) for value in shown]
        return ValueGroup(name, TITLES[name], self.mapping.heading_of(name), lines, len(counts) - len(shown))

    @property
    def offered(self) -> list[str]:
        """The names of people, if the page asks for one."""
        return self.people.offered if "owner" in self.meanings or "default_owner" in self.fields else []

    @property
    def whole(self) -> list[BoundField]:
        """The controls about each row of the file."""
        return [self[name] for name in ("default_owner", "keeps") if name in self.fields]

    @property
    def examples(self) -> list[str]:
        """Days that are another one in another order; without those that are none in any order."""
        return [text for text in self.run.day_examples if any(_day(text, order) for order in ORDERS)]

    @property
    def asks_order(self) -> bool:
        return bool(self.examples) and "date_order" in self.fields

    @property
    def general(self) -> list[BoundField]:
        """The controls about the whole file."""
        names = ("date_order", "decimal_mark", "currency", "probability")
        return [self[name] for name in names if name in self.fields]


def _stages() -> list[Stage]:
    in_use = Stage.objects.filter(is_archived=False, process__is_archived=False).select_related("process")
    return sorted(in_use.order_by("process_id", "order", "pk"), key=lambda stage: stage.process.place)


def _with_examples(order: str, label: str, examples: Sequence[str]) -> str:
    """`Day, month, year: 1/08/26 is 1 Aug 2026`, with what cannot be read in this order."""
    said = [_as_read(text, order) for text in examples]
    return f"{label}: {', '.join(said)}" if said else label


def _as_read(text: str, order: str) -> str:
    day = _day(text, order)
    if day is None:
        return _("%(text)s is no day") % {"text": text}
    return _("%(text)s is %(day)s") % {"text": text, "day": formats.day(day)}


def _day(text: str, order: str) -> days.Day | None:
    try:
        return days.read(text, order)
    except days.NotADay:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def import_values(request: SignedInRequest, run: int) -> HttpResponse:
    """What the values mean. The button leads to the preview."""
    own = found.own_import(request, run)
    if own.is_started:
        return redirect(found.address(own))
    form = ValuesForm(posted(request), run=own)

    def write(form: ValuesForm) -> str:
        at = timezone.now()
        making.explain(own, mapping=form.chosen, keeps=form.cleaned_data.get("keeps", own.keeps), at=at)
        if form.asks_for_words:
            return reverse("import_values", args=[own.pk])
        previewing.count(own, clock=timezone.now)
        return reverse("import_preview", args=[own.pk])

    def page(form: ValuesForm, why: Refused | None, status: int) -> HttpResponse:
        context = {"run": own, "form": form, "steps": found.steps(own, "import_values"), "refusal": why}
        return render(request, "imports/import_values.html", context, status=status)

    return step_form.respond(request, form, write, page, lambda: ValuesForm(run=own))
