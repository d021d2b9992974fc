"""Puts markup into every text column of the database, past the forms, and looks for it on pages.

Each column has a number. Its markup is an element that asks the server for `/p/<number>` as soon as htmx finds
it; a page that escapes it shows the element's source instead. It also holds a template tag that does not exist, which
fails the page where row text is read as a template.
"""

import re
from decimal import Decimal

from django.apps import apps
from django.db import models
from django.db.models import Value
from django.db.models.functions import Cast, Concat

from opportunities import merging, targets, transitions
from opportunities.customers.models import Account, Competitor, Contact
from opportunities.editing import deletion
from opportunities.imports import approvals, saved_mappings
from opportunities.models import BulkRun, HandOver, MailTemplate, SavedView, StatusReason
from opportunities.privacy import erasing
from salesflow.users.models import User
from stages import write_guard
from stages.models import PipelinePhase, Process, Stage, Step
from tests.support import factories, imports
from tests.support.factories import CLOSE, NOW, PROPOSE
from tests.support.moves import ask_for_waiver, decline_waiver, withdraw_waiver

OURS = ("users", "stages", "customers", "opportunities", "admin")
ADDRESS = "/p/"  # short, for short columns
ELEMENT = f'[hx-get^="{ADDRESS}"]'
SHOWN = re.compile(rf"&lt;i hx-get={ADDRESS}(\d+)")

WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvorsitzende"[:90] + "werken"

# Columns that no page prints. The last three are printed from the log, which has them too.
ONLY_WHERE = {"withdraw_reason": {"withdrawn_at__isnull": False}, "answer": {"answered_at__isnull": False}}
"""The rows that may have a text in this column. A constraint keeps it empty in the others."""
NEVER_SHOWN = {
    "search_text",
    "found_by",
    "sort_text",
    "name_key",
    "history_change_reason",
    "reopen_reason",
    "withdraw_reason",
    "answer",
}

MARKUP = (
    """'"></textarea></title></select>{{%x%}}<i hx-get={address} hx-trigger=load>""",
    "<i hx-get={address} hx-trigger=load>",  # where the column is short
)

# Texts that machines read: a password's hash, the keys of shipped rows, the words that a step names, a page's token.
READ_BY_MACHINES = {"password", "key", "field", "evidence", "object_id", "page", "country"} | {
    *("sha256", "content_type", "storage_name", "digest", "result", "query"),
    *("stored_name", "history_stored_name", "shape"),
}
NAMES_IN_JSON = {"name", "name_en", "name_nb"}


SHORTEST = 40  # a column must hold this much for the shortest markup


def is_text(field):
    """Whether a column holds words that people wrote. The words of a choice are written in the source."""
    is_column = isinstance(field, models.CharField | models.TextField) and field.concrete
    has_room = field.max_length is None or field.max_length >= SHORTEST
    return is_column and has_room and not field.choices and field.name not in READ_BY_MACHINES


def every_model():
    return [model for label in OURS for model in apps.get_app_config(label).get_models()]


def columns():
    """Every text column as `{number: field}`; the numbers are the same in each run."""
    fields = [field for model in every_model() for field in model._meta.fields if is_text(field)]
    return dict(enumerate(fields, start=100))


def unseen(numbers):
    """The columns that pages print, without those of these numbers."""
    rest = [field for number, field in columns().items() if number not in numbers]
    return [str(field) for field in rest if field.name not in NEVER_SHOWN]


def plant_markup():
    """Write markup into every text column of every row, and into the texts that JSON columns keep."""
    _plant(markup_for)
    numbers = {field.name: number for number, field in columns().items()}
    for model in every_model():
        for field in model._meta.fields:
            if isinstance(field, models.JSONField):
                _plant_in_json(field, numbers)


def plant_long_words():
    """Write a word without a space into every text column of every row."""
    _plant(lambda number, field: _with_id(WORD[: _room_beside_id(field)], field))


