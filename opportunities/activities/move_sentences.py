"""The sentences of moves and of waivers in the timeline, without the person."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext

from opportunities.editing import answers
from opportunities.models import Event
from opportunities.models.event import WaiverChange

Kind = Event.Kind

MOVES: Mapping[Kind, Callable[[], str]] = {
    Kind.STARTED: lambda: gettext("created it in %(to)s"),
    Kind.ADVANCED: lambda: gettext("moved it from %(from)s to %(to)s"),
    Kind.JUMPED: lambda: gettext("moved it ahead from %(from)s to %(to)s"),
    Kind.WENT_BACK: lambda: gettext("went back from %(from)s to %(to)s"),
    Kind.FINISHED: lambda: gettext("finished the process"),
    Kind.WON: lambda: gettext("closed it as won"),
    Kind.LOST: lambda: gettext("closed it as lost from %(from)s"),
    Kind.REOPENED: lambda: gettext("reopened it in %(to)s"),
    Kind.HELD: lambda: gettext("put it on hold"),
    Kind.RESUMED: lambda: gettext("resumed it"),
    Kind.ASKED: lambda: gettext("asked a manager to close it as lost"),
    Kind.DECLINED: lambda: gettext("declined to close it"),
    Kind.TOOK_BACK: lambda: gettext("took back the request to close it"),
    Kind.ERASED: lambda: gettext("erased the data of a person"),
    Kind.IMPORTED: lambda: gettext("imported it"),
}
"""The sentence of each kind of event that is more than an edit. Of a waiver, its steps are the sentences."""

IMPORTED: Mapping[Kind, Callable[[], str]] = {
    Kind.STARTED: lambda: gettext("imported that it was created in %(to)s"),
    Kind.EDITED: lambda: gettext("imported an earlier change"),
    Kind.ADVANCED: lambda: gettext("imported that it moved from %(from)s to %(to)s"),
    Kind.JUMPED: lambda: gettext("imported that it moved ahead from %(from)s to %(to)s"),
    Kind.WENT_BACK: lambda: gettext("imported that it went back from %(from)s to %(to)s"),
    Kind.WON: lambda: gettext("imported that it was closed as won"),
    Kind.LOST: lambda: gettext("imported that it was closed as lost from %(from)s"),
}
"""The sentence of each kind of event that an import wrote with the moment of its file."""

MERGES: Mapping[Kind, Mapping[str, Callable[[], str]]] = {
    Kind.MERGED: {
        "account": lambda: gettext("merged the account %(name)s into %(to)s"),
        "contact": lambda: gettext("merged the contact %(name)s into %(to)s"),
        "competitor": lambda: gettext("merged the competitor %(name)s into %(to)s"),
    },
    Kind.UNMERGED: {
        "account": lambda: gettext("undid the merge of the account %(name)s into %(to)s"),
        "contact": lambda: gettext("undid the merge of the contact %(name)s into %(to)s"),
        "competitor": lambda: gettext("undid the merge of the competitor %(name)s into %(to)s"),
    },
}
"""The sentence of a merge, and of one that was undone, by the noun. It implies every change of its event."""

AFTER_DAYS: Mapping[Kind, Callable[[], str]] = {
    Kind.ADVANCED: lambda: gettext("moved it to %(to)s after %(days)s in %(from)s"),
    Kind.JUMPED: lambda: gettext("moved it ahead to %(to)s after %(days)s in %(from)s"),
    Kind.WENT_BACK: lambda: gettext("went back to %(to)s after %(days)s in %(from)s"),
}

MOVES_IN_SHORT: Mapping[Kind, Callable[[], str]] = {
    Kind.ADVANCED: lambda: gettext("moved it to %(to)s"),
    Kind.JUMPED: lambda: gettext("moved it ahead to %(to)s"),
    Kind.WENT_BACK: lambda: gettext("went back to %(to)s"),
}
"""The moves between stages, without the stage before."""

IMPLIED_BY_MOVES = {"status", "status_reason", "closed_on", "forecast_category", "rating", *answers.SOURCE}
"""The fields that the phrase of a move, or of the creation, implies."""

ABOUT_WAIVERS = {Kind.WAIVED, Kind.ASKED_WAIVER, Kind.TOOK_BACK_WAIVER, Kind.DECLINED_WAIVER, Kind.WITHDREW_WAIVER}

WAIVER_CHANGES: Mapping[WaiverChange, Callable[[], str]] = {
    WaiverChange.ASKED: lambda: gettext("asked a manager to waive the step %(steps)s"),
    WaiverChange.DECLINED: lambda: gettext("declined to waive the step %(steps)s"),
    WaiverChange.TAKEN_BACK: lambda: gettext("took back the request to waive the step %(steps)s"),
    WaiverChange.NOT_NEEDED: lambda: gettext("ended the request to waive the step %(steps)s"),
    WaiverChange.WITHDRAWN: lambda: gettext("withdrew the waiver of the step %(steps)s"),
}
