"""`{% track_of opportunity tracks %}` draws the small track of an opportunity, `{% readiness … %}` says it in words.

`{% owner_mark opportunity %}` says that its owner is disabled.
"""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from opportunities.models import Opportunity
from opportunities.pipeline.lists import cells
from opportunities.pipeline.lists import readiness as words
from opportunities.pipeline.tracks import Tracks

register = template.Library()


@register.inclusion_tag("stages/_small_track.html")
def track_of(opportunity: Opportunity, tracks: Tracks) -> dict[str, Any]:
    return {"track": tracks.of(opportunity)}


@register.simple_tag
def readiness(opportunity: Opportunity) -> SafeString:
    return words.drawn(opportunity)


@register.simple_tag
def owner_mark(opportunity: Opportunity) -> SafeString | str:
    return cells.owner_mark(opportunity)
