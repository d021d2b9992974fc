"""The keys that the scripts of the pages know: js/keys.js, js/rows_keys.js, js/board.js and js/picker.js."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Key:
    """One or more keys with the same effect."""

    names: tuple[str | Promise, ...]
    does: str | Promise


@dataclass(frozen=True)
class KeyGroup:
    title: str | Promise
    keys: tuple[Key, ...]


GROUPS = (
    KeyGroup(
        _("On every page"),
        (
            Key(("/", "Ctrl+K"), _("Find an opportunity, a customer, a page or an action")),
            Key(("n",), _("New opportunity")),
            Key(("?",), _("Show these keys")),
        ),
    ),
    KeyGroup(
        _("In My day and in the list"),
        (
            Key(("j",), _("Next row")),
            Key(("k",), _("Previous row")),
            Key(("Enter",), _("Open the opportunity")),
            Key(("d",), _("Mark the next step as done, in My day")),
        ),
    ),
    KeyGroup(
        _("On the board"),
        (
            Key(("←", "→", "↑", "↓"), _("Go from card to card")),
            Key(("Enter",), _("Open the opportunity")),
            Key(("m",), _("Open “Move to …”")),
            Key((_("Esc"),), _("Close what is open on the card")),
        ),
    ),
    KeyGroup(
        _("On the page of an opportunity"),
        (
            Key(("j",), _("Next opportunity of the list")),
            Key(("k",), _("Previous opportunity of the list")),
        ),
    ),
    KeyGroup(
        _("In a form"),
        (Key(("Ctrl+Enter",), _("Press the main button: Next Stage, Create, Save")),),
    ),
    KeyGroup(
        _("In a field that finds names"),
        (
            Key(("↓", "↑"), _("Next or previous answer")),
            Key(("Enter",), _("Take the highlighted answer")),
            Key((_("Esc"),), _("Close the answers")),
        ),
    ),
)
