"""What the pages say, in one language. Under Norwegian a text without a translation fails the test."""

from django.utils import translation
from django.utils.translation import gettext, pgettext

# The terms of the field, as docs/process.md has them.
NORWEGIAN = {
    "Next Stage": "Neste fase",
    "Back": "Tilbake",
    "Finish": "Fullfør",
    "Won": "Vunnet",
    "Lost": "Tapt",
    "Opportunities": "Salgsmuligheter",
    "Account": "Forretningsforbindelse",
    "Contact": "Kontakt",
    "This quarter": "Dette kvartalet",
    "Committee": "Komité",
}
SAME_IN_BOTH = {"Status"}


class Labels:
    """`labels("Next Stage")` is the label in the language of the page; `%(name)s` is filled in with `name=…`."""

    def __init__(self, language):
        self.language = language

    def __call__(self, english, context="", **values):
        with translation.override(self.language):
            said = pgettext(context, english) if context else gettext(english)
        if self.language == "nb" and english not in SAME_IN_BOTH:
            assert said != english, f"no Norwegian for “{english}”"
            assert said == NORWEGIAN.get(english, said)
        return said % values if values else said

    def name_of(self, row):
        """The name of a process, stage or step."""
        return getattr(row, f"name_{self.language}")
