"""The pages of the process designer."""

from copy import deepcopy

import pytest
from django.contrib.messages import get_messages

from salesflow.users.admin_inlines import MOST_ROWS
from stages.models import Process, Stage
from tests.support import factories
from tests.support.admin_forms import (
    add_inline_row,
    add_process,
    form_of,
    inline_prefix,
    page_of,
    send,
    use_for_new_opportunities,
)
from tests.support.db_assertions import unchanged
from tests.support.factories import stage, step

pytestmark = pytest.mark.django_db


def warnings(answer):
    return [str(said) for said in get_messages(answer.wsgi_request) if said.level_tag == "warning"]


# Designing


def test_a_form_builds_no_more_than_the_allowed_number_of_rows(designer, process):
    form = form_of(designer, process)

    answer = send(designer, process, form, **{"stages-TOTAL_FORMS": "100000"})

    assert answer.status_code == 422
    assert len(answer.context["inline_admin_formsets"][0].formset.forms) == MOST_ROWS


def test_a_new_requirement_names_the_number_of_opportunities_that_lose_readiness(designer, rep):
    for _ in range(2):
        factories.ready_opportunity("Propose", owner=rep)
    factories.opportunity_in("Propose", owner=rep)
    form = form_of(designer, stage("Propose"))
    line = inline_prefix(form, "steps", step("proposal_developed"))

    answer = send(designer, stage("Propose"), form, **{f"{line}-required": "on"})

    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert "2 open opportunities that were ready to move on lack something now." in said


def test_a_process_is_added_with_its_stages(designer):
    add_process(designer, stages=("Bid", "Negotiate"))

    tenders = Process.objects.get(name_en="Tenders")
    assert [each.name_en for each in tenders.stages.all()] == ["Bid", "Negotiate"]
    assert not tenders.is_default


def test_a_process_without_a_stage_is_not_saved(designer):
    with unchanged():
        response = add_process(designer, stages=())

    assert response.status_code == 422
    assert "A process needs at least one stage" in response.content.decode()
    assert 'value="Tenders"' in response.content.decode()


def test_the_only_stage_of_a_process_cannot_be_archived(designer):
    add_process(designer)
    tenders = Process.objects.get(name_en="Tenders")

    for definition, name in ((tenders, "stages-0-is_archived"), (tenders.stages.get(), "is_archived")):
        form = form_of(designer, definition)
        with unchanged():
            response = send(designer, definition, form, **{name: "on"})

        assert response.status_code == 422
        assert "A process needs at least one stage" in response.content.decode()
        assert "was changed successfully" not in designer.get("/admin/").content.decode()


def test_a_new_stage_without_a_norwegian_name_is_saved_with_a_warning(designer, process):
    form = form_of(designer, process)
    add_inline_row(form, "stages", name_en="Pilot", order="9", probability="10")

    answer = send(designer, process, form)

    assert process.stages.filter(name_en="Pilot").exists()
    assert warnings(answer) == ["“Pilot” has no Norwegian name. Norwegian readers see the English one."]


def test_the_warnings_are_translated_to_norwegian(designer, process, settings):
    designer.cookies[settings.LANGUAGE_COOKIE_NAME] = "nb"
    form = form_of(designer, process)
    add_inline_row(form, "stages", name_en="Develop", order="9", probability="10")

    answer = send(designer, process, form)

    assert warnings(answer) == [
        "«Develop» har ikke norsk navn. Norske lesere ser det engelske.",
        "Flere faser heter «Develop». Leserne kan ikke skille dem fra hverandre.",
    ]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("develop ", "Prøve"), "Several stages are called “develop”. Readers cannot tell them apart."),
        (("Pilot", "UTVIKLE"), "Several stages are called “UTVIKLE”. Readers cannot tell them apart."),
        (("Pilot", "Prøve"), None),
    ],
)
def test_a_stage_with_the_name_of_another_is_saved_with_a_warning(designer, process, names, sentence):
    form = form_of(designer, process)
    english, norwegian = names
    add_inline_row(form, "stages", name_en=english, name_nb=norwegian, order="9", probability="10")

    answer = send(designer, process, form)

    assert process.stages.count() == 5
    assert warnings(answer) == ([sentence] if sentence else [])


