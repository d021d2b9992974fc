"""Says in the timeline that an opportunity was created as a copy of another one."""

from django.utils.translation import gettext

from opportunities.models import Event, SourceKind

SENTENCES = {
    (SourceKind.COPY, True): lambda: gettext("created it in %(to)s, copied from %(name)s"),
    (SourceKind.COPY, False): lambda: gettext("created it in %(to)s, copied from another opportunity"),
    (SourceKind.RENEWAL, True): lambda: gettext("created it in %(to)s as the renewal of %(name)s"),
    (SourceKind.RENEWAL, False): lambda: gettext("created it in %(to)s as the renewal of another opportunity"),
}
"""By the kind of the copy, and whether the reader may see the name of the other opportunity."""


def source_name(event: Event) -> str:
    """The name of the opportunity that this one was copied from; empty if the reader may not see it."""
    return getattr(event, "source_name", "")


def sentence(event: Event) -> str:
    """The sentence of the creation of a copy; empty for any other event."""
    kinds = [change["new"] for change in event.changes if change["field"] == "source_kind"]
    return SENTENCES[SourceKind(kinds[0]), bool(source_name(event))]() if kinds else ""
