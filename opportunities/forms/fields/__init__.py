"""Form fields for what people type here: money, dates, safe texts, ticks and the ids that pages carry.

All of them keep what was typed when it is refused, and say how to write it.
"""

from opportunities.forms.fields.amounts import MoneyField, MoneyInput
from opportunities.forms.fields.days import DateField, DayInput
from opportunities.forms.fields.ids import LARGEST_ID, IdField, SingleHiddenInput, clean_id, only_value, posted_id
from opportunities.forms.fields.texts import GrowingTextarea, LineField, TextField
from opportunities.forms.fields.ticks import TickField, TickInput
from opportunities.forms.fields.times import TimeField, TimeInput

__all__ = [
    "LARGEST_ID",
    "DateField",
    "DayInput",
    "GrowingTextarea",
    "IdField",
    "LineField",
    "MoneyField",
    "MoneyInput",
    "SingleHiddenInput",
    "TextField",
    "TickField",
    "TickInput",
    "TimeField",
    "TimeInput",
    "clean_id",
    "only_value",
    "posted_id",
]
