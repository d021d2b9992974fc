"""Bases of admin pages: permissions, writes that are refused as a whole, and the history."""

import copy
from contextlib import AbstractContextManager
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from simple_history.admin import SimpleHistoryAdmin

from salesflow.users.changed import StaleAdminPage


def by_manager(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_manager


def by_manager_of_all(request: HttpRequest) -> bool:
    """Whether the user is a manager who sees all opportunities."""
    return request.user.is_authenticated and request.user.sees_everything


def by_superuser(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_active and request.user.is_superuser


def tags(*marks: tuple[bool, Any]) -> SafeString:
    """A column of a list that names what is not as usual: each label whose condition holds."""
    return format_html_join(" ", '<span class="tag">{}</span>', ((label,) for holds, label in marks if holds))


def without_links(field: Any) -> Any:
    """The form field without links to pages that add, change, view or delete what it chooses from."""
    if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
        field.widget.can_add_related = field.widget.can_change_related = False
        field.widget.can_view_related = field.widget.can_delete_related = False
    return field


def yes_or_no(column: Any) -> Any:
    """A read-only column of a form, in words. The icons of Django are called True and False in every language."""

    @admin.display(description=column.verbose_name)
    def shown(row: Any) -> str:
        return _("Yes") if getattr(row, column.name) else _("No")

    return shown


class ManagedByManagers:
    """Managers see, add and change rows; only superusers delete. Base of pages and of inlines."""

    def may_manage(self, request: HttpRequest) -> bool:
        return by_manager(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may_manage(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_manage(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_manage(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_manage(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return by_superuser(request)


class ManagedByManagersOfAll(ManagedByManagers):
    """As `ManagedByManagers`, of managers who see all opportunities only."""

    def may_manage(self, request: HttpRequest) -> bool:
        return by_manager_of_all(request)


class ShowFormAgain(Exception):
    """Ends a write that must be rolled back, with the page that shows the form again."""

    def __init__(self, page: HttpResponse) -> None:
        super().__init__()
        self.page = page


class RefusableForm(forms.ModelForm):
    """A form that shows why its write was refused, and keeps what was typed."""

    refusal: Exception | None = None

    def clean(self) -> dict[str, Any] | None:
        entries = super().clean()
        if self.refusal is not None:
            self.refuse(self.refusal)
        return entries

    def refuse(self, refusal: Any) -> None:
        if isinstance(refusal, StaleAdminPage):
            refusal.add_errors(self)
        else:
            self.add_error(None, str(refusal))


class RefusableDelete:
    """A row whose deletion may be refused. That leads back to the list, with the refusal. Base of admin pages."""

    refusals: tuple[type[Exception], ...] = ()
    opts: Any
    message_user: Any

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)  # type: ignore[misc]
        except self.refusals as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))


class Refusable(admin.ModelAdmin):
    """A page whose form and inlines are written together, inside `writing`, or refused together.

    A refusal rolls everything back. The page then shows the form with the refusal.
    """

    form: type[RefusableForm] = RefusableForm
    refusals: tuple[type[Exception], ...] = ()

    def writing(self, request: HttpRequest, object_id: str | None) -> AbstractContextManager[None]:
        """The context manager around the write. May raise one of `refusals`, at its start and at its end."""
        raise NotImplementedError

    def status_of(self, refusal: Exception) -> int:
        return 422

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        kept = request.messages_of_write = []  # type: ignore[attr-defined]
        try:
            with self.writing(request, object_id):
                answer = super().changeform_view(request, object_id, form_url, extra_context)
        except ShowFormAgain as again:
            return again.page
        except self.refusals as refused:
            return self._refused(request, object_id, form_url, extra_context, refused)
        for message in kept:
            super().message_user(request, *message)
        return answer

    def message_user(
        self,
        request: HttpRequest,
        message: Any,
        level: int | str = messages.INFO,
        extra_tags: str = "",
        fail_silently: bool = False,
    ) -> None:
        """Keeps the messages of a write until the write has succeeded."""
        waiting = getattr(request, "messages_of_write", None)
        if waiting is None:
            super().message_user(request, message, level, extra_tags, fail_silently)
        else:
            waiting.append((message, level, extra_tags, fail_silently))

    def _refused(
        self, request: HttpRequest, object_id: str | None, form_url: str, context: Any, refusal: Exception
    ) -> Any:
        """Processes the post again, outside of the write, with the refusal as an error of the form. Saves nothing."""
        request.refusal = refusal  # type: ignore[attr-defined]
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except ShowFormAgain as again:
            again.page.status_code = self.status_of(refusal)
            return again.page

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Makes a new class for each request and sets its refusal."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = refusal_of(request)
        return form

    def render_change_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        page = super().render_change_form(request, *args, **kwargs)
        if request.method == "POST":
            page.status_code = 409 if isinstance(refusal_of(request), StaleAdminPage) else 422
            raise ShowFormAgain(page)
        return page


class CheckedAgain:
    """Validates a form again if another request saved a conflicting row after the first validation."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]
        except IntegrityError:  # a row of that name, or without the row chosen, was saved after the form was validated
            return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]


def list_again(page: Any, request: HttpRequest, *, status: int) -> Any:
    """The present list of an admin page, as response to an action."""
    shown = copy.copy(request)
    shown.method, shown.POST = "GET", QueryDict()
    response = page.changelist_view(shown)
    response.status_code = status
    return response


def refusal_of(request: HttpRequest) -> Exception | None:
    """Why the write of this request was refused, while its form is shown again."""
    return getattr(request, "refusal", None)


class WithHistory(SimpleHistoryAdmin):
    """The history of a row on one page. It is read only."""

    object_history_list_template = "admin/history_list.html"

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        try:
            return super().history_view(request, object_id, extra_context)
        except ValueError as error:  # not an id
            raise Http404 from error

    def get_history_queryset(self, *args: Any, **kwargs: Any) -> Any:
        return super().get_history_queryset(*args, **kwargs).select_related("history_user")

    def history_form_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuses the package's page of one version, which would write on POST."""
        raise PermissionDenied
