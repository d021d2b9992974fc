"""The page of a list: a table with filters and pages. Their state is in the address."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render

from opportunities.forms.list_filter import ListFilter
from salesflow.users.requests import SignedInRequest

ROWS_A_PAGE = 50
ROWS_FOR_PRINT = 1000  # on one page, with ?rows=all


@dataclass(frozen=True)
class ListPage:
    """The context of a template that extends `list/list_page.html`."""

    filter: ListFilter
    page: "Page[Any]"
    is_empty: bool
    rows_for_print: int = ROWS_FOR_PRINT


def respond(
    request: SignedInRequest, template: str, filter: ListFilter, *, is_empty: Callable[[], bool]
) -> HttpResponse:
    """The page with that address. Calls `is_empty` if no row is found: it says whether there are no rows at all."""
    rows = ROWS_FOR_PRINT if filter.shows_all_rows else ROWS_A_PAGE
    page = Paginator(filter.rows, rows).get_page(request.GET.get("page"))
    shown = ListPage(filter, page, is_empty=not page.paginator.count and is_empty())
    return render(request, template, {"list_page": shown})
