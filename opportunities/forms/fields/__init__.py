"""Form fields for money, dates, texts, addresses, ticks, files and hidden ids.

A refused field shows what was typed, and its error says how to write it.
"""

from opportunities.forms.fields.addresses import MailField, PhoneField, WebsiteField
from opportunities.forms.fields.days import DateField, DayInput
from opportunities.forms.fields.files import FilesField, FilesInput
from opportunities.forms.fields.ids import (
    LARGEST_ID,
    IdField,
    SingleHiddenInput,
    clean_id,
    clean_ids,
    only_value,
    query_id,
)
from opportunities.forms.fields.money import MoneyField, MoneyInput
from opportunities.forms.fields.texts import GrowingTextarea, LineField, TextField
from opportunities.forms.fields.ticks import OnOffField, StepTick, TickField, TickInput
from opportunities.forms.fields.times import TimeField, TimeInput

__all__ = [
    "LARGEST_ID",
    "DateField",
    "DayInput",
    "FilesField",
    "FilesInput",
    "GrowingTextarea",
    "IdField",
    "LineField",
    "MailField",
    "MoneyField",
    "MoneyInput",
    "OnOffField",
    "PhoneField",
    "SingleHiddenInput",
    "StepTick",
    "TextField",
    "TickField",
    "TickInput",
    "TimeField",
    "TimeInput",
    "WebsiteField",
    "clean_id",
    "clean_ids",
    "only_value",
    "query_id",
]
