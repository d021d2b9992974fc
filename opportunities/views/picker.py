import re

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from opportunities.forms import fields, finding
from opportunities.views.request import role_required
from salesflow.users.requests import SignedInRequest

_FIELD_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")


@require_safe
@role_required
def picker(request: SignedInRequest, what: str) -> HttpResponse:
    """The answers of one picker, for htmx."""
    if what not in finding.KINDS:
        raise Http404
    question = _question(request, finding.KINDS[what])
    context = {
        "answers": finding.answers(question),
        "label": question.kind.label,
        "said_id": f"id_{question.name}-said",
    }
    return render(request, "includes/_picker_answers.html", context)


def _question(request: SignedInRequest, kind: finding.Kind) -> finding.Question:
    """What the picker's own fields and its address say."""
    asked = request.GET
    name = asked.get("name", "")
    if not _FIELD_NAME.fullmatch(name):
        raise Http404
    choice = asked.get(name, "")
    chosen = fields.clean_id(choice)
    return finding.Question(
        kind=kind,
        name=name,
        typed=asked.get("q", asked.get(f"{name}-find", "")).strip(),
        choice=choice,
        chosen=None if chosen is None else kind.everybody().filter(pk=chosen).first(),
        is_optional=asked.get("none") == "1",
        may_create=asked.get("create") == "1" and kind.may_create,
        account=fields.clean_id(asked.get(asked.get("account_name", "account"), "")),
    )
