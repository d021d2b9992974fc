"""The forms of the sales team."""

from django import forms
from django.utils.translation import gettext_lazy as _

from opportunities.editing import children as tables
from opportunities.forms import children
from opportunities.forms.picker.field import PickerField
from opportunities.models import Opportunity, TeamMember


class _TeamMemberFields(forms.Form):
    """The role of a team member."""

    role = children.RoleField(label=_("Role"), choices=TeamMember.Role.choices, initial=TeamMember.Role.ACCOUNT_MANAGER)


class TeamMemberAddForm(_TeamMemberFields, children.AddForm):
    table = tables.TEAM_MEMBER

    user = PickerField("person", label=_("Person"))
    field_order = ["user"]


class TeamMemberForm(_TeamMemberFields, children.ChangeForm):
    table = tables.TEAM_MEMBER


class SellAloneForm(children.ChildForm):
    """A form with one button: adds the owner to the team, if they are not on it."""

    @property
    def relies_on(self) -> tuple[str, ...]:
        return ("owner",)

    def write_to(self, record: Opportunity) -> TeamMember:
        role = {"role": TeamMember.Role.ACCOUNT_MANAGER}
        return record.team_members.get_or_create(user=record.owner, defaults=role)[0]
