"""The admin pages of users.

A manager who sees all opportunities makes users, disables them, sets passwords, gives the roles, and puts people into
units. Such a manager does not see superusers in the list, nor the field that makes one in the form. Superusers see and
change both.
"""

from typing import Any

from allauth.account import admin as allauth_admin  # noqa: F401 - it registers what is unregistered below
from allauth.account.models import EmailAddress
from allauth.mfa import admin as mfa_admin  # noqa: F401 - as above
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as sessions_admin  # noqa: F401 - as above
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth import admin as auth_admin
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from salesflow.folding import sort_text
from salesflow.users import left_behind, second_factor, unit_admin  # noqa: F401 - the page of units
from salesflow.users.added_once import AddedOnce
from salesflow.users.admin_base import (
    CheckedAgain,
    ManagedByManagersOfAll,
    by_manager,
    by_superuser,
    tags,
    without_links,
)
from salesflow.users.admin_forms import PasswordForm, UserForm, UserRoleField, role_label
from salesflow.users.left_behind import LeftBehind
from salesflow.users.models import ROLE_LABELS, Unit, User, able_to_own, with_role
from salesflow.users.page_state import LocksRow
from salesflow.users.sorting import NamesInOrder
from salesflow.users.usage import is_referred_to

admin.site.unregister(Group)  # roles are groups that the migrations make
admin.site.unregister(EmailAddress)  # rows that allauth keeps; a user's address is on the page of the user
admin.site.unregister((Authenticator, UserSession))  # secrets, and where people are signed in


def _is_choosing(request: HttpRequest) -> bool:
    """Whether the request asks for the choices of a field in another form."""
    return request.path == reverse("admin:autocomplete")


def _linked(left: LeftBehind) -> SafeString:
    """The sentence with a link to the hand-over."""
    return format_html('{} <a href="{}">{}</a>', left.sentence, left.address, gettext("Hand it over"))


def _left_behind(user: User) -> SafeString:
    """What the person would leave behind, for the page on which they are disabled."""
    return format_html_join("", "<br>{}", ((_linked(left),) for left in left_behind.by(user)))


class RoleFilter(admin.SimpleListFilter):
    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(ROLE_LABELS.items())

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[User]) -> models.QuerySet[User]:
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