def test_the_name_of_an_archived_stage_can_be_used_again(designer, process):
    factories.change_stage("Develop", is_archived=True)
    form = form_of(designer, process)
    add_inline_row(form, "stages", name_en="Develop", name_nb="Utvikle", order="9", probability="10")

    assert warnings(send(designer, process, form)) == []


def test_renaming_a_stage_to_the_name_of_another_warns(designer):
    develop = stage("Develop")
    form = form_of(designer, develop)

    answer = send(designer, develop, form, name_en="Propose")

    assert stage_names() == ["Qualify", "Propose", "Propose", "Close"]
    assert warnings(answer) == ["Several stages are called “Propose”. Readers cannot tell them apart."]


def stage_names():
    return [each.name_en for each in Stage.objects.filter(process__key="opportunity-sales-process")]


def test_a_step_with_the_name_of_another_and_no_norwegian_name_warns_twice(designer):
    develop = stage("Develop")
    form = form_of(designer, develop)
    name = develop.steps.first().name_en
    add_inline_row(form, "steps", name_en=name, field="debrief_filed", order="9", required="on")

    answer = send(designer, develop, form)

    assert warnings(answer)[:1] == [f"“{name}” has no Norwegian name. Norwegian readers see the English one."]
    assert f"Several steps are called “{name}”. Readers cannot tell them apart." in warnings(answer)


def test_one_warning_covers_a_stage_and_its_step_with_the_same_name(designer):
    develop = stage("Develop")
    form = form_of(designer, develop)
    add_inline_row(form, "steps", name_en="Talk", field="debrief_filed", order="9", required="on")

    answer = send(designer, develop, form, name_en="Talk", name_nb="")

    assert warnings(answer) == ["“Talk” has no Norwegian name. Norwegian readers see the English one."]


def test_renaming_a_step_to_the_name_of_another_step_warns(designer):
    first, second = stage("Develop").steps.all()[:2]
    form = form_of(designer, first)

    answer = send(designer, first, form, name_en=second.name_en, name_nb="")

    assert warnings(answer) == [
        f"“{second.name_en}” has no Norwegian name. Norwegian readers see the English one.",
        f"Several steps are called “{second.name_en}”. Readers cannot tell them apart.",
    ]


def test_a_process_with_the_name_of_another_is_saved_with_warnings(designer, process):
    answer = add_process(designer, name=process.name_en)

    assert warnings(answer) == [
        f"“{process.name_en}” has no Norwegian name. Norwegian readers see the English one.",
        f"Several processes are called “{process.name_en}”. Readers cannot tell them apart.",
        "“Bid” has no Norwegian name. Norwegian readers see the English one.",
    ]


def test_a_refused_form_gives_no_warnings(designer, process):
    form = form_of(designer, process)
    add_inline_row(form, "stages", name_en="Develop", order="x")

    answer = send(designer, process, form)

    assert answer.status_code == 422
    assert warnings(answer) == []


def test_stages_are_changed_on_the_page_of_their_process(designer, process):
    form = form_of(designer, process)
    line = inline_prefix(form, "stages", stage("Develop"))

    send(designer, process, form, **{f"{line}-name_nb": "Vinne", f"{line}-target_days": "14", f"{line}-order": "9"})

    develop = stage("Develop")
    assert (develop.name_nb, develop.target_days) == ("Vinne", 14)
    assert [each.name_en for each in process.stages.all()][-1] == "Develop"


@pytest.mark.parametrize("of", [Process, Stage])
def test_a_new_stage_or_step_gets_the_last_place(designer, process, of):
    form = form_of(designer, process if of is Process else stage("Develop"))

    assert form.fields["stages-__prefix__-order" if of is Process else "steps-__prefix__-order"] == "5"


def test_the_page_of_a_process_links_to_each_stage(designer, process):
    html = designer.get(page_of(process)).content.decode()

    for each in process.stages.all():
        assert f'href="{page_of(each)}"' in html


