"""Makes a page of the admin name what it shows: a form that was drawn for an older state is refused, and saves nothing.

The name is the time at which the page was drawn and a digest of what the database holds: of the fields of the form and
of the rows of its inlines, or of what a delete page says is deleted. It is compared inside the transaction of the
write, while the row is locked. A post without a name is a 400, a post that names an older state a 409.
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
from salesflow.users.changed import Changed

FIELD = "page_state"
_NAME = re.compile(r"([0-9]{1,11})-([0-9a-f]{64})")


def name_of(state: Any) -> str:
    """The name of this state on a page that is drawn now."""
    return f"{int(timezone.now().timestamp())}-{_digest(state)}"


def opened_at_if_stale(data: QueryDict, state: Any) -> datetime.datetime | None:
    """When a page that shows another state was drawn; None for a page that shows this one.

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
    """What the database holds for the fields of a form. Call it before the form reads what was typed into the row."""
    names = [name for name, field in form.base_fields.items() if not field.disabled]
    return {name: _plain(value) for name, value in sorted(model_to_dict(row, names).items())}


def _plain(value: Any) -> Any:
    """Rows by their ids: a text of a row says too little."""
    return sorted(row.pk for row in value) if isinstance(value, list) else value


class ChecksDeletion:
    """The delete page of the admin. Comes before what deletes."""

    def lock_row(self, row: models.Model) -> None:
        """Lock the row for the rest of the transaction."""
        list(type(row)._base_manager.select_for_update(no_key=True).filter(pk=row.pk).values_list("pk"))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        page: Any = super()
        if request.method != "POST":
            return page.delete_view(request, object_id, extra_context)
        try:
            with transaction.atomic():
                self._compare_deleted(request, object_id)
                return page.delete_view(request, object_id, extra_context)
        except Changed as changed:
            return self._delete_page_again(request, object_id, {**(extra_context or {}), "changed": changed})

    def _compare_deleted(self, request: HttpRequest, object_id: str) -> None:
        """Raises Changed when what would be deleted is not what the page showed."""
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
            raise Changed(row, (), since)

    def _delete_page_again(self, request: HttpRequest, object_id: str, context: dict[str, Any]) -> Any:
        shown = copy.copy(request)
        shown.method, shown.POST = "GET", QueryDict()
        page = super().delete_view(shown, object_id, context)  # type: ignore[misc]
        page.status_code = 409
        return page

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> Any:
        context[FIELD] = name_of(_deleted(context["object"], context["deleted_objects"], context["model_count"]))
        return super().render_delete_form(request, context)  # type: ignore[misc]


NOT_ITS_STATE = ("last_login",)  # signing in changes nothing that a page shows to be deleted


def _deleted(row: models.Model, listed: Any, counts: Iterable[tuple[Any, int]]) -> Any:
    """What a delete page shows: the row, and what is deleted with it."""
    columns = [field.attname for field in row._meta.concrete_fields if field.attname not in NOT_ITS_STATE]
    return [(name, getattr(row, name)) for name in columns], str(listed), [count for _label, count in counts]


class ChecksPageState(ChecksDeletion):
    """The change form and the delete page of the admin. Comes before what writes; the write locks the row."""

    form: Any = RefusableForm

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The class is made anew for each request, so that it can carry the refusal of this one."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        form.refusal = refusal_of(request)
        request.form_class = form  # type: ignore[attr-defined]
        return form

    def _create_formsets(self, request: HttpRequest, obj: Any, change: bool) -> Any:
        """Here the row and the rows of the inlines are known, and nothing typed has been read into them."""
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
            request.refusal = request.form_class.refusal = Changed(row, formsets, since)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        context[FIELD] = getattr(request, FIELD, None)
        page = super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]
        if isinstance(refusal_of(request), Changed):
            page.status_code = 409
        return page


class LocksRow(ChecksPageState):
    """For a page of the admin whose write locks nothing by itself."""

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
        self._forget(request)
        with transaction.atomic():
            row = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
            if row is not None:
                self.lock_row(row)
            return page.changeform_view(request, object_id, form_url, extra_context)

    def _forget(self, request: Any) -> None:
        """A write that is tried a second time begins without the refusal of the first."""
        request.refusal = None
