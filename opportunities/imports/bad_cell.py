"""The refusal of a cell that is no value of its field."""

from typing import Any

from opportunities.imports import sentences


class BadCell(ValueError):
    """The cell is no value of its field. The text is a sentence for the user.

    A `code` of `sentences.TEXTS` has its sentence there, with these `params`, for readers of each language.
    """

    def __init__(self, sentence: str = "", *, code: str = "", **params: Any) -> None:
        super().__init__(sentence or sentences.text(code, params))
        self.code, self.params = code, params
