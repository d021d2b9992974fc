"""`{% track_of opportunity tracks %}` draws the small track of an opportunity in a list."""

from typing import Any

from django import template

from opportunities.models import Opportunity
from opportunities.pipeline.tracks import Tracks

register = template.Library()


@register.inclusion_tag("stages/_small_track.html")
def track_of(opportunity: Opportunity, tracks: Tracks) -> dict[str, Any]:
    return {"track": tracks.of(opportunity)}
