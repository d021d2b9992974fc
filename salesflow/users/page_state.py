"""Refuses an admin form whose page showed an older state than the one stored now.

The page has a hidden name of the state that it shows: the time at which it was rendered, and a digest of the stored
values (of the form and its inlines, or of what a delete page lists). The write compares it in its transaction, while
the row is locked. 400 for a post without a name, 409 for an older state.
"""

import copy
import datetime
import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import BadRequest
from django.db import models, transaction
from django.forms.models import model_to_dict
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from salesflow.users.admin_base import RefusableForm, refusal_of
from salesflow.users.changed import StaleAdminPage

FIELD = "page_state"
_NAME = re.compile(r"([0-9]{1,11})-([0-9a-f]{64})")


def name_of(state: Any) -> str:
    """The name of this state on a page that is rendered now."""
    return f"{int(timezone.now().timestamp())}-{_digest(state)}"


def opened_at_if_stale(data: QueryDict, state: Any) -> datetime.datetime | None:
    """When the page was opened, if it showed another state than this; None if it showed this one.

    Raises BadRequest when the post names no state.
    """
    named = [_NAME.fullmatch(value) for value in data.getlist(FIELD)]
    if len(named) != 1 or named[0] is None:
        raise BadRequest(f"{FIELD} is missing or names nothing.")
    at, digest = named[0].groups()
    if constant_time_compare(digest, _digest(state)):
        return None
    return datetime.datetime.fromtimestamp(int(at), datetime.UTC)


def _digest(state: Any) -> str:
    return salted_hmac(FIELD, repr(state), algorithm="sha256").hexdigest()


def stored(row: models.Model, form: type[forms.ModelForm]) -> dict[str, Any]:
    """The stored values of the fields of a form. Call it before the form sets what was typed on the row."""
    names = [name for name, field in form.base_fields.items() if not field.disabled]
    return {name: _comparable(value) for name, value in sorted(model_to_dict(row, names).items())}


def _comparable(value: Any) -> Any:
    """The ids of a list of rows; any other value as it is."""
    return sorted(row.pk for row in value) if isinstance(value, list) else value


class ChecksDeletion:
    """Base of an admin page: refuses a deletion if its page is out of date. Put it before the bases that delete."""

    def lock_row(self, row: models.Model) -> None:
        """Locks the row until the transaction ends."""
        list(type(row)._base_manager.select_for_update(no_key=True).filter(pk=row.pk).values_list("pk"))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        page: Any = super()
        if request.method != "POST":
            return page.delete_view(request, object_id, extra_context)
        try:
            with transaction.atomic():
                self._compare_deleted(request, object_id)
                return page.delete_view(request, object_id, extra_context)
        except StaleAdminPage as changed:
            return self._delete_page_again(request, object_id, {**(extra_context or {}), "changed": changed})

    def _compare_deleted(self, request: HttpRequest, object_id: str) -> None:
        """Raises StaleAdminPage if the deletion would delete other rows than the page listed."""
        page: Any = self
        row = page.get_object(request, unquote(object_id))
        if row is None or not page.has_delete_permission(request, row):
            return
        self.lock_row(row)
        row = page.get_object(request, unquote(object_id))
        if row is None:
            return
        listed, counts, *_others = page.get_deleted_objects([row], request)
        since = opened_at_if_stale(request.POST, _deleted(row, listed, dict(counts).items()))
        if since is not None:
            raise StaleAdminPage(row, (), since)

    def _delete_page_again(self, request: HttpRequest, object_id: str, context: dict[str, Any]) -> Any:
        shown = copy.copy(request)
        shown.method, shown.POST = "GET", QueryDict()
        page = super().delete_view(shown, object_id, context)  # type: ignore[misc]
        page.status_code = 409
        return page

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> Any:
        context[FIELD] = name_of(_deleted(context["object"], context["deleted_objects"], context["model_count"]))
        return super().render_delete_form(request, context)  # type: ignore[misc]


NOT_COMPARED = ("last_login",)  # each sign-in changes it


def _deleted(row: models.Model, listed: Any, counts: Iterable[tuple[Any, int]]) -> Any:
    """The state of a delete page: the row, and the rows deleted with it."""
    columns = [field.attname for field in row._meta.concrete_fields if field.attname not in NOT_COMPARED]
    return [(name, getattr(row, name)) for name in columns], str(listed), [count for _label, count in counts]


class ChecksPageState(ChecksDeletion):
    """Base of an admin page: refuses changes and deletions if the page is out of date.

    Put it before the bases that write. The write locks the row.
    """

    form: Any = RefusableForm

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Makes a new class for each request and sets its refusal."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        form.refusal = refusal_of(request)
        request.form_class = form  # type: ignore[attr-defined]
        return form

    def _create_formsets(self, request: HttpRequest, obj: Any, change: bool) -> Any:
        """Compares the states now: all rows are read, and nothing typed is set on them yet."""
        formsets, inlines = super()._create_formsets(request, obj, change)  # type: ignore[misc]
        if change:
            self._compare(request, obj, formsets)
        return formsets, inlines

    def _compare(self, request: Any, row: models.Model, formsets: Iterable[Any]) -> None:
        rows = [[(each.pk, stored(each, formset.form)) for each in formset.get_queryset()] for formset in formsets]
        state = (row.pk, stored(row, request.form_class), rows)
        request.page_state = name_of(state)
        if request.method != "POST":
            return
        since = opened_at_if_stale(request.POST, state)
        if refusal_of(request) is not None or since is None:
            request.page_state = request.POST[FIELD]
        else:
            request.refusal = request.form_class.refusal = StaleAdminPage(row, formsets, since)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        context[FIELD] = getattr(request, FIELD, None)
        page = super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]
        if isinstance(refusal_of(request), StaleAdminPage):
            page.status_code = 409
        return page


class LocksRow(ChecksPageState):
    """Base of an admin page whose write does not lock the row itself."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        page: Any = super()
        if request.method != "POST" or object_id is None:
            return page.changeform_view(request, object_id, form_url, extra_context)
        self._clear_refusal(request)
        with transaction.atomic():
            row = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
            if row is not None:
                self.lock_row(row)
            return page.changeform_view(request, object_id, form_url, extra_context)

    def _clear_refusal(self, request: Any) -> None:
        """Removes the refusal of a first attempt before a second one."""
        request.refusal = None