@admin.register(User)
class UserAdmin(CheckedAgain, AddedOnce, LocksRow, NamesInOrder, ManagedByManagersOfAll, auth_admin.UserAdmin):
    list_display = ("name", "username", "email", "role", "unit", "status", "last_login")
    list_select_related = ("unit",)
    ordering = ("sort_text", "pk")
    list_filter = ("is_active", RoleFilter, "unit")
    actions = None
    form = UserForm
    add_form = auth_forms.UserCreationForm
    change_password_form = PasswordForm
    readonly_fields = ("second_factor", "removable_factor", "last_login", "date_joined")
    person = (_("Person"), {"fields": (("first_name", "last_name"), "email", "language")})
    leaving = _(
        "Disable a person who leaves, and do not delete them. Their opportunities stay theirs until you give "
        "them to another person."
    )
    powers = (_("Superuser"), {"fields": ("is_superuser",)})
    dates = (_("Important dates"), {"fields": (("last_login", "date_joined"),)})
    added_sign_in = (_("Sign-in"), {"fields": ("username", "password1", "password2")})

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        users = super().get_queryset(request).prefetch_related("groups")
        return users if by_superuser(request) else users.filter(is_superuser=False)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """The choices of a field in another form are the people who may be chosen there."""
        if _is_choosing(request):
            on_the_team = request.GET.get("model_name") == "teammember"
            queryset = (with_role if on_the_team else able_to_own)(User.objects.order_by(*self.ordering))
        return super().get_search_results(request, queryset, search_term)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Every manager may choose people in other forms."""
        return super().has_view_permission(request, obj) or (_is_choosing(request) and by_manager(request))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> tuple[Any, ...]:
        if obj is None:
            return (self.person, self._access("groups"), self.added_sign_in)
        text = format_html("{}{}", self.leaving, _left_behind(obj))
        powers = (self.powers,) if by_superuser(request) else ()
        factor = "removable_factor" if by_superuser(request) else "second_factor"
        sign_in = (_("Sign-in"), {"fields": ("username", "password", factor)})
        return (self.person, self._access("groups", "is_active", text=text), sign_in, *powers, self.dates)

    def _access(self, *fields: str, text: Any = "") -> tuple[Any, dict[str, Any]]:
        """The fields about access; about units only where there are any."""
        if Unit.objects.exists():
            return _("Access"), {"fields": (*fields, "unit", "sees_all"), "description": text}
        no_units = _("While there are no units, every sales manager sees all opportunities.")
        return _("Access"), {"fields": fields, "description": format_html("{} {}", text, no_units)}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return without_links(super().formfield_for_dbfield(db_field, request, **kwargs))

    def formfield_for_manytomany(self, db_field: models.ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        """Offers the roles only."""
        if db_field.name == "groups":
            return UserRoleField(label=_("Role"), required=False)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """Deletes allauth's rows of addresses that the user no longer has."""
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data and not obj.is_active:
            for left in left_behind.by(obj):
                self.message_user(request, _linked(left), messages.WARNING)
        EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """Refuses to delete a user who has signed in or is referred to: the history names that user."""
        user: Any = self.get_object(request, unquote(object_id))
        if user is None or not by_superuser(request) or not (user.has_signed_in or is_referred_to(user)):
            return super().delete_view(request, object_id, extra_context)
        sentence = gettext("%(person)s has worked here. Disable the account instead of deleting it.")
        self.message_user(request, sentence % {"person": user}, messages.ERROR)
        return HttpResponseRedirect(reverse("admin:users_user_change", args=[user.pk]))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Locks the user, so that the second of two simultaneous changes is refused."""
        with transaction.atomic():
            user = self.get_object(request, unquote(id))
            if user is not None and request.method == "POST":
                self.lock_row(user)
            page: Any = super().user_change_password(request, id, form_url)
        if getattr(page, "context_data", None) and page.context_data["form"].changed:
            page.status_code = 409
        return page

    def get_urls(self) -> list[Any]:
        reset = path(
            "<path:object_id>/second-factor/",
            self.admin_site.admin_view(self.reset_second_factor),
            name="users_user_second_factor",
        )
        return [reset, *super().get_urls()]

    def reset_second_factor(self, request: HttpRequest, object_id: str) -> Any:
        """Asks whether to remove the second factor of a person, and removes it. Superusers only; it is logged."""
        user = self.get_object(request, unquote(object_id)) if by_superuser(request) else None
        if user is None:
            raise Http404
        if request.method == "POST":
            if second_factor.reset(user):
                self.log_change(request, user, "Removed the second factor, and ended the sessions.")
                said = gettext("%(person)s has no second factor any more, and is signed out.")
                self.message_user(request, said % {"person": user}, messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:users_user_change", args=[user.pk]))
        title = gettext("Remove the second factor")
        context = {**self.admin_site.each_context(request), "title": title, "original": user, "opts": self.opts}
        return TemplateResponse(request, "admin/users/user/second_factor.html", context)

    @admin.display(description=_("second factor"))
    def second_factor(self, user: User) -> str:
        return gettext("On") if second_factor.is_on(user) else gettext("Off")

    @admin.display(description=_("second factor"))
    def removable_factor(self, user: User) -> SafeString | str:
        """On or off; if it is on, with a link to remove it."""
        if not second_factor.is_on(user):
            return gettext("Off")
        address = reverse("admin:users_user_second_factor", args=[user.pk])
        return format_html('{} <a href="{}">{}</a>', gettext("On"), address, gettext("Remove the second factor"))

    @admin.display(description=_("name"), ordering="sort_text")
    def name(self, user: User) -> str:
        return user.shown_name

    @admin.display(description=_("role"))
    def role(self, user: User) -> str:
        return ", ".join(sorted((role_label(group) for group in user.groups.all()), key=sort_text))

    @admin.display(description=_("status"), ordering="is_active")
    def status(self, user: User) -> SafeString:
        return tags((not user.is_active, _("Disabled")))
