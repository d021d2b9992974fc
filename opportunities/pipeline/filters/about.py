"""What the conditions of a filter depend on, besides its value."""

import datetime
from dataclasses import dataclass, field

from opportunities.pipeline.conditions import Reasons
from opportunities.pipeline.tracks import Tracks
from salesflow.users.models import User


@dataclass(frozen=True)
class About:
    reader: User
    today: datetime.date  # of the organisation
    tracks: Tracks = field(default_factory=Tracks)

    @property
    def reasons(self) -> Reasons:
        return Reasons(self.today, self.tracks.targets)
