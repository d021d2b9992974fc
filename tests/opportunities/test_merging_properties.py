"""Merges of accounts, contacts and competitors on random rows: nothing is lost, and undoing puts everything back."""

from collections import Counter

import pytest
from django.apps import apps
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from opportunities import merging
from opportunities.customers import references
from opportunities.customers.models import Account, Competitor, Contact
from opportunities.editing.children import COUNTS
from opportunities.merging import columns as taken
from opportunities.models import (
    Attitude,
    Event,
    Influence,
    OpportunityCompetitor,
    Presentation,
    Stakeholder,
    StakeholderRole,
    write_guard,
)
from opportunities.verify import run
from tests.support import factories
from tests.support.db_assertions import refused, rows_of
from tests.support.examples import examples
from tests.support.factories import CLOSE, HOUR, NOW, PROPOSE, QUALIFY

pytestmark = [pytest.mark.django_db, pytest.mark.machine]

ROWS = 3
OF_EVERY_WRITE = {"version", "modified_at"}
CUSTOMERS = {"account": Account, "contact": Contact, "competitor": Competitor}
THREATS = ["", "low", "medium", "high"]
ONCE = (Stakeholder, OpportunityCompetitor)
"""Of these an opportunity has one row for each customer at most, so a merge joins two."""

chosen = st.none() | st.integers(0, ROWS - 1)
some = st.sets(st.integers(0, ROWS - 1), max_size=ROWS)
notes = st.sampled_from(["", "Likes us", "x" * 400])
stances = st.fixed_dictionaries(
    {
        "roles": st.sets(st.sampled_from(StakeholderRole.values), max_size=3).map(tuple),
        "attitude": st.sampled_from(Attitude.values),
        "influence": st.sampled_from(Influence.values),
        "note": notes,
    }
)
rivals = st.fixed_dictionaries({"threat": st.sampled_from(THREATS), "note": notes})
deals = st.fixed_dictionaries(
    {
        "stage": st.sampled_from([QUALIFY, PROPOSE]),
        "stakes": st.dictionaries(st.integers(0, ROWS - 1), stances, max_size=ROWS),
        "rivals": st.dictionaries(st.integers(0, ROWS - 1), rivals, max_size=ROWS),
        "account": chosen,
        "contact": chosen,
        "attendees": some,
        "mails": some,
        "debriefed": chosen,
        "asked": chosen,
        "lost_to": chosen,
        "lines": st.integers(0, 3),
        "ends": st.sampled_from(["", "won", "lost"]),
    }
)
companies = st.fixed_dictionaries({"parents": st.lists(chosen, min_size=ROWS, max_size=ROWS), "works_at": some})
merges = st.lists(
    st.tuples(st.permutations(range(ROWS)).map(lambda order: tuple(order[:2])), st.booleans()), min_size=2, max_size=2
)
NO_COMPANY = {"parents": [None] * ROWS, "works_at": set()}
TO_ONE_ROW = [((2, 1), True), ((2, 0), True)]


def make_customers(made):
    """Three of each, with different values. Accounts are above others; the contacts chosen work at them."""
    accounts = [factories.AccountFactory(city=f"City {number}") for number in range(ROWS)]
    for number, parent in enumerate(made["parents"]):
        if parent is not None and parent < number:
            Account.objects.filter(pk=accounts[number].pk).update(parent=accounts[parent])
    at = [accounts[number] if number in made["works_at"] else None for number in range(ROWS)]
    contacts = [factories.ContactFactory(account=each, job_title=f"Title {each}") for each in at]
    rivals = [factories.CompetitorFactory(strengths=f"Strength {number}") for number in range(ROWS)]
    return {"account": accounts, "contact": contacts, "competitor": rivals}


