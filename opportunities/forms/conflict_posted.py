"""What a form posts about an entry that it could not save: which of two values, or the saved one put back.

Two people changed an entry differently. The form then has both values as radio buttons beside the field:

- `choice_NAME` is the radio button: the reader's value, or that of the other person;
- `settled_NAME` is the version whose value the reader has seen, so that it is no conflict any more;
- `typed_NAME` is a digest of what the field contained then. A third value in the field counts more than the button.

`put_back` names an answer that keeps its saved value. The entry in its field is ignored.
"""

import hashlib
from collections.abc import Iterable

from django.http import QueryDict

from opportunities.forms.rendered_for import posted_id

CHOICE, SETTLED, TYPED = "choice_", "settled_", "typed_"
MINE, THEIRS = "mine", "theirs"
PUT_BACK = "put_back"


def settled(data: QueryDict, names: Iterable[str]) -> dict[str, int]:
    """The version that the reader has seen of each answer that was in conflict. Raises BadRequest for a forged one."""
    return {name: posted_id(data, SETTLED + name) for name in names if SETTLED + name in data}


def open_choices(data: QueryDict, names: Iterable[str]) -> set[str]:
    """The answers of which the page shows both values."""
    return {name for name in names if CHOICE + name in data}


def left_as_saved(data: QueryDict, names: Iterable[str]) -> set[str]:
    """The entries whose saved value stays: the other person's was chosen, or the value was put back."""
    return {name for name in names if data.get(PUT_BACK) == name or _is_theirs(data, name)}


def _is_theirs(data: QueryDict, name: str) -> bool:
    return data.get(CHOICE + name) == THEIRS and data.get(TYPED + name) == digest(data, name)


def digest(data: QueryDict, name: str) -> str:
    """Identifies what the field contains. Browsers send line breaks in more than one way."""
    entries = [*data.getlist(name), data.get(f"{name}-find", "")]
    lines = "\n".join("\n".join(str(entry).splitlines()) for entry in entries)
    return hashlib.sha256(lines.encode(errors="surrogatepass")).hexdigest()[:16]
