"""Texts of CSV files that no spreadsheet runs as a formula: written with an apostrophe, and read without it."""

import re

RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With these a spreadsheet takes the text of a CSV file for a formula."""

_BEGINNING = re.compile(r"(?='*[=+\-@\t\r\n])")
_AFTER_A_SEPARATOR = re.compile(r"([;,\t\r\n])(?='*[=+\-@])")
"""A spreadsheet with another separator than that of the file begins a cell in the middle of a text."""
_WRITTEN_BEGINNING = re.compile(r"'(?='*[=+\-@\t\r\n])")
_WRITTEN_AFTER = re.compile(r"([;,\t\r\n])'(?='*[=+\-@])")


def safe_text(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet would run what follows as a formula.

    Where there is one already it gets another, so that `undone` gives the same text again.
    """
    safe = _AFTER_A_SEPARATOR.sub(r"\1'", text)
    return f"'{safe}" if _BEGINNING.match(text) else safe


def undone(text: str) -> str:
    """The text of which `safe_text` made this one."""
    if "'" not in text:
        return text
    bare = text[1:] if _WRITTEN_BEGINNING.match(text) else text
    return _WRITTEN_AFTER.sub(r"\1", bare)