def test_the_form_offers_the_known_fields_and_evidence(designer):
    html = designer.get(page_of(stage("Qualify"))).content.decode()

    assert '<option value="customer_need">Customer need</option>' in html
    assert '<option value="competitor">There is a competitor, or “No known competitors” is set</option>' in html


def test_an_unknown_field_stays_selected_and_is_refused_on_saving(designer):
    factories.change_step("customer_need", field="horoscope")

    response = designer.get(page_of(stage("Develop")))
    assert '<option value="horoscope" selected>horoscope (not known here)</option>' in response.content.decode()

    form = form_of(designer, stage("Develop"))
    response = send(designer, stage("Develop"), form)
    assert response.status_code == 422
    assert "No field is called “horoscope”." in response.content.decode()


INVALID_STEPS = [
    ({"field": "status"}, "No field is called “status”."),
    ({"field": "customer_need", "evidence": "stakeholder"}, "Only a step that is ticked can ask for evidence."),
    ({"field": "thank_you_sent", "evidence": "weather"}, "No evidence is called “weather”."),
    ({"field": "a" * 61}, "at most 60 characters"),
    ({"field": "a\0b"}, "Null characters are not allowed"),
]


def test_an_invalid_field_or_evidence_is_refused(designer, subtests):
    drawn = form_of(designer, stage("Qualify"))

    for entries, sentence in INVALID_STEPS:
        form = deepcopy(drawn)
        add_inline_row(form, "steps", name_en="New", order="9", required="on", **entries)
        with subtests.test(sentence), unchanged():
            response = send(designer, stage("Qualify"), form)

            assert response.status_code == 422
            assert sentence in response.content.decode()


def test_two_new_steps_for_one_field_are_refused_with_a_sentence(designer):
    form = form_of(designer, stage("Qualify"))
    add_inline_row(form, "steps", name_en="One", order="8", field="description")
    add_inline_row(form, "steps", name_en="Two", order="9", field="description")

    with unchanged():
        response = send(designer, stage("Qualify"), form)

    assert response.status_code == 422
    assert "A stage asks for a field only once." in response.content.decode()


def test_a_manager_chooses_the_process_for_new_opportunities(designer, process, rep):
    add_process(designer)
    tenders = Process.objects.get(name_en="Tenders")
    action = use_for_new_opportunities(designer, tenders)

    designer.post("/admin/stages/process/", action)

    assert list(Process.objects.filter(is_default=True)) == [tenders]
    assert factories.OpportunityFactory(owner=rep).active_stage.name_en == "Bid"


def test_a_list_older_than_a_change_of_the_default_changes_nothing(designer, process):
    """Two managers choose. The page shows the second one the choice of the first."""
    tenders, renewals = factories.add_process("Tenders", "Bid"), factories.add_process("Renewals", "Ask")
    sent = use_for_new_opportunities(designer, renewals)
    designer.post("/admin/stages/process/", use_for_new_opportunities(designer, tenders))

    with unchanged():
        answer = designer.post("/admin/stages/process/", sent)

    assert answer.status_code == 409
    assert "New opportunities start in “Tenders” since this page was opened." in answer.content.decode()


def test_a_list_without_a_valid_default_changes_nothing(designer, process, subtests):
    sent = use_for_new_opportunities(designer, factories.add_process("Tenders", "Bid"))
    del sent["default_shown"]

    for shown in ({}, *({"default_shown": value} for value in ("", "x", "-1", "9" * 19, ["1", "2"]))):
        with subtests.test(str(shown)), unchanged():
            assert designer.post("/admin/stages/process/", sent | shown).status_code == 400


def test_an_archived_process_cannot_be_chosen_for_new_opportunities(designer, process):
    add_process(designer)
    tenders = Process.objects.get(name_en="Tenders")
    send(designer, tenders, form_of(designer, tenders), is_archived="on")
    action = use_for_new_opportunities(designer, tenders)

    with unchanged():
        response = designer.post("/admin/stages/process/", action, follow=True)

    assert "“Tenders” is archived." in response.content.decode()


def test_the_process_for_new_opportunities_cannot_be_archived(designer, process):
    form = form_of(designer, process)
    with unchanged():
        response = send(designer, process, form, is_archived="on")

    assert "cannot be archived" in response.content.decode()
