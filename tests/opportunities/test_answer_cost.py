"""What the database does for an answer that saves itself, and for Next Stage: counted on both databases."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.support import factories
from tests.support.factories import DEVELOP, QUALIFY, opportunity_in, step
from tests.support.pages import FORM, Form

pytestmark = pytest.mark.django_db

OF_SIGN_IN = 3  # the session, the user and the groups
MOST_READS = 6  # one is the revision of the process, after the lock
MOST_STATEMENTS = 22
WRITES = ("INSERT", "UPDATE", "DELETE")
PEOPLE = re.compile(r'FROM "(opportunities_stakeholder|opportunities_teammember|customers_contact)"(?! U\d)')
"""A statement that reads people. In the subqueries of others, their tables are called U0, U1 and so on."""


def opened(client, opportunity):
    """The fields of the panel of a page that is opened now."""
    client.get(opportunity.get_absolute_url())  # fills the caches
    page = client.get(opportunity.get_absolute_url())
    return Form(page, reverse("save", args=[opportunity.pk])).fields


def statements_of(client, address, fields):
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(address, fields.urlencode(), content_type=FORM)
    return answer, [each["sql"] for each in captured.captured_queries]


def reads_before_the_write(statements):
    first = next(place for place, sql in enumerate(statements) if sql.startswith(WRITES))
    return [sql for sql in statements[:first] if sql.startswith("SELECT")]


def an_opportunity(rep, stage):
    """With many people, none of whom an answer needs to read."""
    opportunity = opportunity_in(stage, owner=rep)
    for _ in range(7):
        factories.add_stakeholder(opportunity)
    return factories.reread(opportunity)


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("stage", "field", "value"),
    [
        pytest.param(DEVELOP, "customer_need", "Lorries", id="text"),
        pytest.param(DEVELOP, "stakeholders_identified", "on", id="tick with evidence"),
        pytest.param(QUALIFY, "estimated_budget", "625 000", id="money"),
    ],
)
def test_an_answer_reads_little_and_no_people_before_it_writes(client_of, rep, stage, field, value):
    client, opportunity = client_of(rep), an_opportunity(rep, stage)
    fields = opened(client, opportunity)
    fields[field] = value

    answer, statements = statements_of(client, reverse("answer", args=[opportunity.pk, step(field).pk]), fields)

    reads = reads_before_the_write(statements)
    assert answer.status_code == 200
    assert len(reads) - OF_SIGN_IN <= MOST_READS, reads
    assert [sql for sql in reads if PEOPLE.search(sql)] == []


@pytest.mark.sweep
def test_a_contact_reads_as_little_and_only_the_people_it_joins(client_of, rep):
    """The contact and the stakeholders, whom it becomes one of."""
    client, opportunity = client_of(rep), an_opportunity(rep, QUALIFY)
    fields = opened(client, opportunity)
    fields["contact"] = str(factories.ContactFactory().pk)

    answer, statements = statements_of(client, reverse("answer", args=[opportunity.pk, step("contact").pk]), fields)

    reads = reads_before_the_write(statements)
    assert answer.status_code == 200
    assert len(reads) - OF_SIGN_IN <= MOST_READS, reads
    assert len([sql for sql in reads if PEOPLE.search(sql)]) == 2


@pytest.mark.sweep
def test_next_stage_takes_few_statements(client_of, rep):
    client, opportunity = client_of(rep), factories.ready_opportunity(DEVELOP, owner=rep)
    fields = opened(client, opportunity)

    answer, statements = statements_of(client, reverse("advance", args=[opportunity.pk]), fields)

    assert answer.status_code == 303
    assert len(statements) <= MOST_STATEMENTS, statements
