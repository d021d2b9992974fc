"""Lists the passages of an erasure: the texts and files that a manager looks at before accepting it."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.conf import settings

from opportunities.editing.erased_files import PLACEHOLDER
from opportunities.models import Attachment, OpportunityMail
from opportunities.models.erasures import ERASED, Erasure, Passage
from opportunities.models.notes import first_line
from opportunities.privacy import text_columns
from opportunities.privacy.person import Person

Root = tuple[int | None, str]
"""The opportunity, or the customer, that a text belongs to."""

IN_THE_LOG = "event children"
MAIL_COLUMNS = ("subject", "text")


@dataclass
class Found:
    """One text of a root, and where it is."""

    places: list[str] = field(default_factory=list)
    is_certain: bool = False


def person_of(erasure: Erasure) -> Person:
    return Person.of_words(erasure.contact_id, erasure.words)


def involved_in(erasure: Erasure) -> list[int]:
    """The ids of the opportunities in which the person had part when the erasure began."""
    return list(erasure.words.get("opportunities", ()))


def list_passages(erasure: Erasure) -> int:
    """Adds the passages that are not listed yet, and returns how many. One with a decision is not listed again."""
    digests = erasure.passages.values_list("digest", "result")
    known = {digest for pair in digests for digest in pair if digest}
    new = {each.digest: each for each in (*_texts(erasure), *_files(erasure)) if each.digest not in known}
    Passage.objects.bulk_create(new.values(), batch_size=500)
    return len(new)


def _texts(erasure: Erasure) -> Iterator[Passage]:
    for (opportunity, customer), texts in _by_root(erasure).items():
        for text, found in _without_beginnings(texts):
            yield Passage(
                erasure=erasure,
                opportunity_id=opportunity,
                customer=customer,
                text=text,
                places=found.places,
                is_certain=found.is_certain,
                digest=digest(opportunity, customer, text),
            )


def _by_root(erasure: Erasure) -> dict[Root, dict[str, Found]]:
    person, roots = person_of(erasure), defaultdict[Root, dict[str, Found]](lambda: defaultdict(Found))
    for text in text_columns.texts_about(person, involved_in(erasure)):
        found = roots[text.opportunity, text.customer][text.text]
        _add_place(found, f"{text.table.name} {text.column}")
        found.is_certain = found.is_certain or person.names_in(text.text, is_involved=False)
    for mail in OpportunityMail.objects.filter(contact=erasure.contact_id).order_by("pk"):
        for column in MAIL_COLUMNS:
            written = getattr(mail, column)
            if written != ERASED:
                found = roots[mail.opportunity_id, ""][written]
                _add_place(found, f"opportunitymail {column}")
                found.is_certain = True
    return roots


def _add_place(found: Found, place: str) -> None:
    if place not in found.places:
        found.places.append(place)


def _without_beginnings(texts: dict[str, Found]) -> Iterator[tuple[str, Found]]:
    """Leaves out the names of notes in the log, which are the beginnings of their texts and change with them."""
    beginnings = {first_line(text) for text in texts if first_line(text) != text}
    for text, found in texts.items():
        if text not in beginnings or found.places != [IN_THE_LOG]:
            yield text, found


def _files(erasure: Erasure) -> Iterator[Passage]:
    """Every file of the opportunities in which the person had part: what is in it, no program says."""
    files = Attachment.objects.filter(opportunity__in=involved_in(erasure))
    for file in files.exclude(sha256=hashlib.sha256(PLACEHOLDER).hexdigest()).order_by("pk"):
        yield Passage(
            erasure=erasure,
            opportunity_id=file.opportunity_id,
            file=file,
            places=["attachment"],
            digest=digest(file.opportunity_id, "file", file.storage_name),
        )


def digest(opportunity: int | None, customer: str, text: str) -> str:
    """Recognises a text without keeping it."""
    sent = f"{opportunity} {customer} {text}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), sent, hashlib.sha256).hexdigest()


def counts_of(passages: Iterable[Passage]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for passage in passages:
        counts[passage.decision] += 1
    return dict(counts)