def make(deal, customers, owner):
    """An opportunity with these rows. It is closed last, so that everything can be written."""
    people, companies = customers["contact"], customers["competitor"]
    is_won = deal["ends"] == "won"
    begins = factories.ready_opportunity if is_won else factories.opportunity_in
    opportunity = begins(CLOSE if is_won else deal["stage"], owner=owner)
    for person, stance in deal["stakes"].items():
        factories.add_stakeholder(opportunity, contact=people[person], **stance)
    for company, known in deal["rivals"].items():
        factories.add_competitor(opportunity, competitor=companies[company], **known)
    for noun in ("account", "contact"):
        if deal[noun] is not None:
            factories.edit(factories.reread(opportunity), **{noun: customers[noun][deal[noun]]})
    factories.present(opportunity, attendees=[people[each] for each in deal["attendees"]])
    for person in deal["mails"] & deal["stakes"].keys():
        people[person].refresh_from_db()
        factories.write_mail(opportunity, contact=people[person])
    for line in range(deal["lines"]):
        factories.write_note(opportunity, text=f"Line {line}\nand more")
        factories.plan(opportunity, text=f"Call {line}")
    if deal["debriefed"] is not None and not opportunity.debriefs.exists():
        factories.file_debrief(opportunity, competitor=companies[deal["debriefed"]])
    end(opportunity, deal, companies)
    return opportunity


def end(opportunity, deal, companies):
    out_sold = {"reason": factories.reason("out_sold")}
    if deal["ends"] == "won":
        factories.win(factories.reread(opportunity))
        return
    if deal["asked"] is not None:
        factories.ask(factories.reread(opportunity), **out_sold, competitor=companies[deal["asked"]])
    if deal["ends"] == "lost":
        to = {} if deal["lost_to"] is None else {**out_sold, "competitor": companies[deal["lost_to"]]}
        factories.lose(factories.reread(opportunity), waive_because="x", **to)


# What a merge may change


def tables():
    """Every table of customers and opportunities but the logs."""
    guarded = [model for model in apps.get_models() if issubclass(model, write_guard.Guarded) and model is not Event]
    return [*CUSTOMERS.values(), *guarded]


def contents():
    """Every row that a merge may write, without what every write changes."""
    return {
        model: [{name: row[name] for name in row if name not in OF_EVERY_WRITE} for row in rows_of(model)]
        for model in tables()
    }


def referring(model, pair):
    """Which rows refer to the customers, by column, as if the two of the pair were one."""
    stays, goes = pair
    found = {}
    for field in references.to(model):
        rows = field.model._base_manager.exclude(**{field.name: None})
        key = "opportunity" if field.model in ONCE else "pk"
        pairs = rows.exclude(pk=goes) if field.model is model else rows
        values = pairs.values_list(key, field.attname)
        found[field] = {
            (row, stays if pk == goes else pk) for row, pk in values if (field.model, row) != (model, stays)
        }
    return found


def unrelated(model):
    """Every row of an opportunity without the columns that name a customer. Those that are joined are left out."""
    left_out = {field.attname for field in references.to(model)} | {count.column for _table, count in COUNTS.values()}
    left_out |= {"attendees", "found_by", *OF_EVERY_WRITE}
    kept = [table for table in tables() if table not in (*ONCE, *CUSTOMERS.values())]
    return {table: [{n: v for n, v in row.items() if n not in left_out} for row in rows_of(table)] for table in kept}


def others(model, pair):
    """The customers that the merge is not about, without what refers to the two."""
    left_out = OF_EVERY_WRITE | {field.attname for field in references.to(model)}
    return {
        each: [{n: v for n, v in row.items() if n not in left_out} for row in rows_of(each) if row["id"] not in pair]
        for each in CUSTOMERS.values()
    }


def said_about(model, ids):
    """What the rows of each opportunity about these customers say together."""
    if model is Account:
        return {}
    table, noun = (Stakeholder, "contact") if model is Contact else (OpportunityCompetitor, "competitor")
    found = {}
    for row in table.objects.filter(**{f"{noun}__in": ids}).order_by("pk"):
        found.setdefault(row.opportunity_id, []).append(row)
    return {pk: _together(rows) for pk, rows in found.items()}


