"""The tabs of the opportunity page. That of a child table has its rows, and the form to add one."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities import access, editing
from opportunities.editing import rules
from opportunities.editing.child_table import ChildTable
from opportunities.editing.children import ATTACHMENT, CHILDREN, NOTE, TASK
from opportunities.forms import fields
from opportunities.forms.children import ChildForm
from opportunities.models import Opportunity
from opportunities.refusals import Refused
from opportunities.views.child_pages import PAGES
from opportunities.views.paging import ROWS_OF_A_PART, page_of
from opportunities.views.request import shown_address
from salesflow.users.models import User
from salesflow.users.requests import SignedInRequest
from stages.models import Stage


@dataclass(frozen=True)
class Tab:
    """A tab below the panel. `counted` is the attribute of the opportunity with its count, if any."""

    opportunity: Opportunity
    viewed: Stage
    name: str
    label: str | Promise
    counted: str

    @property
    def count(self) -> int | None:
        return getattr(self.opportunity, self.counted) if self.counted else None

    @property
    def url(self) -> str:
        return f"{self.opportunity.get_absolute_url()}?stage={self.viewed.pk}&tab={self.name}"


TABLES = {table.tab: table for table in CHILDREN.values() if table.has_tab}

COUNTED = {name: table.counts[0].column for name, table in TABLES.items() if table.counts and not table.counts[0].where}
COUNTED |= {NOTE.tab: "note_count", TASK.tab: "open_task_count", ATTACHMENT.tab: "file_count"}

TABS: dict[str, tuple[str | Promise, str]] = {
    "timeline": (_("Timeline"), ""),
    **{name: (table.says.title, COUNTED.get(name, "")) for name, table in TABLES.items()},
}


def tabs(opportunity: Opportunity, viewed: Stage) -> list[Tab]:
    return [Tab(opportunity, viewed, name, *entry) for name, entry in TABS.items()]


def template_of(tab: str) -> list[str]:
    """The template of a tab: the first that exists."""
    return [f"opportunity/_tab_{tab}.html", "children/_tab.html"]


def tab(request: SignedInRequest, opportunity: Opportunity, table: ChildTable, token: str) -> dict[str, Any]:
    """The context of the tab: a page of the rows, and the form to add one if the user may.

    All forms of the whole page have the same token.
    """
    pages = PAGES[table.name]
    refusal = why_not(request.user, opportunity, table)
    listed = pages.rows(opportunity).filter(**pages.listed_if)
    if pages.annotated:
        listed = pages.annotated(listed, request.user)
    count = (getattr(opportunity, pages.counted) or 0) if pages.counted else None
    found = page_of(request, listed, ROWS_OF_A_PART, count=count)
    query = request.GET.copy()
    query.pop("page", None)
    rows = list(found)
    if pages.add_to:
        pages.add_to(opportunity, rows)
    return {
        "table": table,
        "rows": rows,
        "page": found,
        "tab_query": f"{query.urlencode()}&" if query else "",
        "row_template": f"children/_{table.name}.html",
        "none_template": [f"children/_no_{table.tab}.html", "children/_none_yet.html"],
        "add_form": None if refusal else pages.add_form(record=opportunity, initial={"token": token}),
        "led_by": str(table.says.led_by) % {"owner": opportunity.owner},
    }


def why_not(user: User, opportunity: Opportunity, table: ChildTable) -> Refused | None:
    """The refusal of a change of this table by this user; None if they may change it."""
    try:
        rules.refuse_reader(user)
        if not table.is_open_when_closed:
            editing.refuse_closed(opportunity)
        rules.refuse_changed_lead(user, opportunity, team_changed=table.is_led, owner_changed=False)
    except Refused as refusal:
        return refusal
    return None


def has_sent(request: SignedInRequest, opportunity: Opportunity, table: ChildTable) -> bool:
    """Whether a form of the tab of this table was sent, from the page of the opportunity."""
    path = (request.htmx.current_url_abs_path or "").partition("?")[0]
    return path == opportunity.get_absolute_url() and shown_address(request).get("tab") == table.tab


def refused(
    request: SignedInRequest, opportunity: Opportunity, table: ChildTable, *, form: ChildForm, status: int, **shown: Any
) -> HttpResponse:
    """The tab as it is now, with its form that was refused, or with why there is none any more."""
    request.GET = shown_address(request)
    context = tab(request, opportunity, table, form.page)
    if context["add_form"] and form.creates:
        context["add_form"] = form
    viewed = fields.query_id(request.GET, "stage") or opportunity.active_stage_id
    context |= {
        "opportunity": opportunity,
        "form": form,
        "refused_form": form,
        "may_edit": opportunity.is_open,
        "may_lead": access.may_lead(request.user, opportunity),
        "tab_template": template_of(table.tab),
        "tab": table.tab,
        "tabs": tabs(opportunity, Stage(pk=viewed)),
    }
    response = render(request, "children/_refused_in_tab.html", context | shown, status=status)
    response["HX-Retarget"] = response["HX-Reselect"] = "#tab-body"
    response["HX-Push-Url"] = "false"
    return response
