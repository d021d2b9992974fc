"""The registry of child tables names every table that the write guard protects, and each entry fits its model."""

import pytest
from django.apps import apps
from django.template.loader import get_template
from django.urls import reverse

from opportunities.admin.children import INLINES
from opportunities.demo import filling_in
from opportunities.editing import answer_kinds, answers, children
from opportunities.models import Attachment, Debrief, Note, Opportunity, OpportunityMail
from opportunities.models.write_guard import Guarded
from opportunities.views.child_pages import PAGES
from opportunities.vocabulary import EVIDENCE, KINDS
from stages.models import Step

each_table = pytest.mark.parametrize("table", children.TABLES, ids=lambda table: table.relation)
each_child = pytest.mark.parametrize("table", children.CHILDREN.values(), ids=lambda table: table.name)


def test_every_guarded_model_besides_the_opportunity_is_registered_once():
    guarded = {model for model in apps.get_models() if issubclass(model, Guarded)}

    assert {Opportunity, *(table.model for table in children.TABLES)} == guarded
    assert len(children.TABLES) == len(guarded) - 1


def test_every_table_that_is_deleted_with_its_opportunity_is_registered():
    deleted_with_it = {
        relation.related_model
        for relation in Opportunity._meta.related_objects
        if relation.on_delete.__name__ == "CASCADE"
    }

    assert deleted_with_it == {table.model for table in children.TABLES}


@each_table
def test_a_relation_belongs_to_the_registered_model(table):
    assert Opportunity._meta.get_field(table.relation).related_model is table.model


@each_table
def test_a_table_is_registered_after_the_tables_that_it_references(table):
    models = [each.model for each in children.TABLES]
    referenced = {column.related_model for column in table.model._meta.concrete_fields if column.is_relation}

    assert not referenced & set(models[models.index(table.model) :])


@each_child
def test_the_columns_and_counts_of_a_table_exist(table):
    columns = {column.name for column in table.model._meta.concrete_fields}

    assert {*([table.subject] if table.subject else []), *table.logged} == columns - {"id", "opportunity"}
    assert set(table.filled) <= set(table.logged)
    assert set(table.says.ended) <= set(table.filled)
    assert set(table.hidden) <= set(table.filled)
    assert {*table.says.bodies, *table.says.ticked, *table.says.renamed} <= set(table.entered)
    for count in table.counts:
        assert set(count.where) <= set(table.logged)
        assert Opportunity._meta.get_field(count.column).editable is False


@each_child
def test_a_child_table_has_pages_a_template_and_an_inline(table):
    assert PAGES[table.name].table is table
    assert (table.model in {inline.model for inline in INLINES}) == table.has_tab
    assert get_template(f"children/_{table.name}.html")
    assert reverse(f"{table.name}_add", args=[1]) == f"/opportunities/1/{table.tab}/add/"


@pytest.mark.django_db
def test_each_kind_of_evidence_has_a_stored_count_and_the_demo_adds_that_of_the_shipped_process():
    assert set(children.COUNTS) == set(EVIDENCE)
    used = {step.evidence for step in Step.objects.filter(stage__process__is_default=True)} - {""}
    assert used == set(filling_in.EVIDENCE)


def test_a_closed_opportunity_takes_only_notes_files_a_debrief_and_mails():
    edited = {table.model for table in children.CHILDREN.values()}

    assert children.editable_models(is_open=True) == edited | {OpportunityMail}
    assert children.editable_models(is_open=False) == {Note, Attachment, Debrief, OpportunityMail}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_the_vocabulary_and_the_answer_have_the_same_kind(name, kind):
    assert answer_kinds.kind_of(answers.of(name).column) == kind
