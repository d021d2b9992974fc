"""Everything that is held about a person, with where it is. An export is this as JSON, piece by piece."""

import datetime
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import QuerySet

from opportunities.customers.models import Contact
from opportunities.models import Attachment, Erasure, Event, Opportunity, OpportunityMail
from opportunities.models.erasures import PrivacyAct
from opportunities.models.event import log_value
from opportunities.privacy import machine_rows, text_columns
from opportunities.privacy.person import Person, history_of
from salesflow.mail.models import Attempt, OutboxMail
from salesflow.users.models import User

Row = dict[str, Any]
Section = tuple[str, Iterable[Row]]

NO_SECTION = (Erasure, Contact.history.model)
IN_FULL = {"event"}
"""The tables of texts that have a section of their own."""


def exported(contact: Contact, *, by: User, at: datetime.datetime) -> Iterator[str]:
    """The JSON of an export, in pieces. The log of the export is written before."""
    about = {"contact": contact.pk, "exported_at": at, "exported_by": str(by), "program": "Salesflow"}
    yield f'{{"about": {_json(about)}'
    for name, rows in sections(contact):
        yield f',\n"{name}": ['
        for place, row in enumerate(rows):
            yield f"{',' if place else ''}\n{_json(row)}"
        yield "]"
    yield "}\n"


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


def sections(contact: Contact) -> Iterator[Section]:
    """Each kind of thing that is held, with its rows."""
    person = Person.of(contact)
    involved = text_columns.rows_or_texts_about(contact, person)
    yield "contact", _rows(Contact.objects.filter(pk=contact.pk))
    yield "contact_history", _rows(history_of(contact))
    for relation in Contact._meta.related_objects:
        if relation.related_model not in NO_SECTION:
            rows: QuerySet[Any] = QuerySet(relation.related_model).filter(**{relation.field.name: contact})
            yield f"{relation.related_model._meta.model_name}_by_{relation.field.name}", _rows(rows)
    outbox = OpportunityMail.objects.filter(contact=contact).values("outbox")
    yield "outbox", _rows(OutboxMail.objects.filter(pk__in=outbox))
    yield "attempts_to_send", _rows(Attempt.objects.filter(mail__in=outbox))
    texts = list(text_columns.texts_about(person, involved))
    yield "events", _events(person, involved, texts)
    yield "mentions", _mentions(texts)
    yield "files", _files(person, involved)
    yield "written_by_machines", _of_machines(person)


def _rows(rows: QuerySet[Any]) -> Iterator[Row]:
    relations = [column.name for column in rows.model._meta.concrete_fields if column.is_relation]
    for row in rows.select_related(*relations).order_by("pk").iterator(chunk_size=500):
        yield as_row(row)


def as_row(row: models.Model) -> Row:
    """Every column of the row, a relation with its id and name."""
    return {"table": row._meta.label, **{each.name: _value(row, each) for each in row._meta.concrete_fields}}


def _value(row: models.Model, column: Any) -> Any:
    value = log_value(getattr(row, column.name))
    return list(value) if isinstance(value, tuple) else value


def _events(person: Person, involved: list[int], texts: list[text_columns.StoredText]) -> Iterator[Row]:
    """The parts of the history that name the person."""
    pks = {text.row for text in texts if text.table.model is Event}
    for event in Event.objects.filter(pk__in=pks).select_related("opportunity", "by").order_by("pk"):
        is_involved = event.opportunity_id in involved

        def named(part: Any, is_involved: bool = is_involved) -> bool:
            return any(person.names_in(text, is_involved=is_involved) for text in text_columns.strings(part))

        yield {
            "table": Event._meta.label,
            "row": event.pk,
            "opportunity": log_value(event.opportunity),
            "version": event.version,
            "at": event.at,
            "by": str(event.by),
            "kind": event.kind,
            "reason": event.reason if named(event.reason) else "",
            "changes": [part for part in event.changes if named(part)],
            "children": [part for part in event.children if named(part)],
            "merged": event.merged if named(event.merged) else {},
        }


def _mentions(texts: list[text_columns.StoredText]) -> Iterator[Row]:
    """The texts in other places that name the person."""
    for text in texts:
        if text.table.name not in IN_FULL:
            yield {
                "table": text.table.model._meta.label,
                "row": text.row,
                "column": text.column,
                "opportunity": text.opportunity,
                "customer": text.customer,
                "text": text.text,
            }


def _files(person: Person, involved: list[int]) -> Iterator[Row]:
    """The files of the opportunities in which the person has part. `is_named`: the name of the file has the person.

    Their contents are not in the export: no program says whose data a file has. The names lead to them.
    """
    for file in Attachment.objects.filter(opportunity__in=involved).select_related("opportunity").order_by("pk"):
        yield {
            "table": Attachment._meta.label,
            "row": file.pk,
            "name": file.name,
            "opportunity": log_value(file.opportunity),
            "uploaded": file.created_at,
            "size": file.size,
            "sha256": file.sha256,
            "is_named": person.names_in(file.name, is_involved=True),
        }


def _of_machines(person: Person) -> Iterator[Row]:
    for row, values in machine_rows.rows_about(person):
        yield {"table": row._meta.label, "row": str(row.pk), **values}


def counts(contact: Contact) -> dict[str, int]:
    """How much is held, for the page of the person. One query for each."""
    involved = text_columns.involved_in(contact)
    return {
        "opportunities": len(involved),
        "open": Opportunity.objects.open().filter(pk__in=involved).count(),
        "mails": OpportunityMail.objects.filter(contact=contact).count(),
        "files": Attachment.objects.filter(opportunity__in=involved).count(),
    }


def log_export(contact: Contact, *, by: User, at: datetime.datetime) -> PrivacyAct:
    return PrivacyAct.objects.create(kind=PrivacyAct.Kind.EXPORTED, contact=contact, at=at, by=by)
