"""The form of an opportunity in the admin."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from opportunities import display
from opportunities.editing.rules import InvalidEntry
from opportunities.forms import fields, shown_again
from opportunities.models import Opportunity
from opportunities.refusals import Refused, StaleVersion
from salesflow import once
from salesflow.users.admin_base import RefusableForm

VERSION = "seen_version"


class OpportunityForm(RefusableForm):
    """Sets what was typed on the record that `editing` yields. `editing` saves it."""

    seen_version = fields.IdField(required=False, label=Opportunity._meta.get_field("version").verbose_name)
    token = forms.CharField(required=False, widget=fields.SingleHiddenInput)

    def __init__(self, data: QueryDict | None = None, *args: Any, **kwargs: Any) -> None:
        if data is not None and isinstance(self.refusal, StaleVersion):
            posted = [(name, name, field) for name, field in self.base_fields.items()]
            data = shown_again.caught_up(data, self.refusal, version=VERSION, fields=posted)
        super().__init__(data, *args, **kwargs)
        self.initial[VERSION] = self.instance.version
        self.initial[once.FIELD] = once.new_token()

    def refuse(self, refusal: Refused) -> None:
        """Adds each sentence as an error to its field, or to the form."""
        if isinstance(refusal, StaleVersion):
            for conflict in refusal.conflicts:
                theirs = display.value(conflict.field, conflict.theirs, table=conflict.table)
                said = _("%(sentence)s It says “%(theirs)s” now.") % {
                    "sentence": StaleVersion([conflict], refusal.version),
                    "theirs": theirs,
                }
                self._say(None if conflict.table else conflict.field, said)
        elif isinstance(refusal, InvalidEntry):
            for field, sentences in refusal.errors.items():
                self._say(field, sentences)
        else:
            self._say(refusal.field, str(refusal))

    def _say(self, field: str | None, sentences: Any) -> None:
        self.add_error(field if field in self.fields else None, sentences)
