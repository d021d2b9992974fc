"""What people type, folded for finding; how long it may be."""

import unicodedata

LINE_LENGTH = 200
TEXT_LENGTH = 4000
LONGEST_FOLDED = 2 * LINE_LENGTH  # what is sought is no longer than what is there

# Letters that Unicode does not decompose, as people type them on a keyboard that lacks them.
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "þ": "th"})

# Marks, control and format characters, lone surrogates: never part of what somebody looks for.
_LEFT_OUT = {"Mn", "Me", "Cc", "Cf", "Cs"}


def folded(text: str) -> str:
    """As columns for searching hold it, and as what is searched for must be: no case, accents or odd spaces.

    The answer is safe as a query on every database, whatever was typed. Of a long text only the beginning counts:
    putting accents in order takes time that grows with the square of their number.
    """
    decomposed = unicodedata.normalize("NFKD", text[:LONGEST_FOLDED].casefold()).casefold().translate(_LETTERS)
    spaced = " ".join(unicodedata.normalize("NFKD", decomposed).split())
    return " ".join("".join(each for each in spaced if unicodedata.category(each) not in _LEFT_OUT).split())