def _together(rows):
    if isinstance(rows[0], OpportunityCompetitor):
        return max(THREATS.index(row.threat) for row in rows)
    roles = {role for row in rows for role in row.roles} - {StakeholderRole.STAKEHOLDER}
    strongest = min(Influence.values.index(row.influence) for row in rows)  # high comes first
    return roles, strongest, any(row.attitude == Attitude.OPPONENT for row in rows)


def notes_about(model, ids):
    """The notes of the rows about these customers, by opportunity."""
    if model is Account:
        return Counter()
    table, noun = (Stakeholder, "contact") if model is Contact else (OpportunityCompetitor, "competitor")
    rows = table.objects.filter(**{f"{noun}__in": ids}).exclude(note="")
    return {(row.opportunity_id, row.note) for row in rows}


def presented(pair):
    """To whom each presentation was made, as if the two of the pair were one."""
    stays, goes = pair
    return {
        row.pk: {stays if each["id"] == goes else each["id"] for each in row.attendees}
        for row in Presentation.objects.all()
    }


def faults():
    return [fault.what for fault in run.faults() if not fault.is_stricter_later]


@settings(
    max_examples=examples(15),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    noun=st.sampled_from(sorted(CUSTOMERS)),
    company=companies,
    made=st.lists(deals, min_size=1, max_size=2),
    order=merges,
)
@example(noun="competitor", company=NO_COMPANY, made=[], order=TO_ONE_ROW)
def test_a_merge_loses_nothing_and_undoing_restores_every_row(manager, noun, company, made, order):
    model = CUSTOMERS[noun]
    with transaction.atomic():
        customers = make_customers(company)
        for deal in made:
            make(deal, customers, manager)
        states, done = [], []
        for (stays, goes), takes in order:
            pair = customers[noun][stays].pk, customers[noun][goes].pk
            if model.objects.filter(pk__in=pair).count() < 2:
                continue
            states.append(contents())
            done.append(merge_and_compare(model, pair, takes, manager))
        undo_in_turn(done, states, manager)
        assert faults() == []
        transaction.set_rollback(True)


def undo_in_turn(done, states, by):
    """Undoes the last merge first. A customer that a later merge wrote has another version than one before left it."""
    for place in reversed(range(len(done))):
        later = {written for merge in done[place + 1 :] for written in customers_written(merge)}
        if later & customers_written(done[place]):
            with refused(merging.MergeChangedSince):
                merging.undo(done[place].pk, by=by, at=NOW + HOUR)
            return
        merging.undo(done[place].pk, by=by, at=NOW + HOUR)
        assert contents() == states[place]


def customers_written(merge):
    return {(entry["model"], entry["id"]) for entry in merge.moved if entry["opportunity"] is None}


def merge_and_compare(model, pair, takes, by):
    stays, goes = pair
    before = referring(model, pair), unrelated(model), others(model, pair), said_about(model, pair), presented(pair)
    texts = notes_about(model, pair)
    of_gone = model.objects.filter(pk=goes).values().get()
    columns = [column.name for column in taken.of(model)] if takes else []

    done = merging.merge(model, survivor=stays, gone=goes, take=columns, by=by, at=NOW + HOUR)

    pair_now = stays, goes
    assert referring(model, pair_now) == before[0]
    assert unrelated(model) == before[1]
    assert others(model, pair_now) == before[2]
    assert said_about(model, [stays]) == before[3]
    assert presented(pair_now) == before[4]
    for opportunity, text in texts:
        [now] = [note for pk, note in notes_about(model, [stays]) if pk == opportunity]
        assert text in now or now.endswith("…")
    survivor = model.objects.filter(pk=stays).values().get()
    assert all(survivor[name] == of_gone[name] for name in columns if name in of_gone and name != "account")
    for field in references.to(model):
        assert not field.model._base_manager.filter(**{field.name: goes}).exists(), field
    assert goes not in {pk for people in presented((0, 0)).values() for pk in people} or model is not Contact
    assert faults() == []
    return done
