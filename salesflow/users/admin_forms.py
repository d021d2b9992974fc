"""The forms of the admin pages of users: the role, and a new password."""

from typing import Any, cast

from django import forms
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.models import Group
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from salesflow.users import page_state
from salesflow.users.admin_base import RefusableForm
from salesflow.users.changed import StaleAdminPage
from salesflow.users.models import ROLE_LABELS, ROLES, User


def role_label(group: Group) -> str:
    """The role's name in the reader's language."""
    return str(ROLE_LABELS.get(group.name, group.name))


class RoleSelect(forms.RadioSelect):
    """One of the roles, or none. A user in several groups has the last role: it may do all that the others may."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return [value for value in (data.get(name),) if value]

    def format_value(self, value: Any) -> list[str]:
        """The value is the ids of the user's groups. Managers come last in the choices."""
        ids = {str(each) for each in value or ()}
        given = [str(choice) for choice, _label in self.choices if str(choice) in ids]
        return given[-1:] or [""]


class UserRoleField(forms.ModelMultipleChoiceField):
    """Reads and writes the groups of a user, of which at most one is chosen."""

    widget = RoleSelect

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Group.objects.filter(name__in=ROLES), **kwargs)
        groups = {group.name: group for group in Group.objects.filter(name__in=ROLES)}
        roles = [(groups[name].pk, label) for name, label in ROLE_LABELS.items() if name in groups]
        self.choices = [("", _("No role")), *roles]

    def label_from_instance(self, group: models.Model) -> str:
        return role_label(cast(Group, group))


class PasswordForm(auth_forms.AdminPasswordChangeForm):
    """Sets a password. Django's own can also switch passwords off, which nobody could sign in without here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)
        for field in self.fields.values():
            field.required = True
        self.changed: StaleAdminPage | None = None

    @property
    def page_state(self) -> str:
        """The name of the state, for the hidden field. A refused form keeps the posted one unless it changed."""
        is_unchanged = self.is_bound and self.changed is None
        return self.data[page_state.FIELD] if is_unchanged else page_state.name_of(self._state())

    def _state(self) -> Any:
        """The user as stored, without the mark of signing in."""
        names = [field.attname for field in User._meta.concrete_fields if field.name != "last_login"]
        return User.objects.values_list(*names).get(pk=self.user.pk)

    def clean(self) -> dict[str, Any] | None:
        since = page_state.opened_at_if_stale(cast(QueryDict, self.data), self._state())
        if since is not None:
            self.changed = StaleAdminPage(self.user, (), since)
            self.add_error(None, _("%(changed)s Nothing was saved.") % {"changed": self.changed})
        return super().clean()


class UserForm(RefusableForm, auth_forms.UserChangeForm):
    """Django's form, with our way to show a refusal."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""  # it says that the password is not stored
