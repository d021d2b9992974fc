"""What people type, folded for finding; how long it may be."""

from salesflow import folding

LINE_LENGTH = 200
TEXT_LENGTH = 4000
LONGEST_FOLDED = 2 * LINE_LENGTH  # what is sought is no longer than what is there

# Letters as people type them on a keyboard that lacks them.
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", **folding.LETTERS})


def folded(text: str) -> str:
    """As columns for searching hold it, and as what is searched for must be: no case, accents or odd spaces.

    The answer is safe as a query on every database, whatever was typed. Of a long text only the beginning counts:
    putting accents in order takes time that grows with the square of their number.
    """
    letters = folding.decomposed(text[:LONGEST_FOLDED]).translate(_LETTERS)
    return folding.without_marks(letters)
