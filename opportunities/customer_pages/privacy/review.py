"""The review of an erasure: each passage that mentions the person is replaced, edited, erased or kept."""

from typing import Any

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opportunities import access, editing
from opportunities.customer_pages.privacy.forms import PassageForm
from opportunities.customers.models import Contact
from opportunities.forms import rendered_for
from opportunities.http_status import status_of
from opportunities.models.erasures import Erasure, Passage
from opportunities.privacy import erasing, mentions
from opportunities.views.paging import page_of
from opportunities.views.request import allowed_to, see_other
from salesflow.users.requests import SignedInRequest

PASSAGES_A_PAGE = 10


@allowed_to(access.may_erase_person)
@require_safe
def person_review(request: SignedInRequest, contact: int) -> HttpResponse:
    """The open passages. Without an open erasure it leads to the page of the person."""
    row = get_object_or_404(Contact, pk=contact)
    erasure = erasing.open_erasure(row.pk)
    return _review_page(request, row, erasure) if erasure else see_other(reverse("person", args=[row.pk]))


def _review_page(
    request: SignedInRequest, contact: Contact, erasure: Erasure, refused: Any = None, form: PassageForm | None = None
) -> HttpResponse:
    order = ("-is_certain", F("opportunity_id").asc(nulls_first=True), "pk")
    passages = erasure.passages.order_by(*order).select_related("opportunity", "file")
    page = page_of(request, passages.filter(decision=""), PASSAGES_A_PAGE)
    person = mentions.person_of(erasure)
    context = {
        "contact": contact,
        "erasure": erasure,
        "page": page,
        "passages": [_shown(passage, person, form) for passage in page],
        "decided": erasure.passages.exclude(decision="").count(),
        "refusal": refused,
        "form": form,
    }
    return render(request, "privacy/person_review.html", context, status=status_of(refused) if refused else 200)


def _shown(passage: Passage, person: Any, posted: PassageForm | None) -> dict[str, Any]:
    """The passage with where it is, its pieces, and its form: the one that was refused, or a new one."""
    is_posted = posted is not None and posted.passage.pk == passage.pk
    return {
        "passage": passage,
        "places": [_label(place) for place in passage.places],
        "customer": _customer(passage.customer),
        "pieces": _pieces(passage.text, person),
        "form": posted if is_posted else PassageForm(passage=passage),
    }


def _customer(named: str) -> tuple[str, str] | None:
    """The page of the customer or merge, and how to call it. No query: its name may be what is to be erased."""
    if not named:
        return None
    model, _space, pk = named.partition(" ")
    label = apps.get_model("customers", model)._meta.verbose_name
    page = "merge_page" if model == "merge" else f"{model}_page"
    return reverse(page, args=[pk]), f"{capfirst(str(label))} {pk}"


def _pieces(text: str, person: Any) -> list[tuple[str, bool]]:
    """The text in pieces: each, and whether it names the person."""
    pieces, last = [], 0
    for start, end in person.spans(text, is_involved=True):
        if start >= last:
            pieces += [(text[last:start], False), (text[start:end], True)]
            last = end
    return [*pieces, (text[last:], False)]


def _label(place: str) -> str:
    """Where a passage is, for people: “Note: text”."""
    table, _space, column = place.partition(" ")
    models = {model._meta.model_name: model for app in APPS for model in apps.get_app_config(app).get_models()}
    model: Any = models[table]
    name = capfirst(str(model._meta.verbose_name))
    return f"{name}: {model._meta.get_field(column).verbose_name}" if column else name


APPS = ("customers", "opportunities")


@allowed_to(access.may_erase_person)
@require_http_methods(["GET", "HEAD", "POST"])
def passage_decide(request: SignedInRequest, contact: int, passage: int) -> HttpResponse:
    """Decides about one passage. A GET leads to the review."""
    review = reverse("person_review", args=[contact])
    row = get_object_or_404(Passage.objects.select_related("erasure__contact"), pk=passage, erasure__contact=contact)
    if request.method != "POST":
        return see_other(review)
    form = PassageForm(request.POST, passage=row)
    if not form.is_valid() and set(form.errors) & {"digest", "decision"}:
        raise BadRequest("The form does not say what it was drawn for.")
    if form.is_valid():
        entries = form.cleaned_data
        try:
            erasing.decide(row, **entries, by=request.user, at=timezone.now())
        except editing.Refused as refused:
            if refused.field == "text":
                form.add_error("text", str(refused))
            return _review_page(request, row.erasure.contact, row.erasure, refused, form)
        return see_other(f"{review}?page={_page(request)}")
    return _review_page(request, row.erasure.contact, row.erasure, editing.Refused(_("There is a problem")), form)


def _page(request: SignedInRequest) -> int:
    page = request.POST.get("page", "1")
    return int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1


@allowed_to(access.may_erase_person)
@require_POST
def person_accept(request: SignedInRequest, contact: int) -> HttpResponse:
    pk = rendered_for.posted_id(request.POST, "erasure")
    erasure = get_object_or_404(Erasure.objects.select_related("contact"), pk=pk, contact=contact)
    try:
        erasing.accept(erasure, by=request.user, at=timezone.now())
    except editing.Refused as refused:
        return _review_page(request, erasure.contact, erasure, refused)
    messages.success(request, _("The review is accepted. The person is erased."))
    return see_other(reverse("person", args=[contact]))
