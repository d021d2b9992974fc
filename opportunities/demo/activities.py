"""The actions on an opportunity of a demo that add notes, files, tasks and mails, inside `editing`."""

import datetime
import smtplib

from django.core.files.base import ContentFile

from opportunities.demo import files
from opportunities.demo.context import DAY, DemoOpportunity
from opportunities.editing import attachments, debriefs, editing, mails, notes, presentations, stored_files, tasks
from opportunities.models import Attachment, Note, Opportunity
from salesflow.mail import delivery

A_MAIL_FAILS = 0.34
MEETS_AT = datetime.time(13, 0)


def write_note(demo: DemoOpportunity, kind: str) -> None:
    """Adds a note; of the debriefs, the one that fits the end. The approach is pinned."""
    texts, is_pinned = demo.phrases["notes"][kind], kind == Note.Kind.APPROACH
    ended_lost = bool(demo.entry.lost_to) or demo.entry.scenario.startswith("lost")
    text = texts[ended_lost] if kind == Note.Kind.DEBRIEF else demo.rng.choice(texts)
    with editing(demo.opportunity, by=demo.owner, at=demo.at, closed="allow") as record:
        notes.add(record, text=text, kind=kind, is_pinned=is_pinned)


def complete_note(demo: DemoOpportunity) -> None:
    """Adds a line to the note about the meeting."""
    with demo.edit() as record:
        note = record.notes.filter(kind=Note.Kind.MEETING).latest("pk")
        note.opportunity = record
        notes.change(note, text=f"{note.text}\n{demo.phrases['note_completed']}")


def upload_proposal(demo: DemoOpportunity, kind: str = Attachment.Kind.PROPOSAL) -> None:
    """Uploads the proposal of this kind, or a new version of it."""
    says, entry = demo.phrases["files"], demo.entry
    title = f"{says[kind]}: {entry.topic}"
    price = says["price"] % {"revenue": demo.round_sum(0.95, 1.1)}
    content = files.pdf(title, [says["need"], entry.need, says["solution"], entry.solution, price])
    _upload(demo, content, "application/pdf", name=f"{says[kind]} {entry.topic}.pdf", kind=kind)


def upload_sketch(demo: DemoOpportunity) -> None:
    says, draw = demo.phrases["files"], demo.rng.randint
    content = files.png([(draw(40, 440), draw(40, 280)) for _ in range(9)])
    _upload(demo, content, "image/png", name=f"{says['sketch']} {demo.entry.topic}.png", kind=Attachment.Kind.OTHER)


def upload_quote(demo: DemoOpportunity) -> None:
    says, entry = demo.phrases["files"], demo.entry
    price = says["price"] % {"revenue": demo.round_sum(0.95, 1.1)}
    _upload_pdf(demo, Attachment.Kind.QUOTE, [entry.solution, price])


def upload_debrief(demo: DemoOpportunity) -> None:
    """Uploads the debrief of the closed opportunity as a file."""
    debrief = demo.opportunity.debriefs.get()
    _upload_pdf(demo, Attachment.Kind.DEBRIEF, [debrief.why, debrief.went_well, debrief.went_badly])


def _upload_pdf(demo: DemoOpportunity, kind: str, paragraphs: list[str]) -> None:
    title = f"{demo.phrases['files'][kind]} {demo.entry.topic}"
    _upload(demo, files.pdf(title, paragraphs), "application/pdf", name=f"{title}.pdf", kind=kind)


def _upload(demo: DemoOpportunity, content: bytes, content_type: str, *, name: str, kind: str) -> None:
    by_owner = editing(demo.opportunity, by=demo.owner, at=demo.at, closed="allow")
    with stored_files.stored([(ContentFile(content), content_type)]) as stored, by_owner as record:
        attachments.add(record, stored[0], name=name, kind=kind, version_of=_last_file(record, kind))
        demo.opportunity = record


def _last_file(record: Opportunity, kind: str) -> Attachment | None:
    return record.attachments.latest_versions().filter(kind=kind).first()


def present(demo: DemoOpportunity, kind: str) -> None:
    """Enters the presentation of a proposal to the first stakeholders, with its file if there is one."""
    with demo.edit() as record:
        attendees = [row.contact for row in record.stakeholders.select_related("contact").order_by("pk")[:2]]
        presentations.enter(
            record,
            kind=kind,
            held_on=demo.at.date(),
            held_at=MEETS_AT,
            attendees=presentations.named(attendees),
            file=_last_file(record, kind),
        )
        demo.opportunity = record


def file_debrief(demo: DemoOpportunity) -> None:
    """Files the debrief that fits the end, with the first competitor."""
    ended_lost = bool(demo.entry.lost_to) or demo.entry.scenario.startswith("lost")
    competitor = next((demo.competitors[name] for name in demo.entry.competitors), None)
    with editing(demo.opportunity, by=demo.owner, at=demo.at, closed="allow") as record:
        debriefs.file(record, competitor=competitor, **demo.phrases["debriefs"][ended_lost])


def thank(demo: DemoOpportunity) -> None:
    """Thanks the contact by a mail, which no server sees. The first of two attempts fails for one in three."""
    contact, subject = demo.contacts[0][0], demo.phrases["thanks"]["subject"]
    text = demo.phrases["thanks"]["text"] % {"contact": contact.name.split()[0], "owner": demo.owner}
    with editing(demo.opportunity, by=demo.owner, at=demo.at, closed="allow") as record:
        letter = mails.Letter(contact_id=contact.pk, subject=subject, text=text, seen_address=contact.email)
        outbox = mails.send(record, letter).outbox
        if demo.rng.random() < A_MAIL_FAILS:
            delivery.pretend(outbox, at=demo.at, fault=smtplib.SMTPDataError(451, "Try again later"))
        delivery.pretend(outbox, at=demo.at + delivery.WAITS[0])


def look_in(demo: DemoOpportunity) -> None:
    """The manager raises the revenue and leaves a note, which is news for the owner."""
    with editing(demo.opportunity, by=demo.manager, at=demo.at) as record:
        record.estimated_revenue = demo.round_sum(1.05, 1.15)
        notes.add(record, text=demo.rng.choice(demo.phrases["notes"][Note.Kind.GENERAL]))


def plan(demo: DemoOpportunity) -> None:
    """Completes the next step and plans another: overdue, due today, due later, or none."""
    kind = demo.rng.choices(("overdue", "today", "soon", "later", "nothing"), weights=(25, 8, 40, 17, 10))[0]
    with demo.edit() as record:
        for task in record.tasks.open():
            task.opportunity = record
            tasks.complete(task)
        if kind == "nothing":
            return
        where = -1 if record.is_finished else demo.position
        tasks.plan(record, text=demo.rng.choice(demo.phrases["next_steps"][where]), due=_due(demo, kind))


def delegate(demo: DemoOpportunity) -> None:
    """Plans two tasks besides the next step: one for the manager at a time of the day, and one without a date."""
    asked, later = demo.phrases["helps"]
    with editing(demo.opportunity, by=demo.owner, at=demo.at) as record:
        tasks.plan(record, text=asked, due=demo.today + 10 * DAY, time=MEETS_AT, owner=demo.manager)
        tasks.plan(record, text=later)


def _due(demo: DemoOpportunity, kind: str) -> datetime.date:
    if kind == "overdue":
        return max(demo.at.date(), demo.today - demo.rng.randint(1, 9) * DAY)
    least, most = {"today": (0, 0), "soon": (1, 7), "later": (8, 45)}[kind]
    return demo.today + demo.rng.randint(least, most) * DAY
