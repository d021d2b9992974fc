"""What pages of accounts, contacts and competitors show of a row."""

from collections.abc import Mapping
from typing import Any

from django import template

from opportunities import access
from opportunities.customer_pages import values
from opportunities.customer_pages.pages import CustomerPages
from opportunities.customers import entered, organisation_numbers, phones
from opportunities.customers.models import Account, Customer

register = template.Library()

phone = register.filter("phone", phones.shown)
phone_address = register.filter("phone_address", phones.address)
country = register.filter("country", values.country_name)


@register.simple_tag
def of_row(figures: Mapping[int, Any], row: Customer) -> Any:
    """`{% of_row figures account as counts %}`: what a list counts of a row; None if it counts nothing."""
    return figures.get(row.pk)


@register.simple_tag
def counted(pages: CustomerPages, number: int) -> str:
    """`12 accounts`."""
    return pages.texts.counted(number)


@register.filter
def label(row: Customer, name: str) -> str:
    return entered.label(type(row), name)


@register.filter
def organisation_number(account: Account) -> str:
    return organisation_numbers.shown(account.organisation_number, account.country)


may_export_person = register.filter("may_export_person", access.may_export_person)
