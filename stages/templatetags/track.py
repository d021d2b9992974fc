"""`{% track track %}` draws the track of a record, `{% small_track track %}` the one of a line in a list."""

from typing import Any

from django import template

from stages.track import SmallTrack, Track

register = template.Library()


@register.inclusion_tag("stages/_track.html", takes_context=True)
def track(context: Any, track: Track) -> dict[str, Any]:
    """`oob` in the context: the track replaces the one on the page."""
    return {"track": track, "oob": context.get("oob")}


@register.inclusion_tag("stages/_small_track.html")
def small_track(track: SmallTrack) -> dict[str, Any]:
    return {"track": track}
