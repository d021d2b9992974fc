"""Rows whose texts are written in both languages: each text has an English and a Norwegian column."""

from django.db import models
from django.utils.translation import get_language

from salesflow import safe_text


class Bilingual(models.Model):
    """A row with columns `name_en` and `name_nb`, and such a pair for each of its other texts.

    A page shows the text in the reader's language, or the other one if that is empty.
    """

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.in_readers_language("name")

    def in_readers_language(self, text: str) -> str:
        return self.in_language(text, readers_language())

    def in_language(self, text: str, language: str) -> str:
        other = "en" if language == "nb" else "nb"
        chosen = str(getattr(self, f"{text}_{language}"))
        return chosen if safe_text.is_seen(chosen) else str(getattr(self, f"{text}_{other}"))


def readers_language() -> str:
    """`nb` for each variant of Norwegian, `en` for every other language."""
    return "nb" if (get_language() or "").startswith(("nb", "no")) else "en"
