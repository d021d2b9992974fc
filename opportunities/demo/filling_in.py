"""The actions on an opportunity of a demo that fill in and revise it, inside `editing`."""

import datetime
import smtplib
from functools import partial
from typing import Any

from django.core.files.base import ContentFile

from opportunities.demo import files
from opportunities.demo.context import DAY, DemoOpportunity
from opportunities.editing import (
    attachments,
    debriefs,
    editing,
    mails,
    notes,
    presentations,
    stakeholders,
    stored_files,
    tasks,
)
from opportunities.models import (
    Attachment,
    Attitude,
    Influence,
    Note,
    Opportunity,
    OpportunityCompetitor,
    StakeholderRole,
    TeamMember,
)
from salesflow.mail import delivery
from stages import gates
from stages.models import Step

A_MAIL_FAILS = 0.34


def fill(demo: DemoOpportunity, share: float = 1, leave: str = "", of: int | None = None) -> None:
    """Fills in this share of the steps of the active stage, without the field `leave`.

    `of` is the index of another stage.
    """
    steps = gates.steps_in_use(demo.stage if of is None else demo.stages[of])
    with demo.edit() as record:
        for step in steps[: round(len(steps) * share)]:
            if step.field != leave:
                _answer(demo, record, step)
        _rate(demo, record)
        demo.opportunity = record


MEETS_AT = datetime.time(13, 0)

fill_half = partial(fill, share=0.5)


def _answer(demo: DemoOpportunity, record: Opportunity, step: Step) -> None:
    if step.evidence:
        EVIDENCE[step.evidence](demo, record)
    setattr(record, step.field, _answers(demo).get(step.field, True))


def _answers(demo: DemoOpportunity) -> dict[str, Any]:
    """The value of each field that is not a tick."""
    entry = demo.entry
    return {
        "account": demo.account,
        "contact": demo.contacts[0][0],
        "purchase_timeframe": _timeframe(demo),
        "estimated_budget": demo.opportunity.estimated_budget or demo.round_sum(0.8, 1.3),
        "purchase_process": "individual" if len(demo.contacts) <= 2 else "committee",
        "customer_need": entry.need,
        "proposed_solution": entry.solution,
        "decision_date": demo.ends_on,
        "estimated_revenue": entry.revenue,
        "estimated_close_date": demo.ends_on,
        "description": demo.opportunity.description,
    }


def _timeframe(demo: DemoOpportunity) -> str:
    days = (demo.ends_on - demo.at.date()).days
    limits = ((30, "immediate"), (90, "this_quarter"), (150, "next_quarter"), (240, "this_year"))
    return next((answer for limit, answer in limits if days < limit), "unknown")


def _rate(demo: DemoOpportunity, record: Opportunity) -> None:
    """Sets rating, forecast, probability and revenue, from the third stage on."""
    if demo.position >= 2:
        record.rating = Opportunity.Rating.HOT
        record.forecast_category = ("best_case", "committed")[demo.position - 2]
        record.probability = demo.rng.choice([None, None, 50, 70, 90])
        record.estimated_revenue = demo.round_sum(0.95, 1.1)


def _name_decision_maker(demo: DemoOpportunity, record: Opportunity) -> None:
    _name(demo, record, {StakeholderRole.DECISION_MAKER})


def _name_all_stakeholders(demo: DemoOpportunity, record: Opportunity) -> None:
    _name(demo, record, set(StakeholderRole.values))


def _name(demo: DemoOpportunity, record: Opportunity, roles: set[str]) -> None:
    for place, (contact, role) in enumerate(demo.contacts):
        if role in roles:
            entries = {"attitude": _attitude(demo, place), "influence": INFLUENCES[role]}
            stakeholders.add_roles(record, contact=contact, roles=_roles(demo, role), **entries)


def _roles(demo: DemoOpportunity, role: str) -> list[str]:
    """The role, and for a decision maker that of the economic buyer where the account has no other."""
    others = {each for _contact, each in demo.contacts}
    pays = role == StakeholderRole.DECISION_MAKER and StakeholderRole.ECONOMIC_BUYER not in others
    return [role, StakeholderRole.ECONOMIC_BUYER] if pays and len(demo.contacts) > 2 else [role]


def _attitude(demo: DemoOpportunity, place: int) -> str:
    """The attitude of the contact at this place, the same each time. A champion supports; of some it is not known."""
    role, letters = demo.contacts[place][1], len(demo.entry.name) + place
    return Attitude.SUPPORTER.value if role == StakeholderRole.CHAMPION else Attitude.values[letters % len(Attitude)]


INFLUENCES = {
    StakeholderRole.DECISION_MAKER.value: Influence.HIGH,
    StakeholderRole.ECONOMIC_BUYER.value: Influence.HIGH,
    StakeholderRole.CHAMPION.value: Influence.MEDIUM,
    StakeholderRole.TECHNICAL_BUYER.value: Influence.MEDIUM,
    StakeholderRole.INFLUENCER.value: Influence.MEDIUM,
    StakeholderRole.END_USER.value: Influence.LOW,
    StakeholderRole.STAKEHOLDER.value: Influence.UNKNOWN,
}
"""How much weight each role has in the example data."""


def _name_competitors(demo: DemoOpportunity, record: Opportunity) -> None:
    for place, name in enumerate(demo.entry.competitors):
        letters = len(demo.entry.name) + place
        notes_on_them = ["", *demo.phrases["against"]]
        known = {"threat": _THREATS[letters % len(_THREATS)], "note": notes_on_them[letters % len(notes_on_them)]}
        record.competitor_links.get_or_create(competitor=demo.competitors[name], defaults=known)
    record.no_known_competitors = not demo.entry.competitors


def _gather_team(demo: DemoOpportunity, record: Opportunity) -> None:
    record.team_members.get_or_create(user=demo.owner)
    if demo.is_shared:
        helps = TeamMember.Role.TECHNICAL_SALES
        record.team_members.get_or_create(user=demo.colleague, defaults={"role": helps})


_THREATS = ("", *OpportunityCompetitor.Threat.values)

EVIDENCE = {
    "decision_maker": _name_decision_maker,
    "stakeholder": _name_all_stakeholders,
    "competitor": _name_competitors,
    "team_member": _gather_team,
}


def revise(demo: DemoOpportunity) -> None:
    """Changes description and revenue, as after a conversation with the customer."""
    with demo.edit() as record:
        record.description = f"{record.description} {demo.phrases['revised']}"
        record.estimated_revenue = demo.round_sum(0.7, 0.9)
        demo.opportunity = record


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
        note = record.notes.filter(kind=Note.Kind.MEETING).order_by("pk").last()
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


def _upload(demo: DemoOpportunity, content: bytes, content_type: str, *, name: str, kind: str) -> None:
    with stored_files.stored([(ContentFile(content), content_type)]) as stored, demo.edit() as record:
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
    """Plans two tasks besides the next step: one for the manager, and one without a date."""
    asked, later = demo.phrases["helps"]
    with editing(demo.opportunity, by=demo.owner, at=demo.at) as record:
        tasks.plan(record, text=asked, due=demo.today + 10 * DAY, owner=demo.manager)
        tasks.plan(record, text=later)


def _due(demo: DemoOpportunity, kind: str) -> datetime.date:
    if kind == "overdue":
        return max(demo.at.date(), demo.today - demo.rng.randint(1, 9) * DAY)
    least, most = {"today": (0, 0), "soon": (1, 7), "later": (8, 45)}[kind]
    return demo.today + demo.rng.randint(least, most) * DAY
