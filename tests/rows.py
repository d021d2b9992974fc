"""What is in the database, so that a test can say: nothing was written."""

import functools
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import connection

OURS = ("users", "stages", "opportunities")


@functools.cache
def _questions():
    models = [model for label in OURS for model in apps.get_app_config(label).get_models(include_auto_created=True)]
    return {
        meta.db_table: f"SELECT * FROM {meta.db_table} ORDER BY {meta.pk.column}" for meta in (m._meta for m in models)
    }


def everything():
    """Every row of every table of ours, histories too, as the database has it: by table, and by column."""
    rows = {}
    with connection.cursor() as cursor:
        for table, question in _questions().items():
            cursor.execute(question)
            columns = [column[0] for column in cursor.description]
            rows[table] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return rows


@contextmanager
def unchanged():
    """The block leaves the database as it was."""
    before = everything()
    yield
    after = everything()
    for table, rows in before.items():
        assert after[table] == rows, f"something was written to {table}"


@contextmanager
def refused(refusal, saying=None):
    """The block is refused with that exception and writes nothing. `saying`: a pattern that its sentence matches."""
    with unchanged(), pytest.raises(refusal, match=saying) as caught:
        yield caught
