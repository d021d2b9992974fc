"""The labels of the pages in one language. In Norwegian, a label without a translation fails the test."""

from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext

# The terms of docs/process.md.
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
SAME_IN_BOTH = {"Send", "Status"}


class Labels:
    """`labels("Next Stage")` is the label in the language of the page; `%(name)s` is filled in with `name=…`."""

    def __init__(self, language):
        self.language = language

    def __call__(self, english, context="", **values):
        with translation.override(self.language):
            translated = pgettext(context, english) if context else gettext(english)
        if self.language == "nb" and english not in SAME_IN_BOTH:
            assert translated != english, f"no Norwegian for “{english}”"
            assert translated == NORWEGIAN.get(english, translated)
        return translated % values if values else translated

    def rows(self, english, all, **values):
        """A label about `%(all)s rows`, of which English and Norwegian have another form for one."""
        with translation.override(self.language):
            translated = ngettext(english.replace("rows", "row").replace("row are", "row is"), english, all)
        assert self.language == "en" or translated != english, f"no Norwegian for “{english}”"
        return translated % (values | {"all": all})

    def name_of(self, row):
        """The name of a process, stage or step."""
        return getattr(row, f"name_{self.language}")
