"""An opportunity as the two files of an import say it, and the import of such files."""

from opportunities.imports import fields, keys, making, previewing, second_file
from opportunities.imports.history.kinds import EntryKind
from opportunities.models import Import, Opportunity
from opportunities.refusals import NotAllowed
from opportunities.transitions import WonAnswers
from tests.support import imports

CUSTOMERS = {"account": fields.ACCOUNTS, "contact": fields.CONTACTS}


def of_arrival(arrival, values, *, number):
    """The file with the row, and that with its people. `values` are those of the fields, as the machine writes them."""
    external_id = f"M-{number}"
    row = {
        "external_id": external_id,
        "name": arrival.name,
        "owner": arrival.owner.username,
        "process": arrival.stage.process.name_en,
        "stage": arrival.stage.name_en,
        "created_on": arrival.created_at.isoformat(),
        "stage_entered_on": arrival.stage_entered_at.isoformat(),
        **_closing(arrival.closing),
        **{name: _cell(value) for name, value in values.items() if name not in CUSTOMERS},
        **_customers(arrival),
    }
    return imports.table(row.values(), headings=row), _history(arrival, external_id)


def _closing(answers):
    if answers is None:
        return {"status": "Open"}
    is_won = isinstance(answers, WonAnswers)
    return {
        "status": "Won" if is_won else "Lost",
        "status_reason": "" if is_won else answers.reason.name_en,
        "closed_on": answers.closed_on.isoformat(),
        "actual_revenue": "" if answers.actual_revenue is None else str(answers.actual_revenue),
        "close_description": answers.description,
    }


def _cell(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _customers(arrival):
    """Named by their external ids, because names may be alike."""
    found = {}
    for name, noun in CUSTOMERS.items():
        row = arrival.entries.get(name)
        found[f"{name}_id"] = keys.external_id_of(noun, row.pk) if row else ""
    return found


def _history(arrival, external_id):
    headings = ("external_id", "kind", "happened_on", "person", "person_id", "role")
    at = arrival.created_at.isoformat()
    rows = []
    for each in arrival.stakeholders:
        contact = keys.external_id_of(fields.CONTACTS, each.contact.pk)
        rows.append([external_id, EntryKind.STAKEHOLDER, at, each.contact.name, contact, "; ".join(each.roles)])
    rows += [[external_id, EntryKind.COMPETITOR, at, each.competitor.name, "", ""] for each in arrival.competitors]
    rows += [[external_id, EntryKind.TEAM_MEMBER, at, each.user.username, "", each.role] for each in arrival.team]
    return imports.table(*rows, headings=headings) if rows else ""


def imported(file, history, *, by, keep, at):
    """The opportunity that an import of these files makes; None if it is refused."""
    run = imports.begun(by, file, at=at)
    if history:
        run = second_file.add(run, upload=imports.upload(history), name="History.csv")
    keeps = Import.Keeps.MAPPED if keep else Import.Keeps.EARLIEST
    try:
        run = making.explain(run, mapping=making.mapping_of(run), keeps=keeps, at=at)
    except NotAllowed:
        return None
    while previewing.count_some(run.pk, 100, clock=lambda: at):
        pass
    run.refresh_from_db()
    imports.do(run, at=at)
    return Opportunity.objects.filter(pk__in=run.rows.filter(outcome="created").values("opportunity")).first()
