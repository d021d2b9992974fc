"""What is in the database, so that a test can say: nothing was written."""

import functools
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import connection

OURS = ("users", "stages", "customers", "opportunities", "mail")
DIGEST = {
    "sqlite": "SELECT '{table}', MD5(group_concat({columns})) FROM (SELECT * FROM {table} ORDER BY {key})",
    "postgresql": "SELECT '{table}', MD5(string_agg(t::text, ';' ORDER BY {key})) FROM {table} t",
}


@functools.cache
def _question():
    """One statement that digests each table of ours, the histories too."""
    models = [model for label in OURS for model in apps.get_app_config(label).get_models(include_auto_created=True)]
    return " UNION ALL ".join(_digest_of(model._meta) for model in models)


def _digest_of(meta):
    name = connection.ops.quote_name
    columns = " || ',' || ".join(f"quote({name(field.column)})" for field in meta.concrete_fields)
    return DIGEST[connection.vendor].format(table=meta.db_table, key=name(meta.pk.column), columns=columns)


def digests():
    """A digest of all rows of each table of ours, by table. Equal digests: nothing was written in between."""
    with connection.cursor() as cursor:
        cursor.execute(_question())
        return dict(cursor.fetchall())


def rows_of(model):
    """Every row of a table as the database has it, by column, in the order of their ids."""
    return list(model._base_manager.order_by("pk").values())


@contextmanager
def unchanged():
    """The block leaves the database as it was."""
    before = digests()
    yield
    after = digests()
    assert [table for table in before if after[table] != before[table]] == [], "something was written"


@contextmanager
def refused(refusal, saying=None):
    """The block is refused with that exception and writes nothing. `saying`: a pattern that its sentence matches."""
    with unchanged(), pytest.raises(refusal, match=saying) as caught:
        yield caught
