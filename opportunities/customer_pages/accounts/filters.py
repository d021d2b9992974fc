"""The filter bar of the list of accounts."""

from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import NullIf
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities.customer_pages.accounts import figures
from opportunities.customer_pages.filters import CustomerFilter, CustomerFilterBar, named
from opportunities.customers import organisation_numbers
from opportunities.customers.models import Account
from opportunities.pipeline import owners
from opportunities.pipeline.conditions import ME

NOBODY = "none"


class AccountFilterBar(CustomerFilterBar):
    beside = ("owner", "archived", "parent")


class AccountFilter(CustomerFilter):
    """Finds accounts by name, place and organisation number, too."""

    orders = {
        "name": _("Name"),
        "city": _("City"),
        "owner": _("Owner"),
        "-open": _("Open opportunities"),
        "-won": _("Won revenue"),
    }
    columns = tuple(orders)
    figure_columns = ("open", "won")

    owner = django_filters.ChoiceFilter(label=_("Owner"), method="of_owner", empty_label=_("Everybody"))
    parent = django_filters.ChoiceFilter(label=_("Parent account"), method="below", widget=forms.HiddenInput)

    class Meta:
        form = AccountFilterBar

    def choices(self, query: QueryDict) -> dict[str, list[tuple[Any, Any]]]:
        mine: list[tuple[str, str | Promise]] = [(ME, _("Me")), (NOBODY, _("Nobody"))]
        owner = self.filters["owner"]
        owner.extra["error_messages"] = {"invalid_choice": owners.refused(self.request.user)}
        return {
            **super().choices(query),
            "owner": [*mine, *owners.offered(self.request.user, str(query.get("owner", "")))],
            "parent": named(Account, query, "parent"),
        }

    def condition(self, typed: str) -> Q:
        found, number = super().condition(typed), organisation_numbers.compact(typed)
        return found | Q(organisation_number=number) if number else found

    def of_owner(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == NOBODY:
            return rows.filter(owner=None)
        return rows.filter(owner=self.request.user.pk if value == ME else int(value))

    def below(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(parent=int(value))

    def sorted_by(self, name: str) -> Any:
        match name:
            case "open" | "won":
                return figures.as_column(name, self.request.user)
            case "owner":
                return F("owner__sort_text")
            case "city":
                return NullIf(F("city"), Value(""))
        return super().sorted_by(name)
