"""Says in the timeline that a proposal was presented: “presented the proposal to Marte Lie on 12 Nov 2026”."""

from typing import Any

from django.utils.translation import gettext

from opportunities.models import Presentation

PROPOSAL, FINAL = Presentation.Kind.PROPOSAL.value, Presentation.Kind.FINAL_PROPOSAL.value

SENTENCES = {
    ("file", True): lambda: gettext("presented %(name)s to %(to)s on %(day)s"),
    ("file", False): lambda: gettext("presented %(name)s on %(day)s"),
    (PROPOSAL, True): lambda: gettext("presented the proposal to %(to)s on %(day)s"),
    (PROPOSAL, False): lambda: gettext("presented the proposal on %(day)s"),
    (FINAL, True): lambda: gettext("presented the final proposal to %(to)s on %(day)s"),
    (FINAL, False): lambda: gettext("presented the final proposal on %(day)s"),
}
"""By what was presented: a file, or a proposal without one; and whether the log names those who were there."""


def sentence(logged: dict[str, Any]) -> str:
    """The sentence for the logged values of a new presentation."""
    kind = "file" if logged.get("file") else FINAL if logged.get("kind") == FINAL else PROPOSAL
    return SENTENCES[kind, bool(logged.get("attendees"))]()
