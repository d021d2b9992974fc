"""The columns of an opportunity that count its child rows, so that gates and pages need not."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WithStoredCounts(models.Model):
    """How many rows of each kind there are. Derived by `editing`, as the counts of `ChildTable` say."""

    stakeholder_count = models.PositiveIntegerField(_("stakeholders"), default=0, editable=False)
    decision_maker_count = models.PositiveIntegerField(_("decision makers"), default=0, editable=False)
    competitor_count = models.PositiveIntegerField(_("competitors"), default=0, editable=False)
    team_count = models.PositiveIntegerField(_("sales team"), default=0, editable=False)
    general_note_count = models.PositiveIntegerField(_("general notes"), default=0, editable=False)
    approach_note_count = models.PositiveIntegerField(_("approach notes"), default=0, editable=False)
    meeting_note_count = models.PositiveIntegerField(_("meeting notes"), default=0, editable=False)
    debrief_note_count = models.PositiveIntegerField(_("debrief notes"), default=0, editable=False)
    task_count = models.PositiveIntegerField(_("tasks"), default=0, editable=False)
    proposal_file_count = models.PositiveIntegerField(_("proposals"), default=0, editable=False)
    final_proposal_file_count = models.PositiveIntegerField(_("final proposals"), default=0, editable=False)
    debrief_file_count = models.PositiveIntegerField(_("debrief files"), default=0, editable=False)
    quote_file_count = models.PositiveIntegerField(_("quotes"), default=0, editable=False)
    other_file_count = models.PositiveIntegerField(_("other files"), default=0, editable=False)
    debrief_count = models.PositiveIntegerField(_("debriefs"), default=0, editable=False)
    proposal_presentation_count = models.PositiveIntegerField(_("presentations"), default=0, editable=False)
    final_presentation_count = models.PositiveIntegerField(_("final presentations"), default=0, editable=False)

    class Meta:
        abstract = True
