"""Test data. Opportunities are made by `transitions.start` and moved by the moves of the product.

    opportunity = opportunity_in("Develop", owner=rep)   # Qualify is filled in, Develop is not
    opportunity = fill(opportunity, "Develop")           # now Develop is filled in too, and Next Stage is possible

Each function returns a new object and does not change the one passed in, as `editing` does.
"""

import copy
import datetime
from decimal import Decimal

import factory
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from opportunities import transitions
from opportunities.bulk_runs import making, running
from opportunities.customers.models import Account, Competitor, Contact
from opportunities.editing import attachments, debriefs, editing, mails, notes, presentations, stored_files, tasks
from opportunities.editing.children import COUNTS
from opportunities.models import (
    AttachmentPreview,
    BulkRun,
    MailTemplate,
    Opportunity,
    ProcessInstance,
    Stakeholder,
    StatusReason,
    TeamMember,
    write_guard,
)
from opportunities.progress import Progress
from salesflow import private_files
from salesflow.users import units
from salesflow.users.models import SALESPERSON, Unit, User
from stages import designing, gates
from stages.models import Process, Stage, Step

NOW = datetime.datetime(2026, 3, 2, 10, 0, tzinfo=datetime.UTC)
TODAY = NOW.date()
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)

PASSWORD = "snow on the fjord 7"

QUALIFY, DEVELOP, PROPOSE, CLOSE = STAGES = ("Qualify", "Develop", "Propose", "Close")