def _room_beside_id(field):
    """The characters of a word in the column. Of a long column some are left for the row's id: it may be unique."""
    length = field.max_length
    return length - 7 if length and length >= 60 else length


def _plant(text_for):
    for number, field in columns().items():
        rows = models.QuerySet(field.model).filter(**ONLY_WHERE.get(field.name, {}))
        assert rows.exists(), f"{field}: there is no row to write to"
        rows.update(**{field.name: text_for(number, field)})


def markup_for(number, field):
    """The longest markup that fits, and the row's id where that fits too: some columns are unique."""
    room = field.max_length or 1000
    texts = (text.format(address=f"{ADDRESS}{number}") for text in MARKUP)
    return _with_id(next(text for text in texts if len(text) <= room), field)


def _with_id(text, field):
    """The text, followed by the row's id where that fits. A mail address has an @ sign."""
    if isinstance(field, models.EmailField):
        text += "@x"
    if isinstance(field, models.URLField):
        text = f"https://{text}"[: field.max_length]
    room = (field.max_length or 1000) - len(text)
    return Concat(Value(text), Cast("pk", models.CharField())) if room >= 7 else Value(text)


def _plant_in_json(field, numbers):
    for row in models.QuerySet(field.model):
        models.QuerySet(field.model).filter(pk=row.pk).update(
            **{field.name: _planted(getattr(row, field.attname), numbers)}
        )


def _planted(value, numbers, column=""):
    """The value with markup for each text that people wrote; `column` is the field that it is a value of."""
    if isinstance(value, list):
        return [_planted(each, numbers, column) for each in value]
    if isinstance(value, dict):
        column = value.get("field", column)
        return {key: _planted(each, numbers, key if key in NAMES_IN_JSON else column) for key, each in value.items()}
    is_written = isinstance(value, str) and value and column in numbers and value != column
    return MARKUP[0].format(address=f"{ADDRESS}{numbers[column]}") if is_written else value


# What there is to plant in


def _merged(manager):
    stays, goes = factories.CompetitorFactory(), factories.CompetitorFactory()
    merging.merge(Competitor, survivor=stays.pk, gone=goes.pk, by=manager, at=NOW)


def opportunities_of_every_kind(*, rep, manager, superuser):
    """Opportunities that between them have a row of every model; each definition and customer was changed once."""
    waiting = _waiting(rep, manager)
    lost = _lost_to_a_competitor(rep)
    reopened = factories.won_opportunity(owner=rep)
    transitions.reopen(opportunity=reopened, by=rep, at=NOW, reason="They called again.")
    deletion.delete(opportunity=factories.OpportunityFactory(owner=rep), by=superuser, at=NOW)
    with write_guard.changing_every():
        for model in 2 * (Process, Stage, Step, StatusReason, MailTemplate, Account, Contact, Competitor):
            for row in model.objects.all():
                row.save()
    SavedView.objects.create(owner=rep, name="Hot", query="rating=hot", sharing="all")
    _bulk_runs(rep)
    _imports(rep, manager, superuser)
    paused = _paused(rep, manager)  # after the runs, because a move ends a hold
    HandOver.objects.create(giver=rep, taker=superuser, by=manager, at=NOW, rows=[])
    for phase in PipelinePhase.objects.all():
        phase.save()  # for its history
    targets.set_amounts(rep, {NOW.date().replace(day=1): Decimal(100_000)}, version=0, by=manager, at=NOW)
    ended = [factories.finished_opportunity(owner=rep), factories.won_opportunity(owner=rep), lost, reopened]
    _merged(manager)
    unit = factories.UnitFactory(lead=manager)
    User.objects.filter(pk=rep.pk).update(unit=unit)
    renewal = transitions.copy(opportunity=ended[1], by=rep, at=NOW, name="Fleet, again", renewed_after=12)
    return [factories.reread(opportunity) for opportunity in (waiting, paused, *ended, renewal)]


