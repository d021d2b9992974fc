"""The cells of a row of opportunities as markup, one function for each.

They are no templates, because fifty rows of templates cost more than the query that finds them.
"""

import datetime
import functools
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from opportunities import formats, money
from opportunities.models import Opportunity
from opportunities.pipeline.lists import readiness
from opportunities.pipeline.tracks import Tracks
from stages.track import SmallTrack

FOCUS = format_html("{}", " data-focus")


@dataclass(frozen=True)
class Drawing:
    """What cells need besides the row."""

    now: datetime.datetime
    today: datetime.date  # of the organisation
    tracks: Tracks
    news: Collection[int] = ()
    """The ids of the opportunities that others changed since the reader last looked."""
    names_account: bool = True
    """Whether the account is under the name, because it has no column of its own."""
    changes: Collection[str] = ()
    """The names of the columns whose cells the reader may change."""
    owner_of: int | None = None
    """Whose opportunities the reader may give away; None for all."""
    focus: str = ""
    """The name of the column that gets the focus, after its cell was changed."""

    def may_change(self, row: Opportunity, name: str) -> bool:
        """Whether the cell has a link to change it. The form says no where a rule of this opportunity does."""
        if name not in self.changes or not row.is_open:
            return False
        return name != "owner" or self.owner_of in (None, row.owner_id)


def link_to_change(row: Opportunity, name: str, label: object, cell: SafeString | str, drawing: Drawing) -> SafeString:
    """The cell as a link to the form that changes it; js/cells.js opens that in the cell."""
    return format_html(
        '<a class="cell" href="{}cell/{}/"{}><span class="visually-hidden">{}: </span>{}</a>',
        row.get_absolute_url(),
        name,
        FOCUS if name == drawing.focus else "",
        gettext("Change %(column)s") % {"column": label},
        cell,
    )


def name(row: Opportunity, drawing: Drawing) -> SafeString:
    return format_html(
        '<a href="{}" data-open{} id="n{}">{}{}</a>{}',
        row.get_absolute_url(),
        FOCUS if drawing.focus == "name" else "",
        row.pk,
        row.name,
        _news_mark(row) if row.pk in drawing.news else "",
        format_html('<span class="sub">{}</span>', account(row, drawing))
        if drawing.names_account and row.account_id
        else "",
    )


def account(row: Opportunity, drawing: Drawing) -> SafeString | str:
    if row.account is None:
        return ""
    return format_html('<a href="{}">{}</a>', row.account.get_absolute_url(), row.account.name)


def contact(row: Opportunity, drawing: Drawing) -> SafeString | str:
    if row.contact is None:
        return ""
    return format_html('<a href="{}">{}</a>', row.contact.get_absolute_url(), row.contact.name)


def stage(row: Opportunity, drawing: Drawing) -> SafeString:
    return format_html(
        "<span>{} {} {}</span>",
        _track(drawing.tracks.of(row)),
        row.active_stage.name,
        readiness.drawn(row),
    )


def close_date(row: Opportunity, drawing: Drawing) -> SafeString | str:
    """When it is expected to close, or when it closed."""
    date = row.estimated_close_date
    if not row.is_open:
        return formats.day(row.closed_on)
    if date is None or date >= drawing.today:
        return formats.day(date)
    return format_html(
        '<span class="is-late"><span class="nowrap">{},</span> {}</span>', formats.day(date), formats.days_past(date)
    )


def next_step(row: Opportunity, drawing: Drawing) -> SafeString | str:
    if not row.next_step:
        return format_html('<span class="muted">{}</span>', gettext("Nothing planned")) if row.is_open else ""
    due: SafeString | str = ""
    if row.next_step_due and row.is_open and row.next_step_due < drawing.today:
        due = format_html('<span class="is-overdue">{}:</span> ', formats.days_late(row.next_step_due))
    elif row.next_step_due:
        due = f"{formats.day(row.next_step_due)}: "
    return format_html("<span>{}{}</span>", due, row.next_step)


def days_in_stage(row: Opportunity, drawing: Drawing) -> SafeString | str:
    if not row.is_open:
        return ""
    days = row.days_in_stage(drawing.now)
    return format_html('<span class="is-late">{}</span>', days) if row.is_over_target(drawing.now) else str(days)


def owner(row: Opportunity, drawing: Drawing) -> SafeString | str:
    return format_html("{} {}", row.owner.shown_name, mark) if (mark := owner_mark(row)) else row.owner.shown_name


def owner_mark(row: Opportunity) -> SafeString | str:
    """Says beside the owner of an open opportunity that this person is disabled. Empty for all others."""
    if not row.has_disabled_owner:
        return ""
    return format_html('<span class="tag is-warn">{}</span>', pgettext("person", "Disabled"))


def rating(row: Opportunity, drawing: Drawing) -> SafeString:
    return format_html('<span class="rating is-{}">{}</span>', row.rating, row.get_rating_display())


def shown(value: object) -> str:
    """A value of a column that has no cell of its own."""
    if value is None:
        return formats.NOTHING
    if isinstance(value, Decimal):
        return money.shown(value)
    if isinstance(value, datetime.date):
        return formats.day(value)
    return str(value)


def _news_mark(row: Opportunity) -> SafeString:
    return render_to_string("news/_mark.html", {"opportunity": row})


@functools.lru_cache(maxsize=4096)
def _track(track: SmallTrack) -> SafeString:
    """Drawn once for each of its states: it has no text, so it is the same for every reader."""
    return render_to_string("stages/_small_track.html", {"track": track})
