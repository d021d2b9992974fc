"""Which import a request is about, and what its page was drawn for. An import that the reader may not see is a 404."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from opportunities.forms import rendered_for
from opportunities.imports import making
from opportunities.models import Import
from opportunities.refusals import Refused
from opportunities.views.request import refuse_reader
from salesflow.users.requests import SignedInRequest

DRAWN = (
    *("reading", "mapping", "sources", "keeps", "history_stored_name", "history_columns"),
    *("mapped_at", "counted_at", "started_at", "stopped_at", "finished_at", "asked_at", "answered_at"),
)
"""The columns that pages show and that another page changes."""

BYTES_OF_A_VERSION = 7  # so that it is an id for both databases


class ImportChanged(Refused):
    """The import was changed after its page was drawn."""

    code = "changed_meanwhile"
    is_stale = True

    def __init__(self) -> None:
        super().__init__(_("The import has changed since this page was opened. This is how it is now."))


def visible_import(request: SignedInRequest, run: int) -> Import:
    """The import, for who may see it."""
    refuse_reader(request)
    seen = making.visible_to(request.user).select_related("by", "answered_by")
    return get_object_or_404(seen, pk=run)


def own_import(request: SignedInRequest, run: int) -> Import:
    """The import, for the person who made it."""
    refuse_reader(request)
    return get_object_or_404(Import.objects.select_related("by", "answered_by"), pk=run, by=request.user)


def address(run: Import) -> str:
    """The address of the report, which leads to the next step before the start."""
    return reverse("import_run", args=[run.pk])


def version(run: Import) -> int:
    """A number that differs whenever a page of the import would show something else to decide about."""
    drawn = json.dumps([getattr(run, name) for name in DRAWN], default=str, sort_keys=True)
    return int.from_bytes(hashlib.sha256(drawn.encode()).digest()[:BYTES_OF_A_VERSION])


def refuse_old_page(request: SignedInRequest, run: Import) -> None:
    """Refusal: ImportChanged, if the posted page shows another state. Raises BadRequest if it names none."""
    if rendered_for.posted_id(request.POST, "version") != version(run):
        raise ImportChanged


@dataclass(frozen=True)
class Steps:
    """The steps before the start, each with its address if it can be opened now, and what their page is drawn for."""

    links: list[dict[str, Any]]
    version: int


def steps(run: Import, current: str) -> Steps:
    labels = {
        "import_reading": _("Reading"),
        "import_columns": _("Columns"),
        "import_values": _("Values"),
        "import_preview": _("Preview"),
    }
    links = [
        {
            "label": label,
            "address": reverse(name, args=[run.pk]) if name != "import_preview" or run.is_mapped else "",
            "is_current": name == current,
        }
        for name, label in labels.items()
    ]
    return Steps(links, version(run))
