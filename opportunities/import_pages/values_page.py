"""What the values of the file mean: stages, statuses, reasons, owners, how days and amounts are written."""

import dataclasses
from collections.abc import Mapping
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

from opportunities import access
from opportunities.forms.fields import LineField
from opportunities.import_pages import found, step_form, writing_choices
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
from opportunities.import_pages.value_lines import ValueGroup, ValuePages
from opportunities.imports import fields, guesses, making, previewing
from opportunities.imports.mapping import WORDS
from opportunities.imports.mapping import Mapping as FileMapping
from opportunities.models import Import, StatusReason
from opportunities.refusals import Refused
from opportunities.views.request import posted, role_required, sent_once
from salesflow.users.requests import SignedInRequest
from stages.models import Stage

NEXT = "next"
"""What a button of the form does: it leads to the next values."""


class ValuesForm(step_form.ImportStepForm):
    """How the file writes days and amounts, and what its values mean here."""

    date_order = forms.ChoiceField(
        label=gettext_lazy("Days are written as"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how the file writes days.")},
    )
    decimal_mark = forms.ChoiceField(label=gettext_lazy("Decimal mark"), choices=writing_choices.MARKS, required=False)
    currency = LineField(label=gettext_lazy("Currency"), required=False)
    probability = forms.ChoiceField(label=gettext_lazy("Probabilities are"), choices=writing_choices.PROBABILITIES)
    keeps = forms.ChoiceField(
        label=gettext_lazy("Open opportunities get"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one of these.")},
    )

    def __init__(self, *args: Any, number: str | int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mapping = making.mapping_of(self.run)
        self.kinds = {field.kind for heading in self.mapping.columns if (field := self.mapping.field_of(heading))}
        self.people = PeopleByName.all()
        self.meanings = self._meanings()
        self._leave_out()
        self._set_general()
        self.values = ValuePages(self.run.sources, self.meanings, self.mapping, number)
        for name, value in self.values.shown:
            self._add_value(name, value)

    # Which fields there are

    def _meanings(self) -> dict[str, Meaning]:
        """By the fields whose values need a meaning in this file. At most two queries."""
        sources = self.run.sources
        named = {"stage", "status", "status_reason"} & {*sources}
        stages = _stages() if "stage" in sources else []
        reasons = list(StatusReason.objects.filter(is_archived=False)) if named - {"status"} else []
        made: dict[str, Meaning] = {
            "stage": StageMeanings(stages, reasons, has_reasons=bool(self.mapping.heading_of("status_reason"))),
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
        for name, choices in (("date_order", writing_choices.orders(self.examples)), ("keeps", self._keeps())):
            field: Any = self.fields.get(name)
            if field is not None:
                field.choices = choices
        if "owner" in fields.of(self.run.noun):
            owner = PersonField(people=self.people, label=_("Owner where the file names none who is known here"))
            owner.error_messages["required"] = _("Write who owns these rows.")
            self.fields["default_owner"] = owner
            present = self.mapping.default_owner
            self.initial["default_owner"] = self.people.name_of(self.run.by_id if present is None else present)

    def _keeps(self) -> list[tuple[str, str | Promise]]:
        """What the person may choose for open opportunities."""
        other = Import.Keeps.MAPPED if access.may_keep_stages(self.run.by) else Import.Keeps.ASKED
        return [(each.value, each.label) for each in (other, Import.Keeps.EARLIEST)]

    def _add_value(self, name: str, value: str) -> None:
        meaning = self.meanings[name]
        field = meaning.field()
        field.label = value
        self.add_to_table(self._name_of(name, value), field, meaning.initial(self.mapping, value))

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
        for name in self.meanings:
            changed |= self._merged(name, self._posted(name))
        return dataclasses.replace(self.mapping, **changed)

    @property
    def asks_for_words(self) -> bool:
        """Whether probabilities are words since now, so that the page has to ask what each means."""
        return self.cleaned_data.get("probability") == WORDS != self.mapping.probability

    def _posted(self, name: str) -> dict[str, Any]:
        return {value: self.cleaned_data[self._name_of(name, value)] for value in self.values.values_of(name)}

    def _merged(self, name: str, posted: Mapping[str, Any]) -> dict[str, Any]:
        """The column of the mapping with what was posted. A meaning that is gone since is left out."""
        filled = {value: each for value, each in posted.items() if each not in ("", None)}
        [(column, entries)] = self.meanings[name].entries(filled).items()
        others = {value: each for value, each in getattr(self.mapping, column).items() if value not in posted}
        return {
            column: {value: each for value, each in others.items() if self.values.has_meaning(name, value)} | entries
        }

    # What is shown

    @property
    def groups(self) -> list[ValueGroup]:
        """The columns with values on this page."""
        controls = {(name, value): self[self._name_of(name, value)] for name, value in self.values.shown}
        found = (self.values.group(name, controls) for name in self.meanings)
        return [group for group in found if group.lines]

    @property
    def statuses_name_stages(self) -> bool:
        """Whether the column of the status looks like one of stages, and no other column has the stage."""
        return "stage" not in self.run.sources and any(map(guesses.names_stage, self.run.sources.get("status", ())))

    @property
    def has_no_stages(self) -> bool:
        """Whether neither file says in which stage the opportunities are."""
        is_of_opportunities = self.run.noun == Import.Noun.OPPORTUNITIES
        return is_of_opportunities and not self.mapping.heading_of("stage") and not self.run.history_name

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
        """Days that are another one in another order."""
        return writing_choices.days_in_doubt(self.run.day_examples)

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


@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def import_values(request: SignedInRequest, run: int) -> HttpResponse:
    """What the values mean, `?page=` of a file with many. One button leads to the preview, one to the next values."""
    own = found.own_import(request, run)
    if own.is_started:
        return redirect(found.address(own))
    given: dict[str, Any] = {"run": own, "number": request.GET.get("page")}
    form = ValuesForm(posted(request), **given)

    def write(form: ValuesForm) -> str:
        at, page = timezone.now(), form.values.page
        making.explain(own, mapping=form.chosen, keeps=form.cleaned_data.get("keeps", own.keeps), at=at)
        if form.asks_for_words:
            return request.path
        if request.POST.get("what") == NEXT and page.has_next():
            return f"{request.path}?page={page.next_page_number()}"
        previewing.count(own, clock=timezone.now)
        return reverse("import_preview", args=[own.pk])

    def page(form: ValuesForm, why: Refused | None, status: int) -> HttpResponse:
        context = {"run": own, "form": form, "steps": found.steps(own, "import_values"), "refusal": why}
        return render(request, "imports/import_values.html", context, status=status)

    return step_form.respond(request, form, write, page, lambda: ValuesForm(**given))
