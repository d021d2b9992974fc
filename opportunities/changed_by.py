"""Says in one sentence who changed an opportunity since a page was rendered."""

from django.apps import apps
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opportunities.models import Event
from salesflow.users.models import User

Kind = Event.Kind

MOVED = _("%(person)s moved it to %(stage)s %(ago)s.")
YOU_MOVED = _("You moved it to %(stage)s in another window %(ago)s.")

BY_ANOTHER: dict[str, Promise | str] = {
    Kind.STARTED: _("%(person)s created it %(ago)s."),
    Kind.EDITED: _("%(person)s edited it %(ago)s."),
    Kind.ADVANCED: MOVED,
    Kind.JUMPED: MOVED,
    Kind.WENT_BACK: MOVED,
    Kind.FINISHED: _("%(person)s finished the process %(ago)s."),
    Kind.WON: _("%(person)s closed it as won %(ago)s."),
    Kind.LOST: _("%(person)s closed it as lost %(ago)s."),
    Kind.REOPENED: _("%(person)s reopened it %(ago)s."),
    Kind.HELD: _("%(person)s put it on hold %(ago)s."),
    Kind.RESUMED: _("%(person)s resumed it %(ago)s."),
    Kind.WAIVED: _("%(person)s waived a step %(ago)s."),
    Kind.ASKED: _("%(person)s asked a manager to close it %(ago)s."),
    Kind.DECLINED: _("%(person)s declined to close it %(ago)s."),
    Kind.TOOK_BACK: _("%(person)s took back the request to close it %(ago)s."),
    Kind.ASKED_WAIVER: _("%(person)s asked a manager to waive a step %(ago)s."),
    Kind.TOOK_BACK_WAIVER: _("%(person)s took back the request to waive a step %(ago)s."),
    Kind.DECLINED_WAIVER: _("%(person)s declined to waive a step %(ago)s."),
    Kind.WITHDREW_WAIVER: _("%(person)s withdrew a waiver %(ago)s."),
    Kind.MERGED: _("%(person)s merged two %(things)s %(ago)s."),
    Kind.UNMERGED: _("%(person)s undid a merge of two %(things)s %(ago)s."),
    Kind.ERASED: _("%(person)s erased the data of a person %(ago)s."),
    Kind.CONVERTED: _("%(person)s edited it %(ago)s."),
    Kind.IMPORTED: _("%(person)s imported it %(ago)s."),
}
"""The sentence for each kind of event that another person made."""

BY_READER: dict[str, Promise | str] = {
    Kind.STARTED: _("You created it in another window %(ago)s."),
    Kind.EDITED: _("You edited it in another window %(ago)s."),
    Kind.ADVANCED: YOU_MOVED,
    Kind.JUMPED: YOU_MOVED,
    Kind.WENT_BACK: YOU_MOVED,
    Kind.FINISHED: _("You finished the process in another window %(ago)s."),
    Kind.WON: _("You closed it as won in another window %(ago)s."),
    Kind.LOST: _("You closed it as lost in another window %(ago)s."),
    Kind.REOPENED: _("You reopened it in another window %(ago)s."),
    Kind.HELD: _("You put it on hold in another window %(ago)s."),
    Kind.RESUMED: _("You resumed it in another window %(ago)s."),
    Kind.WAIVED: _("You waived a step in another window %(ago)s."),
    Kind.ASKED: _("You asked a manager to close it in another window %(ago)s."),
    Kind.DECLINED: _("You declined to close it in another window %(ago)s."),
    Kind.TOOK_BACK: _("You took back the request to close it in another window %(ago)s."),
    Kind.ASKED_WAIVER: _("You asked a manager to waive a step in another window %(ago)s."),
    Kind.TOOK_BACK_WAIVER: _("You took back the request to waive a step in another window %(ago)s."),
    Kind.DECLINED_WAIVER: _("You declined to waive a step in another window %(ago)s."),
    Kind.WITHDREW_WAIVER: _("You withdrew a waiver in another window %(ago)s."),
    Kind.MERGED: _("You merged two %(things)s in another window %(ago)s."),
    Kind.UNMERGED: _("You undid a merge of two %(things)s in another window %(ago)s."),
    Kind.ERASED: _("You erased the data of a person in another window %(ago)s."),
    Kind.CONVERTED: _("You edited it in another window %(ago)s."),
    Kind.IMPORTED: _("You imported it in another window %(ago)s."),
}
"""The sentence for each kind of event that the reader made."""


def sentence(event: Event, reader: User) -> str:
    """Says what the event changed, who changed it and how long ago."""
    sentences = BY_READER if event.by_id == reader.pk else BY_ANOTHER
    values = {"person": event.by, "stage": event.to_stage, "ago": naturaltime(event.at), "things": _merged(event)}
    return str(sentences[event.kind]) % values


def _merged(event: Event) -> str:
    """What a merge joined: “contacts”."""
    noun = event.merged.get("noun")
    return str(apps.get_model("customers", noun)._meta.verbose_name_plural) if noun else gettext("customers")