class UserFactory(DjangoModelFactory):
    """A user with a role (`role=None`: without a role) and the password PASSWORD."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    role = SALESPERSON

    @classmethod
    def _create(cls, model_class, *args, role, **fields):
        user = model_class.objects.create_user(*args, password=PASSWORD, **fields)
        if role:
            user.groups.add(Group.objects.get(name=role))
        return user


class UnitFactory(DjangoModelFactory):
    """A unit, on top of the tree unless it has a parent. The first one stores that the managers see all."""

    class Meta:
        model = Unit

    name = factory.Sequence(lambda n: f"Unit {n}")

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return units.add(model_class(*args, **fields))


class AccountFactory(DjangoModelFactory):
    class Meta:
        model = Account

    name = factory.Sequence(lambda n: f"Nordlys Shipping {n}")


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    name = factory.Sequence(lambda n: f"Berit Solberg {n}")
    account = factory.SubFactory(AccountFactory)


class CompetitorFactory(DjangoModelFactory):
    class Meta:
        model = Competitor

    name = factory.Sequence(lambda n: f"Rival {n}")


class OpportunityFactory(DjangoModelFactory):
    """An opportunity that its owner has just started. It is in Qualify, and nothing is filled in."""

    class Meta:
        model = Opportunity

    name = factory.Sequence(lambda n: f"Fleet telematics {n}")
    owner = factory.SubFactory(UserFactory)
    at = NOW

    @classmethod
    def _create(cls, model_class, *args, **entries):
        entries.setdefault("by", entries["owner"])
        if entries.get("next_step_due"):
            entries.setdefault("next_step", "Call them")
        return transitions.start(**entries)


def stage(name, process="opportunity-sales-process"):
    """The stage of the shipped process with this English name."""
    return Stage.objects.get(name_en=name, process__key=process)


def step(field, process="opportunity-sales-process"):
    """The step of the shipped process for this field."""
    return Step.objects.get(field=field, stage__process__key=process)


def add_process(name, *stages, **columns):
    """Adds a process with stages of these names in this order."""
    process = Process.objects.create(name_en=name, **columns)
    for order, each in enumerate(stages, start=1):
        add_stage(process, each, order=order)
    return process


def add_stage(process, name, **columns):
    with designing.changing(process.pk):
        return Stage.objects.create(process=process, name_en=name, **columns)


def add_step(stage, field, name="Describe it", **columns):
    """Adds a step to a stage."""
    with designing.changing(stage.process_id):
        return Step.objects.create(stage=stage, name_en=name, field=field, **columns)


def change_step(*fields, **columns):
    """Changes the steps of the shipped process for these fields."""
    for field in fields:
        _change(step(field), **columns)


def change_stage(*names, **columns):
    for name in names:
        _change(stage(name), **columns)


def _change(definition, **columns):
    with designing.changing(designing.process_of(definition)):
        for name, value in columns.items():
            setattr(definition, name, value)
        definition.save()


def reason(key):
    return StatusReason.objects.get(key=key)


def mail_template(key):
    return MailTemplate.objects.get(key=key)


def reread(opportunity):
    return Opportunity.objects.get(pk=opportunity.pk)


def progress(opportunity):
    return Progress.of(reread(opportunity))


def unmet(opportunity, *stages):
    """The fields of the unmet required steps of these stages."""
    here = progress(opportunity)
    chosen = [each for each in here.stages if each.name_en in stages]
    return [missing.step.field for missing in here.unmet(chosen, reread(opportunity))]


# Filling in


def edit(opportunity, by=None, at=NOW, **entries):
    """Changes fields of the opportunity, by default as its owner."""
    with editing(opportunity, by=by or opportunity.owner, at=at) as record:
        for name, value in entries.items():
            setattr(record, name, value)
    return reread(opportunity)


def add_stakeholder(opportunity, by=None, at=NOW, contact=None, **columns):
    with editing(opportunity, by=by or opportunity.owner, at=at) as record:
        return record.stakeholders.create(contact=contact or ContactFactory(), **columns)


def add_decision_maker(opportunity, **who):
    return add_stakeholder(opportunity, roles=Stakeholder.Role.DECISION_MAKER, **who)


def add_competitor(opportunity, by=None, at=NOW, competitor=None, **columns):
    with editing(opportunity, by=by or opportunity.owner, at=at) as record:
        return record.competitor_links.create(competitor=competitor or CompetitorFactory(), **columns)


def add_team_member(opportunity, by=None, at=NOW, user=None, role=TeamMember.Role.ACCOUNT_MANAGER):
    with editing(opportunity, by=by or opportunity.owner, at=at) as record:
        return record.team_members.create(user=user or opportunity.owner, role=role)


def write_note(opportunity, by=None, at=NOW, text="They decide in March.", **more):
    """Adds a note, by default as the owner of the opportunity. A closed opportunity takes one, too."""
    with editing(opportunity, by=by or opportunity.owner, at=at, closed="allow") as record:
        return notes.add(record, text=text, **more)


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF"


def store(content=PDF, content_type="application/pdf"):
    """A file in the private storage that no row names yet."""
    return stored_files.store(ContentFile(content), content_type)


def upload(opportunity, by=None, at=NOW, name="Offer.pdf", content=PDF, content_type="application/pdf", **more):
    """Adds a file, by default as the owner of the opportunity. `version_of` makes it a new version of that file."""
    given = {"by": by or opportunity.owner, "at": at, "closed": "allow"}
    with stored_files.stored([(ContentFile(content), content_type)]) as files, editing(opportunity, **given) as record:
        return attachments.add(record, files[0], name=name, **more)


def file_debrief(opportunity, by=None, at=NOW, why="They trusted us.", **more):
    """Files the debrief, by default as the owner of the opportunity. A closed opportunity takes one, too."""
    with editing(opportunity, by=by or opportunity.owner, at=at, closed="allow") as record:
        return debriefs.file(record, why=why, **more)


def present(opportunity, by=None, at=NOW, held_on=TODAY, attendees=(), **more):
    """Enters a presentation of the proposal to these contacts."""
    with editing(opportunity, by=by or opportunity.owner, at=at) as record:
        return presentations.enter(record, held_on=held_on, attendees=presentations.named(attendees), **more)


def add_preview(attachment, content=b"picture", content_type="image/png"):
    """A preview, as the worker makes it."""
    private_files.storage().save(attachment.preview_name, ContentFile(content))
    made = {"state": AttachmentPreview.State.MADE, "content_type": content_type, "width": 64, "height": 48}
    return AttachmentPreview.objects.update_or_create(attachment=attachment, defaults=made)[0]


def write_mail(
    opportunity, by=None, at=NOW, contact=None, subject="Thank you", text="Thank you for your time.", **more
):
    """Writes a mail to a contact of the opportunity, by default its own, whose address it fills in if there is none."""
    contact = contact or reread(opportunity).contact
    with editing(opportunity, by=by or opportunity.owner, at=at, closed="allow") as record:
        more = {"seen_address": contact.email, "typed_address": "" if contact.email else "berit@example.com", **more}
        return mails.send(record, mails.Letter(contact_id=contact.pk, subject=subject, text=text, **more))


def plan(opportunity, by=None, at=NOW, text="Call them", **more):
    """Plans a task, by default as the owner of the opportunity."""
    with editing(opportunity, by=by or opportunity.owner, at=at) as record:
        return tasks.plan(record, text=text, **more)


def complete(task, by=None, at=NOW):
    with editing(task.opportunity, by=by or task.opportunity.owner, at=at) as record:
        tasks.complete(tasks.find_open(record, task.pk, version=None))
    task.refresh_from_db()


def change_row(row, by=None, at=NOW, **values):
    """Changes columns of a child row."""
    with editing(row.opportunity, by=by or row.opportunity.owner, at=at):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def remove(row, by=None, at=NOW):
    """Removes a stakeholder, competitor or team member from its opportunity."""
    with editing(row.opportunity, by=by or row.opportunity.owner, at=at):
        type(row).objects.get(pk=row.pk).delete()


ANSWERS = {
    "purchase_timeframe": Opportunity.PurchaseTimeframe.THIS_QUARTER,
    "estimated_budget": Decimal("480000.00"),
    "purchase_process": Opportunity.PurchaseProcess.COMMITTEE,
    "customer_need": "To know where every lorry is.",
    "proposed_solution": "Telematics in every lorry.",
    "decision_date": TODAY + 30 * DAY,
}
"""The value for each field. Ticks are set to true, and contact and account are created."""

ADD_EVIDENCE = {
    "decision_maker": lambda record: record.stakeholders.create(
        contact=ContactFactory(), roles=Stakeholder.Role.DECISION_MAKER
    ),
    "stakeholder": lambda record: record.stakeholders.create(contact=ContactFactory()),
    "competitor": lambda record: record.competitor_links.create(competitor=CompetitorFactory()),
    "team_member": lambda record: record.team_members.create(user=record.owner),
    **{
        f"{kind}_note": lambda record, kind=kind: notes.add(record, text="They decide in March.", kind=kind)
        for kind in ("general", "approach", "meeting", "debrief")
    },
    "task": lambda record: tasks.plan(record, text="Call them"),
    "debrief": lambda record: debriefs.file(record, why="They trusted us."),
    "proposal_presentation": lambda record: presentations.enter(record, held_on=TODAY),
    "final_presentation": lambda record: presentations.enter(record, held_on=TODAY, kind="final_proposal"),
}


def fill(opportunity, *stages, by=None, at=NOW, leave=()):
    """Fills in every unmet required step of these stages (default: all), without the fields in `leave`."""
    with editing(opportunity, by=by or opportunity.owner, at=at) as record:
        here = Progress.of(record)
        for each in here.stages:
            if not stages or each.name_en in stages:
                _fill_stage(record, each, leave)
    return reread(opportunity)


def _fill_stage(record, each, leave):
    for missing in gates.unmet([each], record):
        field, evidence = missing.step.field, missing.step.evidence
        if field in leave:
            continue
        if evidence and not gates.has_evidence(missing.step, _counted(record, evidence)):
            ADD_EVIDENCE[evidence](record)
        setattr(record, field, answer(field))


def _counted(record, evidence):
    """A copy of the record with the current count of these rows. `editing` counts them only at its end."""
    table, count = COUNTS[evidence]
    now = copy.copy(record)
    setattr(now, count.column, count.of(table.rows_of(record).values()))
    return now


def answer(field):
    if field == "contact":
        return ContactFactory()
    if field == "account":
        return AccountFactory()
    return ANSWERS.get(field, True)


# Opportunities in later stages


def opportunity_in(stage_name, *, at=NOW, **entries):
    """An opportunity moved by Next Stage to this stage. The earlier stages are met, this stage is not filled in."""
    opportunity = OpportunityFactory(at=at, **entries)
    passed = STAGES[: STAGES.index(stage_name)]
    if passed:
        opportunity = fill(opportunity, *passed, at=at)
    for _ in passed:
        transitions.advance(opportunity=opportunity, by=opportunity.owner, at=at)
        opportunity = reread(opportunity)
    return opportunity


def copies_of(opportunity, count):
    """Copies of an opportunity, not saved, without child rows, which lists do not read."""
    made = [copy.copy(opportunity) for _ in range(count)]
    for number, each in enumerate(made):
        each.pk, each.name = None, f"Copy {number:04}"
        each.search_text = each.found_by = f"copy {number:04}"
    return made


def copies(opportunity, count):
    """Saves copies of an opportunity, each with its process, so that a browser may open them."""
    process = opportunity.instances.get(is_primary=True)
    with write_guard.guarded_every():
        made = Opportunity.objects.bulk_create(copies_of(opportunity, count))
        ProcessInstance.objects.bulk_create(_copy_for(process, each) for each in made)
    return made


def _copy_for(process, opportunity):
    copied = copy.copy(process)
    copied.pk, copied.opportunity = None, opportunity
    return copied


def ready_opportunity(stage_name, *, at=NOW, **entries):
    """An opportunity in this stage whose gate is open. Next Stage (or Finish) moves it."""
    return fill(opportunity_in(stage_name, at=at, **entries), stage_name, at=at)


def finished_opportunity(*, at=NOW, **entries):
    opportunity = ready_opportunity(CLOSE, at=at, **entries)
    transitions.finish(opportunity=opportunity, by=opportunity.owner, at=at)
    return reread(opportunity)


def won_opportunity(*, at=NOW, **entries):
    opportunity = finished_opportunity(at=at, **entries)
    win(opportunity, at=at)
    return reread(opportunity)


def lost_opportunity(*, at=NOW, **entries):
    """An opportunity that was lost from the last stage, with the reason Canceled."""
    opportunity = ready_opportunity(CLOSE, at=at, **entries)
    lose(opportunity, at=at)
    return reread(opportunity)


def win(opportunity, by=None, at=NOW, **more):
    more = {"actual_revenue": Decimal("450000.00"), "closed_on": at.date(), **more}
    return transitions.close_as_won(opportunity=opportunity, by=by or opportunity.owner, at=at, **more)


def lose(opportunity, by=None, at=NOW, **more):
    more = {"reason": more.pop("reason", None) or reason("canceled"), "closed_on": at.date(), **more}
    return transitions.close_as_lost(opportunity=opportunity, by=by or opportunity.owner, at=at, **more)


def ask(opportunity, by=None, at=NOW, **more):
    """Asks a manager to close it as lost, with the reason Canceled."""
    more = {"reason": more.pop("reason", None) or reason("canceled"), "closed_on": at.date(), **more}
    return transitions.ask_manager(opportunity=opportunity, by=by or opportunity.owner, at=at, **more)


# Bulk runs


def bulk_run_of(by, *opportunities, act=BulkRun.Act.RATING, at=NOW):
    """A bulk run for these opportunities, by default for all that the person sees. It is not started."""
    chosen = Opportunity.objects.order_by("pk")
    if opportunities:
        chosen = chosen.filter(pk__in=[each.pk for each in opportunities])
    return making.make(act=act, chosen=chosen, by=by, at=at)


def finish_bulk_run(run, at=NOW, **entries):
    """Starts the run with these entries, and does all its rows."""
    running.start(run, at=at, **entries)
    while running.do_some(run.pk, 100, clock=lambda: at):
        pass
    run.refresh_from_db()
    return run
