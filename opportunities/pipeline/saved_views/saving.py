"""Writes saved views, and what a person chooses for a view.

Refusals: NotAllowed, StaleView, LongQuery, InvalidEntry of the form. Each write of a saved view names the version of
its page.
"""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from opportunities.editing import NotAllowed, Refused
from opportunities.models.saved_views import LONGEST_QUERY, SavedView, ViewChoice
from opportunities.pipeline.saved_views import rights, shown
from opportunities.pipeline.saved_views.shown import View
from salesflow.users.models import User


class StaleView(Refused):
    """The view was changed or deleted since the page was opened."""

    code = "stale_view"
    is_stale = True


class TooManyPinned(Refused):
    code = "too_many_pinned"


class LongQuery(Refused):
    """The filters are longer than the column of a view."""

    code = "long_query"


def create(*, by: User, query: str, columns: Sequence[str], **entries: Any) -> SavedView:
    """Saves a new view of its owner. Refusal: LongQuery."""
    _refuse_long(query)
    return SavedView.objects.create(owner=by, query=query, columns=list(columns), **entries)


def change(pk: int, *, version: int, by: User, **entries: Any) -> SavedView:
    """Changes the name, the filters, the columns or who sees it."""
    _refuse_long(entries.get("query", ""))
    with transaction.atomic():
        view = _locked(pk, version=version, by=by)
        for name, value in entries.items():
            setattr(view, name, value)
        view.version += 1
        view.save()
    return view


def delete(pk: int, *, version: int, by: User, at: datetime.datetime) -> SavedView:
    """Deletes the view for everybody. It can be restored."""
    return change(pk, version=version, by=by, deleted_at=at)


def restore(pk: int, *, version: int, by: User) -> SavedView:
    return change(pk, version=version, by=by, deleted_at=None)


def choose(view: View, *, by: User, **entries: Any) -> ViewChoice:
    """Stores what the person chooses for a view. Refusal: TooManyPinned."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # one choice of a person at a time
        mine = ViewChoice.objects.filter(user=by)
        if entries.get("is_default"):
            mine.filter(is_default=True).update(is_default=False)
        pinned = mine.filter(is_pinned=True, view__in=rights.visible(by).order_by().values("pk"))
        if entries.get("is_pinned") and not view.is_pinned and pinned.count() >= shown.MOST_PINNED:
            said = _("%(most)d views are pinned. Unpin one of them first.") % {"most": shown.MOST_PINNED}
            raise TooManyPinned(said)
        key = "" if view.saved else view.key
        choice, _is_new = ViewChoice.objects.update_or_create(user=by, view=view.saved, key=key, defaults=entries)
    return choice


def _refuse_long(query: str) -> None:
    if len(query) > LONGEST_QUERY:
        raise LongQuery(_("These filters are too long for a view. Shorten the text that you search for."))


def _locked(pk: int, *, version: int, by: User) -> SavedView:
    view = SavedView.objects.select_for_update(no_key=True, of=("self",)).filter(pk=pk).first()
    if view is None:
        raise StaleView(_("This view does not exist any more."))
    if not rights.may_change(by, view):
        raise NotAllowed(_("Only the owner of a view, and managers who see all, may change it."))
    if view.version != version:
        raise StaleView(_("“%(view)s” was changed since you opened this page. Look at it again.") % {"view": view})
    return view
