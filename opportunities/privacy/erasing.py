"""Erases a person, in two steps: `start` replaces the values, `decide` each passage, `accept` ends the review.

All may be sent twice. Nothing personal remains in the log: it has the id of the contact, who, when, and counts.
"""

import datetime
from typing import Any

from django.utils.translation import gettext as _

from opportunities import access
from opportunities.customers import erased_rows, saving
from opportunities.customers.models import Contact
from opportunities.editing import NotAllowed, Refused, erased_contacts, erased_files, rewriting, written_or_refused
from opportunities.models.erasures import ERASED, Erasure, Passage, PrivacyAct
from opportunities.privacy import machine_rows, mentions, text_columns
from opportunities.privacy.person import Person
from salesflow import once, safe_text
from salesflow.users.models import User

Decision = Passage.Decision


class StalePerson(Refused):
    """The contact, or the passage, changed since the page was opened."""

    code = "stale_person"
    is_stale = True


class NotReviewed(Refused):
    """The review cannot be accepted: passages are open, or new ones were found."""

    code = "not_reviewed"


class InvalidPassage(Refused):
    """The text that was typed instead of a passage cannot be stored, or still names the person."""

    code = "invalid_passage"


def open_erasure(contact_id: int) -> Erasure | None:
    return Erasure.objects.filter(contact=contact_id, accepted_at=None).first()


def start(contact: Contact, *, version: int, by: User, at: datetime.datetime) -> Erasure:
    """Replaces the values of the person and lists the passages. Returns the open erasure if there is one already.

    Locks the opportunities first and then the contact, as a mail does. Refusals: NotAllowed, StalePerson, Busy.
    """
    _refuse_others(by)
    with written_or_refused(is_new=True):
        if found := open_erasure(contact.pk):
            return found
        person = Person.of(contact)
        involved = text_columns.rows_or_texts_about(contact, person)
        rows = _erase_in(involved, contact, person, by, at)
        locked = saving.locked(Contact, contact.pk)
        if locked is None or locked.version != version:
            if found := open_erasure(contact.pk):
                return found
            raise StalePerson(_("The contact was changed after this page was opened. Look at it again."))
        while newer := sorted(set(text_columns.involved_in(contact)) - set(involved)):  # a copy that was made meanwhile
            rows += _erase_in(newer, contact, person, by, at)
            involved = sorted({*involved, *newer})
        rows += erased_rows.erase(locked, by=by, at=at) + machine_rows.erase(person)
        once.forget(person.everywhere)
        words = {**person.as_words(), "opportunities": involved}
        erasure = Erasure.objects.create(contact=locked, at=at, by=by, words=words)
        passages = mentions.list_passages(erasure)
        counts = {"opportunities": len(involved), "rows": rows, "passages": passages}
        PrivacyAct.objects.create(kind=PrivacyAct.Kind.ERASED, contact=locked, at=at, by=by, counts=counts)
    return erasure


def _erase_in(opportunities: list[int], contact: Contact, person: Person, by: User, at: datetime.datetime) -> int:
    """Replaces the columns about the contact in these opportunities. Returns how many rows were changed."""
    erased = erased_contacts.Erased(frozenset(erased_rows.ids_of(contact)), person.has_name)
    return sum(erased_contacts.erase_contact(pk, erased, by=by, at=at) for pk in opportunities)


def _refuse_others(by: User) -> None:
    if not access.may_erase_person(by):
        raise NotAllowed(_("You may not erase the data of a person."))


def decide(
    passage: Passage, decision: str, *, text: str = "", by: User, at: datetime.datetime, digest: str = ""
) -> None:
    """Replaces the words, the whole passage or file, or sets an edited text; or keeps it as it is.

    `digest` is that of the passage on the page. Refusals: NotAllowed, StalePerson, InvalidPassage, Busy.
    """
    _refuse_others(by)
    with written_or_refused(is_new=True):
        erasure = Erasure.objects.select_for_update(no_key=True).get(pk=passage.erasure_id)
        current = erasure.passages.filter(pk=passage.pk).select_related("file").first()
        if current is None or not erasure.is_open or digest != current.digest:
            raise StalePerson(_("This passage was changed after this page was opened. Look at it again."))
        if _is_repeated(current, decision, text):
            return
        if current.decision:
            raise StalePerson(_("Another person has decided about this passage."))
        if decision != Decision.KEPT:
            _write(current, _new_text(current, decision, text, mentions.person_of(erasure)), by, at)
        current.text, current.decision, current.decided_at, current.decided_by = "", decision, at, by
        current.save()


