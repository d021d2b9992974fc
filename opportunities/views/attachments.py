"""Uploads and downloads files, and shows their previews."""

import logging
from typing import Any, cast

from django.contrib import messages
from django.core.files.base import File
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from opportunities.editing import stored_files
from opportunities.editing.children import ATTACHMENT
from opportunities.forms.attachments import UploadForm
from opportunities.http_status import status_of
from opportunities.models import Attachment, AttachmentPreview
from opportunities.refusals import Refused
from opportunities.views import child_forms, child_tabs, children
from opportunities.views.child_forms import ChildPage
from opportunities.views.request import (
    editing_by,
    opportunity_for,
    opportunity_to_read,
    posted,
    role_required,
    see_other,
    sent_once,
)
from salesflow import once, private_files
from salesflow.uploads import taking_files
from salesflow.users.requests import SignedInRequest

SANDBOX = "default-src 'none'; sandbox"
"""The policy of a file: should a browser show it after all, nothing in it runs, and it belongs to no site."""

_log = logging.getLogger(__name__)


# Uploads


@taking_files
@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def attachment_add(request: SignedInRequest, pk: int, table: str) -> HttpResponse:
    """The page that uploads files. `?stage=` or `?step=` leads back to a panel; `?kind=` is the first kind."""
    opportunity = opportunity_for(request, pk)
    initial = child_forms.initial_values(request, "kind")
    form = UploadForm(posted(request), _files(request), record=opportunity, initial=initial)
    form.at_step = child_forms.step_of(form)
    return _respond(request, form, ChildPage((f"{table}_add",), ""))


@taking_files
@require_http_methods(["GET", "HEAD", "POST"])
@role_required
@sent_once
def attachment_version(request: SignedInRequest, pk: int, row: int) -> HttpResponse:
    """The page that uploads a new version of a file. `row` may have got a later version since the page was opened."""
    opportunity, templates = opportunity_for(request, pk), ("attachment_version",)
    found = opportunity.attachments.select_related("created_by").filter(pk=row).first()
    form = UploadForm(posted(request), _files(request), record=opportunity, version_of=found)
    if found is None:
        return children.row_gone(request, form, ATTACHMENT, row, templates)
    return _respond(request, form, ChildPage(templates, "", found))


def _files(request: SignedInRequest) -> Any:
    return request.FILES if request.method == "POST" else None


def _respond(request: SignedInRequest, form: UploadForm, child_page: ChildPage) -> HttpResponse:
    refusal = child_tabs.why_not(request.user, form.record, ATTACHMENT)
    if refusal:
        status = status_of(refusal) if form.is_bound else 200
        return child_forms.page(request, form, ATTACHMENT, child_page, refusal=refusal, status=status)
    form.refuse_unnamed()
    if not form.is_valid():
        return child_forms.page(request, form, ATTACHMENT, child_page, status=422 if form.is_bound else 200)
    try:
        message = _stored(request, form)
    except Refused as refused:
        form.refuse(refused)
        return child_forms.page(request, form, ATTACHMENT, child_page, status=status_of(refused))
    if form.refused:  # the others are stored, so this is no refusal
        form.say_refused(message)
        return child_forms.page(request, form, ATTACHMENT, child_page)
    messages.success(request, message)
    return see_other(child_forms.back_to(request, form, ATTACHMENT))


def _stored(request: SignedInRequest, form: UploadForm) -> str:
    """Stores the files and their rows, once per form. Returns the message for the user."""
    contents = [(each.upload, each.file_type.content_type) for each in form.accepted]
    with stored_files.stored(contents) as files, editing_by(request, form, closed="allow") as record:
        once.claim(request)
        message = _message(form.write_to(record, files))
        form.complete_step(record)
        once.remember(request, child_forms.back_to(request, form, ATTACHMENT), message)
    return message


def _message(added: list[Attachment]) -> str:
    if len(added) == 1 and added[0].number > 1:
        uploaded = _("Version %(number)d of %(name)s uploaded.") % {"number": added[0].number, "name": added[0]}
        return " ".join(filter(None, [uploaded, _other_type(added[0])]))
    if len(added) == 1:
        return _("%(name)s uploaded.") % {"name": added[0]}
    return ngettext("%(count)d file uploaded.", "%(count)d files uploaded.", len(added)) % {"count": len(added)}


def _other_type(version: Attachment) -> str:
    """Says if the version before was of another type, as an image before a PDF document. One query."""
    before = version.opportunity.attachments.filter(series=version.series, number__lt=version.number)
    last = before.order_by("number").last()
    if last is None or last.content_type == version.content_type:
        return ""
    return _("It is of another type than the version before, %(name)s.") % {"name": last}


# Downloads


@require_safe
@role_required
def attachment_download(request: SignedInRequest, pk: int, row: int) -> HttpResponse:
    """The file, as an attachment, to those who may see the opportunity; 404 to others, and if the file is away."""
    attachment = get_object_or_404(opportunity_to_read(request, pk).attachments, pk=row)
    name = stored_files.download_name(attachment)
    request.META.pop("HTTP_ACCEPT_ENCODING", None)  # sent as it is, with its length, so that a browser shows progress
    return _sent(attachment.storage_name, attachment.content_type, name=name)


@require_safe
@role_required
def attachment_preview(request: SignedInRequest, pk: int, row: int) -> HttpResponse:
    """The picture of the file that the worker made."""
    rows = opportunity_to_read(request, pk).attachments.select_related("preview")
    attachment = get_object_or_404(rows.filter(preview__state=AttachmentPreview.State.MADE), pk=row)
    return _sent(attachment.preview_name, attachment.preview.content_type)


def _sent(storage_name: str, content_type: str, *, name: str = "") -> HttpResponse:
    """The private file; with a `name`, as an attachment."""
    try:
        file: File[bytes] = private_files.storage().open(storage_name)
    except Exception as fault:  # an object store has errors of its own
        _log.exception("The file %s cannot be read.", storage_name)
        raise Http404 from fault
    response = FileResponse(file, as_attachment=bool(name), filename=name, content_type=content_type)
    if not name:
        response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return cast(HttpResponse, response)
