"""The page of a list: a table with filters and pages. Their state is in the address."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from opportunities.forms.list_filter import ListFilter
from opportunities.views.paging import ROWS_OF_A_LIST, page_of
from salesflow.users.requests import SignedInRequest

ROWS_FOR_PRINT = 1000  # on one page, with ?rows=all


@dataclass(frozen=True)
class ListPage:
    """The context of a template that extends `list/list_page.html`."""

    filter: ListFilter
    page: Page[Any]
    is_empty: bool
    rows_for_print: int = ROWS_FOR_PRINT


def respond(
    request: SignedInRequest,
    template: str,
    filter: ListFilter,
    *,
    is_empty: Callable[[], bool],
    count: Callable[[], int] | None = None,
    by_key: Callable[[list[int]], list[Any]] | None = None,
    rows_a_page: int = ROWS_OF_A_LIST,
    about_rows: Callable[[list[Any]], dict[str, Any]] | None = None,
    **context: Any,
) -> HttpResponse:
    """The page that the address asks for; an address with empty values leads to the one without them.

    `is_empty` says whether there are no rows at all; asked if none is found. `count` says how many are found, where
    the page needs more figures of them than that. `by_key` reads the rows with these ids, in their order: then only
    ids are sorted, and a page deep in a long list is cheap. `about_rows` makes context from the rows of the page,
    `context` is what they need besides.
    """
    rows = ROWS_FOR_PRINT if filter.shows_all_rows else rows_a_page
    if filter.has_empty_values:
        return HttpResponseRedirect(filter.address() if filter.query else request.path)
    found = filter.rows if by_key is None else filter.rows.values_list("pk", flat=True)
    page = page_of(request, found, rows, count=count() if count is not None else None)
    shown = ListPage(filter, page, is_empty=not page.paginator.count and is_empty())
    if by_key is not None:
        page.object_list = by_key(list(page.object_list))
    if about_rows is not None:
        page.object_list = list(page.object_list)
        context |= about_rows(page.object_list)
    return render(request, template, {**context, "list_page": shown})
