"""The form that copies or renews an opportunity."""

import datetime
import re
from typing import Any, cast

from crispy_forms.layout import Layout
from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities import display, formats
from opportunities.forms import fields
from opportunities.forms.base import EditingForm
from opportunities.models import Attachment, Opportunity, SourceKind
from opportunities.transitions import CopyPart, close_date_of_renewal
from salesflow import folding

COPY = "copy"
MONTHS = (3, 6, 12, 24)
USUAL = 12

TAKEN_AT_FIRST = (CopyPart.STAKEHOLDERS, CopyPart.COMPETITORS, CopyPart.CUSTOMER_NEED)
COUNTED = {
    CopyPart.STAKEHOLDERS: "stakeholder_count",
    CopyPart.COMPETITORS: "competitor_count",
    CopyPart.FILES: "file_count",
    CopyPart.TEAM: "team_count",
}
LABELS: dict[CopyPart, str | Promise] = {
    CopyPart.STAKEHOLDERS: _("Stakeholders (%(count)s)"),
    CopyPart.COMPETITORS: _("Competitors (%(count)s)"),
    CopyPart.CUSTOMER_NEED: _("Customer need"),
    CopyPart.FILES: _("Files (%(count)s), the last version of each"),
    CopyPart.TEAM: _("Sales team (%(count)s). Its members will see the new opportunity."),
}

_YEAR_OF_RENEWAL = re.compile(r" – \w+ [0-9]{4}$")
"""What the name of a renewal ends with, in both languages."""


class PartsField(forms.TypedMultipleChoiceField):
    """Boxes for what there is to take along. A part that is gone since is no error: the version says that it is."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value: Any) -> bool:
        return value in list(CopyPart)


class CopyForm(EditingForm):
    """The name and the revenue of the new opportunity, whether it is a renewal, and what it takes along from `record`.

    It carries the version of `record` because its page lists what there is to take along.
    """

    creates = True
    record: Opportunity

    name = fields.LineField(error_messages={"required": _("Give the opportunity a name.")})
    kind = forms.ChoiceField(
        label=_("Copy or renewal"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose one of the options listed."),
            "invalid_choice": _("Choose one of the options listed."),
        },
    )
    estimated_revenue = fields.MoneyField(required=False)
    take = PartsField(
        label=_("Take along"),
        required=False,
        coerce=CopyPart,
        empty_value=[],
        error_messages={
            "invalid_choice": _("Choose one of the options listed."),
            "invalid_list": _("Choose one of the options listed."),
        },
    )

    def __init__(
        self, *args: Any, record: Opportunity, at: datetime.datetime, is_renewal: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, record=record, **kwargs)
        for name in ("name", "estimated_revenue"):
            self.fields[name].label = display.label(name)
        days = self.days = {months: close_date_of_renewal(record, months, at) for months in MONTHS}
        parts = [part for part in CopyPart if _has(part, record)]
        self._set_choices(days, parts)
        self.initial.update(
            name=suggested_name(record, days[USUAL].year if is_renewal else None),
            kind=str(USUAL) if is_renewal else COPY,
            estimated_revenue=record.actual_revenue if record.is_won else record.estimated_revenue,
            take=[part.value for part in TAKEN_AT_FIRST if part in parts],
        )
        self.focus_first()
        offered = ["take"] if parts else []
        self.helper.layout = Layout("version", "token", "name", "kind", "estimated_revenue", *offered)

    def _set_choices(self, days: dict[int, datetime.date], parts: list[CopyPart]) -> None:
        renewals = [(str(months), _renewal_label(months, day)) for months, day in days.items()]
        cast(Any, self.fields["kind"]).choices = [(COPY, gettext("A copy, without a close date")), *renewals]
        cast(Any, self.fields["take"]).choices = [(part.value, _part_label(part, self.record)) for part in parts]

    @property
    def taken_files(self) -> list[Attachment]:
        """The files to take along. One query, if they were chosen."""
        if CopyPart.FILES not in self.cleaned_data["take"]:
            return []
        return list(self.record.attachments.latest_versions().order_by("pk"))

    @property
    def entries(self) -> dict[str, Any]:
        """The arguments for `transitions.copy`."""
        given = self.cleaned_data
        return {
            "name": self._name(given["name"], given["kind"]),
            "estimated_revenue": given["estimated_revenue"],
            "take": given["take"],
            "renewed_after": None if given["kind"] == COPY else int(given["kind"]),
            "version": given["version"],
        }

    def _name(self, name: str, kind: str) -> str:
        """The name. If it is still a suggested one, it is the one for this kind: of a copy, or of a renewal."""
        of_kind = {COPY: suggested_name(self.record, None)}
        of_kind |= {str(months): suggested_name(self.record, day.year) for months, day in self.days.items()}
        return of_kind[kind] if name in of_kind.values() else name

    def for_version(self, version: int) -> QueryDict:
        """What was posted, with another version, for a page that says what has changed."""
        data = cast(QueryDict, self.data).copy()
        data["version"] = str(version)
        return data


def suggested_name(record: Opportunity, year: int | None) -> str:
    """`Fleet – renewal 2027`, or `Fleet (copy)` without a year. Cuts a name that is too long."""
    name = record.name
    if year and record.source_kind == SourceKind.RENEWAL:
        name = _YEAR_OF_RENEWAL.sub("", name)
    sentence = gettext("%(name)s – renewal %(year)s") if year else gettext("%(name)s (copy)")
    suggested = sentence % {"name": name, "year": year}
    if (excess := len(suggested) - folding.LINE_LENGTH) > 0:
        suggested = sentence % {"name": f"{name[: -excess - 1].rstrip()}…", "year": year}
    return suggested


def _renewal_label(months: int, day: datetime.date) -> str:
    sentence = gettext("A renewal after %(months)s months, closes %(day)s")
    return sentence % {"months": months, "day": formats.day(day)}


def _part_label(part: CopyPart, record: Opportunity) -> str:
    label = str(LABELS[part])
    return label % {"count": getattr(record, COUNTED[part])} if part in COUNTED else label


def _has(part: CopyPart, record: Opportunity) -> bool:
    return bool(getattr(record, COUNTED.get(part, "customer_need")))
