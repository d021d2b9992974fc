"""One page of a long list: `?page=` says which."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

ROWS_OF_A_LIST = 50
"""Of a page that is a list."""
ROWS_OF_A_PART = 20
"""Of a list that is a part of a page."""


def page_of(request: HttpRequest, rows: Any, per_page: int = ROWS_OF_A_LIST, *, count: int | None = None) -> Page[Any]:
    """The page of the rows that the address asks for. `count`: how many rows there are, where that is known already."""
    paginator = Paginator(rows, per_page)
    if count is not None:
        paginator.count = count
    return paginator.get_page(request.GET.get("page"))
