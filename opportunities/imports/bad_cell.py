"""The refusal of a cell that is no value of its field."""


class BadCell(ValueError):
    """The cell is no value of its field. The text is a sentence for the user."""
