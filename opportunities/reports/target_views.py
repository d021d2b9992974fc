"""The pages of sales targets: whose there are, and those of one person or unit."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from opportunities import access, editing, formats, targets
from opportunities.forms import fields
from opportunities.http_status import status_of
from opportunities.reports.target_form import COPY, SPLIT, TargetsForm
from opportunities.reports.target_sums import TargetSums
from opportunities.transitions import organisation_date
from opportunities.views.paging import page_of
from opportunities.views.request import allowed_to, posted, see_other
from salesflow.users.models import Unit, User, able_to_own
from salesflow.users.requests import SignedInRequest

FIRST_YEAR, LAST_YEAR = 2000, 2999


@dataclass(frozen=True)
class Year:
    """A fiscal year, by the calendar year in which it begins, and the links to those beside it."""

    number: int

    @property
    def months(self) -> list[datetime.date]:
        return targets.fiscal_year(self.number, first_month=settings.FISCAL_YEAR_FIRST_MONTH)

    @property
    def label(self) -> str:
        months = self.months
        return f"{formats.month(months[0])} – {formats.month(months[-1])}"

    @property
    def query(self) -> str:
        return f"?year={self.number}"

    @property
    def page_query(self) -> str:
        """The query before the number of the page."""
        return f"year={self.number}&"

    @property
    def before(self) -> "Year | None":
        return Year(self.number - 1) if self.number > FIRST_YEAR else None

    @property
    def after(self) -> "Year | None":
        return Year(self.number + 1) if self.number < LAST_YEAR else None


@dataclass(frozen=True)
class Subject:
    """A person or a unit in the list, with the sum of the year; None without a target, own or of others."""

    name: str
    address: str
    is_unit: bool
    amount: Decimal | None
    note: str = ""
    """Whose targets the amount is the sum of, if there is no own one."""


@require_safe
@allowed_to(access.may_set_targets)
def sales_targets(request: SignedInRequest) -> HttpResponse:
    """The units and the people whose targets the manager may set, with those of one year."""
    year = _year(request)
    page = page_of(request, _subjects(request.user))
    context = {"page": page, "rows": _rows(page, year, request.user), "year": year}
    return render(request, "reports/targets.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(access.may_set_targets)
def person_targets(request: SignedInRequest, person: int) -> HttpResponse:
    return _respond(request, get_object_or_404(access.people_whose_targets_may_be_set(request.user), pk=person))


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to(access.may_set_targets)
def unit_targets(request: SignedInRequest, unit: int) -> HttpResponse:
    return _respond(request, get_object_or_404(access.units_whose_targets_may_be_set(request.user), pk=unit))


def _respond(request: SignedInRequest, subject: User | Unit) -> HttpResponse:
    """The form of one year. Split evenly and Copy fill in its fields, Save saves them."""
    year = _year(request)
    form = TargetsForm(posted(request), subject=subject, months=year.months)
    form.refuse_unnamed()
    if form.is_bound and (what := str(form.data.get("what", ""))) in (SPLIT, COPY):
        form.fill(what)
        return _page(request, form, year, 422 if form.errors else 200)
    if form.is_bound and form.is_valid():
        try:
            with editing.written_or_refused(is_new=True):
                given: Any = {"version": form.seen_version or 0, "by": request.user, "at": timezone.now()}
                targets.set_amounts(subject, form.entries, **given)
        except editing.Refused as refusal:
            form.refuse(refusal)
            return _page(request, form, year, status_of(refusal))
        messages.success(request, _("Saved."))
        return see_other(request.path, year.query)
    return _page(request, form, year, 422 if form.errors else 200)


def _page(request: SignedInRequest, form: TargetsForm, year: Year, status: int) -> HttpResponse:
    amounts = list(form.stored.values())
    context = {
        "form": form,
        "subject": form.subject,
        "year": year,
        "total": sum(amounts, Decimal(0)) if amounts else None,
        "last": targets.last_change(form.subject),
    }
    return render(request, "reports/set_targets.html", context, status=status)


def _year(request: SignedInRequest) -> Year:
    """That of the address, or the present one."""
    asked = fields.query_id(request.GET, "year")
    if asked is not None and FIRST_YEAR <= asked <= LAST_YEAR:
        return Year(asked)
    today = organisation_date(timezone.now())
    return Year(targets.fiscal_year_of(today, first_month=settings.FISCAL_YEAR_FIRST_MONTH))


def _subjects(user: User) -> list[tuple[str, int, str]]:
    """The kind, the id and the name of each: units by name, then people by name."""
    units = access.units_whose_targets_may_be_set(user)
    people = able_to_own(access.people_whose_targets_may_be_set(user))
    named = people.only("username", "first_name", "last_name", "sort_text")
    return [
        *(("unit", pk, name) for pk, name in units.values_list("pk", "name")),
        *(("person", person.pk, str(person)) for person in named),
    ]


def _rows(page: Page[Any], year: Year, reader: User) -> list[Subject]:
    """Five queries."""
    sums = TargetSums(year.months, reader)
    people = sums.of_people(User.objects.filter(pk__in=[pk for of, pk, _name in page if of == "person"]))

    def row(kind: str, pk: int, name: str) -> Subject:
        amount, note = _of_unit(sums, pk) if kind == "unit" else _of_person(sums, pk, people.get(pk))
        return Subject(name, f"{reverse(f'{kind}_targets', args=[pk])}{year.query}", kind == "unit", amount, note)

    return [row(*each) for each in page]


def _of_unit(sums: TargetSums, unit: int) -> tuple[Decimal | None, str]:
    found, own = sums.of_unit(unit), sums.own_months(unit)
    if len(found) == own:
        return _total(found), ""
    some = _("In months without a target of its own the sum of its people and teams.")
    return _total(found), some if own else _("The sum of its people and teams.")


def _of_person(sums: TargetSums, person: int, own: Decimal | None) -> tuple[Decimal | None, str]:
    """The own target or, without one, that of the teams that the person leads."""
    led = {} if own is not None else sums.of_lead(person)
    return (_total(led), _("The sum of the teams that this person leads.")) if led else (own, "")


def _total(amounts: Mapping[datetime.date, Decimal]) -> Decimal | None:
    return sum(amounts.values(), Decimal(0)) if amounts else None
