"""Rows whose texts people write in both languages: each text has an English and a Norwegian column."""

from django.db import models
from django.utils.translation import get_language

from salesflow import safe_text


class Bilingual(models.Model):
    """A row with `<text>_en` and `<text>_nb` columns; a page shows the reader's and falls back to the other."""

    class Meta:
        abstract = True

    def in_readers_language(self, text: str) -> str:
        return self.in_language(text, readers_language())

    def in_language(self, text: str, language: str) -> str:
        other = "en" if language == "nb" else "nb"
        chosen = str(getattr(self, f"{text}_{language}"))
        return chosen if safe_text.is_seen(chosen) else str(getattr(self, f"{text}_{other}"))


def readers_language() -> str:
    """`nb` for every Norwegian, `en` for everybody else."""
    return "nb" if (get_language() or "").startswith(("nb", "no")) else "en"
