import re
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from opportunities.forms import fields
from opportunities.forms.picker import kinds, search
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest

_FIELD_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")


@require_safe
@role_required
def picker(request: SignedInRequest, what: str) -> HttpResponse:
    """The answers of one picker, for htmx."""
    if what not in kinds.KINDS:
        raise Http404
    question = _question(request, what)
    context = {
        "answers": search.answers(question),
        "label": question.kind.label,
        "said_id": f"id_{question.name}-said",
    }
    return render(request, "includes/_picker_answers.html", context)


def _question(request: SignedInRequest, what: str) -> search.Question:
    """The search that the query describes."""
    asked, kind = request.GET, kinds.KINDS[what]
    name = asked.get("name", "")
    if not _FIELD_NAME.fullmatch(name):
        raise Http404
    choice = asked.get(name, "")
    return search.Question(
        kind=kind,
        name=name,
        typed=asked.get("q", asked.get(f"{name}-find", "")).strip(),
        choice=choice,
        chosen=_chosen(what, fields.clean_id(choice), asked.get("present", "")),
        is_optional=asked.get("none") == "1",
        may_create=asked.get("create") == "1" and kind.may_create,
        account=fields.clean_id(asked.get(asked.get("account_name", "account"), "")),
        seen=tuple(fields.clean_ids(asked.get(f"{name}-like"))),
    )


def _chosen(what: str, pk: int | None, mark: str) -> Any:
    """The row with this id, if it may be chosen or the form had it before; else None."""
    if pk is None:
        return None
    kind = kinds.KINDS[what]
    rows = kind.all_rows() if search.present(what, mark) == pk else kind.rows()
    return rows.filter(pk=pk).first()
