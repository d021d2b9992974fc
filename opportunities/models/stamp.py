import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salesflow.users.models import User


@dataclass(frozen=True)
class Stamp:
    """Who writes, and when."""

    by: "User"
    at: datetime.datetime
