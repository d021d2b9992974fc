"""Compares an opportunity in the database with that of the model."""

from decimal import Decimal

from opportunities.customers.models import Contact
from opportunities.models import LastLook, Opportunity, StageVisit
from opportunities.models.erasures import ERASED
from tests.support import reference_model
from tests.support.machine.names import DEBRIEF, DETAILS, GENERAL, NONE_KNOWN, RELATIONS


def rows_of(opportunity, data):
    """The id and the details of each child row, by table and subject."""
    found = {}
    for table, (relation, column) in RELATIONS.items():
        rows = getattr(opportunity, relation).select_related(column)
        found[table] = {
            _name_of(getattr(row, column), data): (row.pk, tuple(getattr(row, name) for name in DETAILS[table]))
            for row in rows
        }
    return found


def _name_of(row, data):
    """The name of a row in the machine. An erased contact has another one in the database."""
    if isinstance(row, Contact):
        name = data.contact_names()[row.pk]
        assert row.name == (ERASED if name in data.erased else name)
        return name
    return getattr(row, "username", None) or row.name


def assert_equal(pk, wanted, data):
    """Compares the opportunity with that of the model. Returns the ids of its child rows, by table and subject."""
    opportunity = Opportunity.objects.select_related("contact", "account", "owner", "status_reason").get(pk=pk)
    instance = opportunity.instances.get()
    stage = data.stages[wanted.stage].pk
    assert (opportunity.active_stage_id, instance.active_stage_id) == (stage, stage)
    assert (opportunity.pipeline_phase_id, opportunity.is_finished) == (data.stages[wanted.phase].pk, wanted.finished)
    assert (instance.finished_at is not None) == wanted.finished
    assert (opportunity.status, opportunity.is_on_hold) == (wanted.status, wanted.on_hold)
    assert opportunity.status_reason.key == wanted.status_reason
    assert opportunity.owner.username == wanted.owner
    assert (opportunity.version, opportunity.events.count()) == (wanted.version, wanted.version)
    assert opportunity.estimated_close_date == wanted.close_on
    assert _field_values(opportunity, data) == {
        name: _comparable(wanted.get(name)) for name in (*reference_model.FIELDS, *GENERAL, NONE_KNOWN)
    }
    rows = rows_of(opportunity, data)
    assert {table: {subject: details for subject, (_, details) in found.items()} for table, found in rows.items()} == {
        table: {subject: wanted.details_of(table, subject) for subject in wanted.subjects(table)} for table in DETAILS
    }
    notes = opportunity.notes.order_by("pk").values_list("text", "kind", "is_pinned")
    assert list(notes) == [(each.text, each.kind, each.is_pinned) for each in wanted.notes]
    tasks = opportunity.tasks.order_by("pk").select_related("owner")
    assert [(each.text, each.due, each.owner.username, _state_of(each)) for each in tasks] == [
        (each.text, each.due, each.owner, each.state) for each in wanted.tasks
    ]
    _assert_equal_documents(opportunity, wanted, data)
    _assert_equal_journey(opportunity, wanted, data)
    return {table: {subject: pk for subject, (pk, _) in found.items()} for table, found in rows.items()}


def _state_of(task):
    return "done" if task.done_at else "dropped" if task.dropped_at else "open"


def _assert_equal_documents(opportunity, wanted, data):
    """The files, the debrief, the presentations and the mails."""
    rows = list(opportunity.attachments.order_by("pk"))
    assert len(rows) == len(wanted.files)
    keys = {row.pk: version.key for row, version in zip(rows, wanted.files, strict=True)}
    series = {version.file: row.series for row, version in zip(rows, wanted.files, strict=True)}
    assert len(set(series.values())) == len(series)
    assert [(row.series, row.number, row.kind, row.name, row.is_latest) for row in rows] == [
        (series[each.file], each.number, each.kind, each.name, wanted.is_latest(each)) for each in wanted.files
    ]
    debriefs = list(opportunity.debriefs.values(*DEBRIEF))
    assert debriefs == ([wanted.debrief] if wanted.debrief else [])
    assert [
        (_attendees(row, data), keys[row.file_id] if row.file_id else None)
        for row in opportunity.presentations.order_by("pk")
    ] == [(each.attendees, each.file) for each in wanted.presentations]
    assert [
        _name_of(mail.contact, data) for mail in opportunity.mails.select_related("contact").order_by("pk")
    ] == wanted.mails


def _attendees(presentation, data):
    names = {each["id"]: each["name"] for each in presentation.attendees}
    found = {pk: data.contact_names()[pk] for pk in names}
    assert names == {pk: ERASED if name in data.erased else name for pk, name in found.items()}
    return tuple(sorted(found.values()))


def stored_looks(pks):
    """The last looks in the database, by the number of the opportunity and the person."""
    rows = LastLook.objects.filter(opportunity__in=pks).values_list("opportunity", "user__username", "version")
    return {(pks.index(pk), who): version for pk, who, version in rows}


def _assert_equal_journey(opportunity, wanted, data):
    visits = list(StageVisit.objects.filter(opportunity=opportunity).order_by("pk"))
    assert [visit.stage_id for visit in visits] == [data.stages[number].pk for number in wanted.visits]
    assert [visit.left_at is None for visit in visits] == [False] * (len(visits) - 1) + [wanted.has_open_visit]
    closings = opportunity.closings.order_by("pk")
    assert [[each.outcome, each.reopened_at is not None] for each in closings] == wanted.closings
    assert {each.step.field for each in opportunity.waivers.in_force().select_related("step")} == wanted.waived
    assert opportunity.holds.filter(until_at=None).exists() == wanted.on_hold
    assert opportunity.close_requests.filter(answered_at=None).exists() == wanted.has_close_request
    asked = opportunity.waiver_requests.filter(answered_at=None).select_related("step")
    assert {each.step.field for each in asked} == wanted.asked
    assert opportunity.asked_steps == sorted(data.steps[name] for name in wanted.asked)
    assert opportunity.is_ready == (opportunity.is_open and not wanted.unmet(wanted.reached))
    assert set(wanted.unmet(wanted.passed)) <= wanted.withdrawn


def _field_values(opportunity, data):
    found = {name: getattr(opportunity, name) for name in (*reference_model.FIELDS, *GENERAL, NONE_KNOWN)}
    named = {name: _name_of(value, data) if hasattr(value, "name") else value for name, value in found.items()}
    return {name: _comparable(value) for name, value in named.items()}


def _comparable(value):
    if isinstance(value, str):
        return value.strip() or None
    return int(value) if isinstance(value, Decimal) else value