def _bulk_runs(rep):
    """One that was not started, and one with a row of each outcome."""
    factories.bulk_run_of(rep, act=BulkRun.Act.HOLD)
    factories.finish_bulk_run(factories.bulk_run_of(rep, act=BulkRun.Act.ADVANCE))
    factories.finish_bulk_run(factories.bulk_run_of(rep, act=BulkRun.Act.NEXT_STEP), text="Call them")


def _imports(rep, manager, superuser):
    """One with its preview, and one that is done; a row of each is refused, and one of what a manager approved."""
    rows = [["", "Ferries", PROPOSE, "", "1000"], ["", "Lorries", "Elsewhere", "", ""]]
    imports.counted(rep, imports.table(*rows))
    run = imports.done(rep, imports.table(*reversed(rows)), keeps="asked")
    saved_mappings.remember(run, at=NOW, name="Old system")
    approved = approvals.approve(run, by=manager, at=NOW)
    deletion.delete(opportunity=run.rows.get(outcome="created").opportunity, by=superuser, at=NOW)
    imports.act(approved)


def _waiting(rep, manager):
    """In Propose, with people of every kind; a manager declined once and was asked again."""
    opportunity = factories.opportunity_in(PROPOSE, owner=rep)
    factories.add_stakeholder(opportunity)
    factories.add_competitor(opportunity)
    factories.add_team_member(opportunity, user=factories.UserFactory())
    opportunity = factories.edit(factories.reread(opportunity), description="Much is known.")
    factories.file_debrief(opportunity, went_well="The visit.", went_badly="The price.")
    contact = opportunity.stakeholders.first().contact
    factories.present(opportunity, attendees=[contact], file=factories.upload(opportunity, name="Presented.pdf"))
    note = factories.write_note(opportunity)
    factories.change_row(note, text="They decide in April.")
    factories.add_preview(factories.upload(opportunity))
    factories.write_mail(opportunity)
    factories.plan(opportunity, text="Call Berit")
    factories.ask(opportunity, by=rep, at=NOW, description="They went bankrupt.")
    transitions.decline_close_request(opportunity=opportunity, by=manager, at=NOW, answer="Ask them.")
    factories.ask(opportunity, by=rep, at=NOW, description="They did.")
    ask_for_waiver(opportunity, "internal_review_completed")
    _begin_to_erase(opportunity, manager)
    ask_for_waiver(opportunity, "sales_team_identified")
    decline_waiver(opportunity, "sales_team_identified", by=manager, answer="Ask around.")
    return opportunity


def _begin_to_erase(opportunity, manager):
    """Erases a stakeholder. A note mentions the person, so the review is not accepted yet."""
    contact = factories.ContactFactory(name="Siri Moen")
    factories.add_stakeholder(opportunity, contact=contact)
    factories.write_note(opportunity, text="Siri Moen decides.")
    erasing.start(contact, version=contact.version, by=manager, at=NOW)


def _paused(rep, manager):
    """Gone back from Propose to Develop, a step of it waived, and put on hold."""
    opportunity = factories.opportunity_in(PROPOSE, owner=rep)
    transitions.go_back(opportunity=opportunity, by=rep, at=NOW, reason="They asked again.")
    step = factories.step("customer_need")
    opportunity = factories.edit(opportunity, customer_need="")
    transitions.waive(opportunity=opportunity, by=manager, at=NOW, step=step, reason="They never say.")
    withdraw_waiver(opportunity, "customer_need", by=manager)
    transitions.waive(opportunity=opportunity, by=manager, at=NOW, step=step, reason="They never say.")
    transitions.hold(opportunity=opportunity, by=rep, at=NOW, reason="The customer reorganises.")
    return opportunity


def _lost_to_a_competitor(rep):
    opportunity = factories.ready_opportunity(CLOSE, owner=rep)
    competitor = factories.CompetitorFactory()
    factories.lose(opportunity, reason=factories.reason("out_sold"), competitor=competitor, description="Too dear.")
    return opportunity
