"""The filter bar of the list of contacts."""

from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from opportunities.customer_pages.contacts import stakes
from opportunities.customer_pages.filters import CustomerFilter, CustomerFilterBar, named
from opportunities.customers.models import Account


class ContactFilterBar(CustomerFilterBar):
    beside = ("archived", "account")


class ContactFilter(CustomerFilter):
    """Finds contacts by their account and their mail address, too."""

    orders = {"name": _("Name"), "account": _("Account"), "-deals": _("Opportunities")}
    columns = tuple(orders)
    figure_columns = ("deals",)
    searched = ("search_text", "account__search_text")

    account = django_filters.ChoiceFilter(label=_("Account"), method="at", widget=forms.HiddenInput)

    class Meta:
        form = ContactFilterBar

    def choices(self, query: QueryDict) -> dict[str, list[tuple[Any, Any]]]:
        return {**super().choices(query), "account": named(Account, query, "account")}

    def condition(self, typed: str) -> Q:
        found = super().condition(typed)
        return found | Q(email__icontains=typed.strip()) if "@" in typed else found

    def at(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(account=int(value))

    def sorted_by(self, name: str) -> Any:
        match name:
            case "account":
                return F("account__sort_text")
            case "deals":
                return stakes.as_column(self.request.user)
        return super().sorted_by(name)
