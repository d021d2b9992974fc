"""What a person is to an opportunity, why they see it, and which relations have which right."""

import enum

from django.utils.translation import gettext_lazy as _


class Relation(enum.Enum):
    """What a person is to an opportunity. Help pages name these."""

    OWNER = _("the owner")
    TEAM = _("members of the sales team")
    MANAGER = _("sales managers who see it")
    COLLEAGUE = _("colleagues who may read it")
    DEPUTY = _("the deputies of these while they are away")


class AccessReason(enum.StrEnum):
    """Why a person sees an opportunity. One person may have several reasons."""

    OWNER = "owner"
    TEAM = "team"
    LEAD = "lead"
    COLLEAGUE = "colleague"
    SEES_ALL = "sees_all"
    DEPUTY = "deputy"


LEAD = (Relation.OWNER, Relation.MANAGER)
EDIT = (Relation.OWNER, Relation.TEAM, Relation.MANAGER, Relation.DEPUTY)
READ = (Relation.OWNER, Relation.TEAM, Relation.MANAGER, Relation.COLLEAGUE, Relation.DEPUTY)
REOPEN = (*LEAD, Relation.DEPUTY)
WAIVE = (Relation.MANAGER, Relation.DEPUTY)
IMPORT = (*LEAD, Relation.DEPUTY)
IMPORT_CLOSED = WAIVE