def _is_repeated(passage: Passage, decision: str, typed: str) -> bool:
    if passage.decision != decision:
        return False
    return decision != Decision.EDITED or passage.result == _result(passage, typed)


def _result(passage: Passage, new: str) -> str:
    return mentions.digest(passage.opportunity_id, passage.customer, new)


def _new_text(passage: Passage, decision: str, typed: str, person: Person) -> str:
    if decision == Decision.EDITED:
        _refuse_invalid(typed, passage, person)
        new = typed
    elif decision == Decision.WORDS:
        new = person.without(passage.text, is_involved=passage.opportunity_id is not None)
    else:
        new = ERASED
    if "attachment name" in passage.places and "." in passage.text:
        ending = passage.text.rpartition(".")[2]
        new = new if new.endswith(f".{ending}") else f"{new}.{ending}"
    longest = longest_of(passage)
    return new if longest is None else new[:longest]


def _refuse_invalid(typed: str, passage: Passage, person: Person) -> None:
    if not safe_text.is_seen(typed):
        raise InvalidPassage(_("Write a text, or erase the whole passage."), field="text")
    if person.names_in(typed, is_involved=False):
        raise InvalidPassage(_("The text still has the name, the address or the number."), field="text")
    longest = longest_of(passage)
    if longest is not None and len(typed) > longest:
        raise InvalidPassage(_("At most %(count)d characters.") % {"count": longest}, field="text")


def longest_of(passage: Passage) -> int | None:
    """The room of the shortest column that has the passage."""
    lengths = [column.max_length for column in columns_of(passage) if column.max_length]
    if any(place.startswith("merge ") for place in passage.places):  # it goes back into a column if that is undone
        lengths.append(len(passage.text))
    return min(lengths, default=None)


def columns_of(passage: Passage) -> list[Any]:
    """The columns that have the text of the passage."""
    models = {table.name: table.model for table in text_columns.tables()}
    named = [place.partition(" ") for place in passage.places]
    return [models[table]._meta.get_field(column) for table, _space, column in named if column]


def _write(passage: Passage, new: str, by: User, at: datetime.datetime) -> None:
    if passage.file is not None:
        erased_files.erase_file(passage.file, by=by, at=at)
        return
    passage.result = _result(passage, new)
    texts = {passage.text: new}
    if passage.opportunity_id is None:
        erased_rows.replace_texts(passage.customer, texts, by=by, at=at)
    else:
        rewriting.replace_texts(passage.opportunity_id, texts, by=by, at=at)


def accept(erasure: Erasure, *, by: User, at: datetime.datetime) -> None:
    """Ends the review, and forgets the words and the passages. Lists passages that were written meanwhile.

    Refusals: NotAllowed, NotReviewed, Busy.
    """
    _refuse_others(by)
    with written_or_refused(is_new=True):
        locked = Erasure.objects.select_for_update(no_key=True).get(pk=erasure.pk)
        if not locked.is_open:
            return
        _erase_newer(locked, by, at)
        is_reviewed = not mentions.list_passages(locked) and not locked.passages.filter(decision="").exists()
        if is_reviewed:
            _end(locked, by, at)
    if not is_reviewed:
        raise NotReviewed(_("Some passages are still open. Decide about each of them, then accept the review."))


def _erase_newer(erasure: Erasure, by: User, at: datetime.datetime) -> None:
    """Erases the person in opportunities that began to refer to the contact after the erasure began."""
    known = mentions.involved_in(erasure)
    newer = sorted(set(text_columns.involved_in(erasure.contact)) - set(known))
    if newer:
        _erase_in(newer, erasure.contact, mentions.person_of(erasure), by, at)
        erasure.words = {**erasure.words, "opportunities": sorted({*known, *newer})}
        erasure.save()


def _end(erasure: Erasure, by: User, at: datetime.datetime) -> None:
    person = mentions.person_of(erasure)
    counts = mentions.counts_of(erasure.passages.all())
    counts["rows"] = machine_rows.erase(person)
    once.forget(person.everywhere)
    erasure.passages.all().delete()
    erasure.words, erasure.accepted_at, erasure.accepted_by = {}, at, by
    erasure.save()
    kind = PrivacyAct.Kind.ACCEPTED
    PrivacyAct.objects.create(kind=kind, contact_id=erasure.contact_id, at=at, by=by, counts=counts)
