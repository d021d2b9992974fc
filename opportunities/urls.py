"""The addresses, a list for each noun. An address has the name of its view and of its template."""

from django.urls import URLPattern, path

from opportunities.customer_pages import urls as customer_pages
from opportunities.customer_pages.privacy import urls as privacy_pages
from opportunities.editing.child_table import ChildTable
from opportunities.full_export import urls as full_export
from opportunities.handing_over import urls as handing_over
from opportunities.help_pages import urls as help_pages
from opportunities.import_pages import urls as import_pages
from opportunities.pipeline import urls as pipeline
from opportunities.reports import urls as reports
from opportunities.views import (
    answers,
    attachments,
    child_pages,
    children,
    close_requests,
    closing,
    competitors,
    copying,
    edit,
    last_looks,
    mails,
    moves,
    new,
    next_step,
    notes,
    opportunity,
    pausing,
    picker,
    stakeholders,
    team,
    waiver_requests,
    waiving,
    who_sees,
)

OPPORTUNITIES = [
    path("opportunities/new/", new.opportunity_new, name="opportunity_new"),
    path("opportunities/<int:pk>/", opportunity.opportunity, name="opportunity"),
    path("opportunities/<int:pk>/edit/", edit.opportunity_edit, name="opportunity_edit"),
    path("opportunities/<int:pk>/copy/", copying.opportunity_copy, name="opportunity_copy"),
    path("opportunities/<int:pk>/changed/", last_looks.changed, name="opportunity_changed"),
    path("opportunities/<int:pk>/seen/", last_looks.seen, name="opportunity_seen"),
    path("opportunities/<int:pk>/who/", who_sees.who_sees, name="who_sees"),
]

MOVES = [
    path("opportunities/<int:pk>/save/", moves.save, name="save"),
    path("opportunities/<int:pk>/answer/<int:step>/", answers.answer, name="answer"),
    path("opportunities/<int:pk>/evidence/<int:step>/", children.add_evidence, name="add_evidence"),
    path("opportunities/<int:pk>/advance/", moves.advance, name="advance"),
    path("opportunities/<int:pk>/jump/", moves.jump, name="jump"),
    path("opportunities/<int:pk>/back/", moves.go_back, name="go_back"),
    path("opportunities/<int:pk>/finish/", moves.finish, name="finish"),
]

CLOSING = [
    path("opportunities/<int:pk>/close/", closing.close, name="close"),
    path("opportunities/<int:pk>/close/won/", closing.close_as_won, name="close_as_won"),
    path("opportunities/<int:pk>/close/lost/", closing.close_as_lost, name="close_as_lost"),
    path("opportunities/<int:pk>/ask/", closing.ask_manager, name="ask_manager"),
    path("opportunities/<int:pk>/reopen/", closing.reopen, name="reopen"),
]

CLOSE_REQUESTS = [
    path("opportunities/<int:pk>/request/", close_requests.close_request, name="close_request"),
    path("opportunities/<int:pk>/request/approve/", close_requests.approve_close_request, name="approve_close_request"),
    path(
        "opportunities/<int:pk>/request/take-back/",
        close_requests.take_back_close_request,
        name="take_back_close_request",
    ),
    path("opportunities/<int:pk>/decline/", close_requests.decline_close_request, name="decline_close_request"),
]

NEXT_STEP = [
    path("opportunities/<int:pk>/next-step/", next_step.next_step, name="next_step"),
    path("opportunities/<int:pk>/next-step/plan/", next_step.next_step_plan, name="next_step_plan"),
    path("opportunities/<int:pk>/next-step/done/", next_step.next_step_done, name="next_step_done"),
    path("opportunities/<int:pk>/next-step/change/", next_step.next_step_change, name="next_step_change"),
    path("opportunities/<int:pk>/next-step/postpone/", next_step.next_step_postpone, name="next_step_postpone"),
]

PAUSING = [
    path("opportunities/<int:pk>/hold/", pausing.hold, name="hold"),
    path("opportunities/<int:pk>/resume/", pausing.resume, name="resume"),
]

WAIVING = [
    path("opportunities/<int:pk>/waive/<int:step>/", waiving.waive, name="waive"),
    path("opportunities/<int:pk>/waive/<int:step>/ask/", waiver_requests.ask_for_waiver, name="ask_for_waiver"),
    path(
        "opportunities/<int:pk>/waive/<int:step>/take-back/",
        waiver_requests.take_back_waiver_request,
        name="take_back_waiver_request",
    ),
    path(
        "opportunities/<int:pk>/waive/<int:step>/approve/",
        waiver_requests.approve_waiver_request,
        name="approve_waiver_request",
    ),
    path(
        "opportunities/<int:pk>/waive/<int:step>/decline/",
        waiver_requests.decline_waiver_request,
        name="decline_waiver_request",
    ),
    path("opportunities/<int:pk>/waive/<int:step>/withdraw/", waiver_requests.withdraw_waiver, name="withdraw_waiver"),
]

COMPETITORS = [
    path("opportunities/<int:pk>/competitors/none/", competitors.no_known_competitors, name="no_known_competitors"),
]

TEAM = [path("opportunities/<int:pk>/team/alone/", team.sell_alone, name="sell_alone")]


def _child_pages(table: ChildTable) -> list[URLPattern]:
    """The addresses of one child table."""
    rows, named = f"opportunities/<int:pk>/{table.tab}/", {"table": table.name}
    add = attachments.attachment_add if table.has_files else children.add
    return [
        path(f"{rows}add/", add, named, name=f"{table.name}_add"),
        path(f"{rows}<int:row>/", children.change, named, name=f"{table.name}_edit"),
        path(f"{rows}<int:row>/remove/", children.remove, named, name=f"{table.name}_remove"),
    ]


STAKEHOLDERS = [path("opportunities/<int:pk>/stakeholders/map/", stakeholders.stakeholder_map, name="stakeholder_map")]
MAILS = [
    path("opportunities/<int:pk>/mails/write/", mails.mail_write, name="mail_write"),
    path("opportunities/<int:pk>/mails/write/<int:step>/", mails.mail_write_for, name="mail_write_for"),
]

NOTES = [path("opportunities/<int:pk>/notes/<int:row>/pin/", notes.note_pin, name="note_pin")]

FILES = [
    path("opportunities/<int:pk>/files/<int:row>/version/", attachments.attachment_version, name="attachment_version"),
    path(
        "opportunities/<int:pk>/files/<int:row>/download/", attachments.attachment_download, name="attachment_download"
    ),
    path("opportunities/<int:pk>/files/<int:row>/preview/", attachments.attachment_preview, name="attachment_preview"),
]

CHILD_PAGES = [pattern for pages in child_pages.PAGES.values() for pattern in _child_pages(pages.table)]

PICKER = [path("pick/<slug:what>/", picker.picker, name="picker")]

urlpatterns = [
    *pipeline.urlpatterns,
    *OPPORTUNITIES,
    *MOVES,
    *CLOSING,
    *CLOSE_REQUESTS,
    *NEXT_STEP,
    *PAUSING,
    *WAIVING,
    *COMPETITORS,
    *TEAM,
    *STAKEHOLDERS,
    *MAILS,
    *NOTES,
    *FILES,
    *CHILD_PAGES,
    *customer_pages.urlpatterns,
    *handing_over.urlpatterns,
    *import_pages.urlpatterns,
    *full_export.urlpatterns,
    *privacy_pages.urlpatterns,
    *reports.urlpatterns,
    *help_pages.urlpatterns,
    *PICKER,
]
