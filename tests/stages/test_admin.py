"""The pages of the process designer."""

import re
from copy import deepcopy

import pytest
from django.contrib.messages import get_messages

from opportunities import transitions
from opportunities.models import Opportunity
from opportunities.verify import run
from salesflow.users.admin_inlines import MOST_ROWS
from salesflow.users.models import SALES_MANAGER, User
from stages import write_guard
from stages.models import Process, Stage, Step
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import NOW, fill, opportunity_in, ready_opportunity, reread, stage, step
from tests.support.pages import Form, drawn_for, post_drawn

pytestmark = pytest.mark.django_db


@pytest.fixture
def designer(client_of, manager):
    return client_of(manager)


@pytest.fixture
def process():
    return Process.objects.get(key="opportunity-sales-process")


def page_of(definition):
    return f"/admin/stages/{definition._meta.model_name}/{definition.pk}/change/"


def form_of(client, definition):
    """The form of the page."""
    return Form(client.get(page_of(definition)), action=None)


def send(client, definition, form, **changes):
    for name, value in changes.items():
        if value is None:
            form.fields.pop(name, None)
        else:
            form.fields[name] = value
    return client.post(page_of(definition), form.fields.urlencode(), content_type="application/x-www-form-urlencoded")


def inline_prefix(form, prefix, definition):
    """The prefix of the inline row that shows this stage or step."""
    return next(
        name.removesuffix("-id")
        for name, value in form.fields.items()
        if name.startswith(f"{prefix}-") and name.endswith("-id") and value == str(definition.pk)
    )


def add_inline_row(form, prefix, **values):
    number = int(form.fields[f"{prefix}-TOTAL_FORMS"])
    form.fields[f"{prefix}-TOTAL_FORMS"] = str(number + 1)
    for name, value in values.items():
        form.fields[f"{prefix}-{number}-{name}"] = value


def add_process(client, name="Tenders", stages=("Bid",)):
    form = Form(client.get("/admin/stages/process/add/"), action=None)
    form.fields["name_en"] = name
    for number, each in enumerate(stages):
        add_inline_row(form, "stages", name_en=each, order=str(number), probability="10")
    return client.post("/admin/stages/process/add/", dict(form.fields.items()))


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


def use_for_new_opportunities(client, process):
    """The posted fields of the action “Use for new opportunities” on the current list."""
    shown = re.search(r'name="default_shown" value="([0-9]+)"', client.get("/admin/stages/process/").content.decode())
    return {
        "action": "use_for_new_opportunities",
        "_selected_action": process.pk,
        "index": "0",
        "default_shown": shown[1],
    }


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


# Effects on opportunities


def test_a_step_that_becomes_required_updates_open_opportunities(designer, rep):
    opportunity = ready_opportunity("Propose", owner=rep)
    optional = step("proposal_developed")
    form = form_of(designer, stage("Propose"))

    send(designer, stage("Propose"), form, **{f"{inline_prefix(form, 'steps', optional)}-required": "on"})

    after = reread(opportunity)
    assert (opportunity.is_ready, after.is_ready) == (True, False)
    assert after.steps_required == opportunity.steps_required + 1
    assert after.version == opportunity.version
    assert list(run.faults()) == []


def test_archiving_a_step_updates_open_opportunities(designer, rep):
    opportunity = fill(opportunity_in("Develop", owner=rep), "Develop", leave=("customer_need",))
    form = form_of(designer, stage("Develop"))

    send(
        designer, stage("Develop"), form, **{f"{inline_prefix(form, 'steps', step('customer_need'))}-is_archived": "on"}
    )

    assert not opportunity.is_ready
    assert reread(opportunity).is_ready
    assert list(run.faults()) == []


def test_a_step_changed_on_its_own_page_updates_open_opportunities(designer, rep):
    opportunity = fill(opportunity_in("Develop", owner=rep), "Develop", leave=("customer_need",))
    asked = step("customer_need")

    send(designer, asked, form_of(designer, asked), required=None)

    assert reread(opportunity).is_ready


def test_a_changed_text_updates_no_opportunity(designer, rep):
    opportunity = opportunity_in("Develop", owner=rep)
    before = Opportunity.objects.values().get(pk=opportunity.pk)

    send(designer, stage("Develop"), form_of(designer, stage("Develop")), guidance_en="Listen.")

    assert stage("Develop").guidance_en == "Listen."
    assert Opportunity.objects.values().get(pk=opportunity.pk) == before


def test_opportunities_in_an_archived_stage_stay_there_and_can_move_on(designer, client_of, rep):
    opportunity = ready_opportunity("Develop", owner=rep)
    other = ready_opportunity("Qualify", owner=rep)

    response = designer.get("/admin/")
    send(designer, stage("Develop"), form_of(designer, stage("Develop")), is_archived="on")
    response = designer.get("/admin/")

    assert "1 open opportunity is in Develop. It stays there until it is moved" in response.content.decode()
    assert reread(opportunity).active_stage == stage("Develop")
    assert list(run.faults()) == []
    assert "Develop" in client_of(rep).get(f"/opportunities/{opportunity.pk}/").content.decode()
    transitions.advance(opportunity=opportunity, by=rep, at=NOW)
    transitions.advance(opportunity=other, by=rep, at=NOW)
    assert reread(opportunity).active_stage == stage("Propose")
    assert reread(other).active_stage == stage("Propose")
    assert list(run.faults()) == []


# Deleting


def test_a_process_stage_or_step_in_use_cannot_be_deleted(designer, client_of, rep, process):
    opportunity_in("Develop", owner=rep)
    superuser = User.objects.create_superuser("root")

    for client in (designer, client_of(superuser)):
        for definition in (process, stage("Qualify"), step("contact"), stage("Develop")):
            page = page_of(definition).replace("change", "delete")
            with unchanged():
                response = client.post(page, {"post": "yes"}, follow=True)
            assert "is in use. Archive it instead." in response.content.decode()
            assert page not in client.get(page_of(definition)).content.decode()


def test_an_unused_process_is_deleted_with_its_stages_and_steps(designer):
    add_process(designer, stages=("Bid", "Negotiate"))
    tenders = Process.objects.get(name_en="Tenders")
    factories.add_step(tenders.stages.first(), "customer_need", "Offer")
    page = page_of(tenders).replace("change", "delete")

    assert "Bid" in designer.get(page).content.decode()
    post_drawn(designer, page, {"post": "yes"})

    assert not Process.objects.filter(name_en="Tenders").exists()
    assert not Stage.objects.filter(name_en="Bid").exists()
    assert not Step.objects.filter(name_en="Offer").exists()
    assert Process.history.filter(name_en="Tenders", history_type="-").exists()
    assert "Tenders" in designer.get("/admin/admin/logentry/").content.decode()


def test_the_only_stage_and_the_default_process_cannot_be_deleted(designer, process):
    add_process(designer)
    only = Stage.objects.get(name_en="Bid")

    with unchanged():
        said = post_drawn(
            designer, page_of(only).replace("change", "delete"), {"post": "yes"}, follow=True
        ).content.decode()
        assert "A process needs at least one stage" in said
        said = post_drawn(
            designer, page_of(process).replace("change", "delete"), {"post": "yes"}, follow=True
        ).content.decode()
        assert "is used for new opportunities" in said


def test_an_unused_step_can_be_deleted(designer, rep):
    add_process(designer)
    tenders = Process.objects.get(name_en="Tenders")
    asked = factories.add_step(tenders.stages.get(), "customer_need", "Need")

    post_drawn(designer, page_of(asked).replace("change", "delete"), {"post": "yes"})

    assert not Step.objects.filter(pk=asked.pk).exists()


# Forged posts


def test_an_inline_cannot_change_a_stage_of_another_process(designer, process):
    add_process(designer)
    foreign = Stage.objects.get(name_en="Bid")
    form = form_of(designer, process)
    forged = {"stages-0-id": str(foreign.pk), "stages-0-name_en": "Mine"}

    with unchanged():
        assert send(designer, process, form, **forged).status_code == 422


def test_a_stage_cannot_move_to_another_process(designer, process):
    add_process(designer)
    tenders = Process.objects.get(name_en="Tenders")
    form = form_of(designer, process)

    send(designer, stage("Qualify"), form_of(designer, stage("Qualify")), process=str(tenders.pk))
    with unchanged():
        assert send(designer, process, form, **{"stages-0-process": str(tenders.pk)}).status_code == 422

    assert stage("Qualify").process == process


def test_a_malformed_formset_saves_nothing(designer, process, subtests):
    drawn = form_of(designer, process)

    for forged in ({"stages-TOTAL_FORMS": None}, {"stages-INITIAL_FORMS": "x"}, {"stages-0-id": "9" * 30}):
        with subtests.test(str(forged)), unchanged():
            assert send(designer, process, deepcopy(drawn), name_en="Other", **forged).status_code == 422


def test_an_inline_cannot_delete_a_stage(designer, process):
    add_process(designer, stages=("Bid", "Negotiate"))
    tenders = Process.objects.get(name_en="Tenders")

    send(designer, tenders, form_of(designer, tenders), **{"stages-0-DELETE": "on"})

    assert tenders.stages.count() == 2


def test_stages_and_steps_have_no_add_page(designer):
    with unchanged():
        assert designer.post("/admin/stages/stage/add/", {"name_en": "X"}).status_code == 403
        assert designer.post("/admin/stages/step/add/", {"name_en": "X"}).status_code == 403
        assert designer.post(page_of(stage("Qualify")), {"_saveasnew": "1", "name_en": "X"}).status_code == 403


def test_the_history_can_be_read_but_not_restored(designer, process):
    send(designer, process, form_of(designer, process), name_nb="Gammel")
    send(designer, process, form_of(designer, process), name_nb="Ny")
    version = Process.history.get(name_nb="Gammel")

    assert "Gammel → Ny" in designer.get(page_of(process).replace("change", "history")).content.decode()
    for definition in (process, stage("Qualify"), step("contact")):
        history = page_of(definition).replace("change/", "history/")
        assert designer.get(history).status_code == 200
        with unchanged():
            assert designer.post(f"{history}{version.pk}/", {"name_en": "Reverted"}).status_code == 403
            assert designer.get(f"{history}{version.pk}/").status_code == 403
    assert designer.get("/admin/stages/process/abc/history/").status_code == 404


def test_only_managers_reach_the_process_designer(client_of, rep, stranger, process):
    for user in (rep, stranger):
        client = client_of(user)
        with unchanged():
            for page in (
                "/admin/stages/process/",
                page_of(process),
                page_of(stage("Qualify")),
                "/admin/stages/process/add/",
            ):
                assert client.get(page, follow=True).status_code == 403
                assert client.post(page, {"name_en": "X"}, follow=True).status_code == 403


def test_the_pages_contain_no_inline_style_or_script(designer, process, client_of):
    send(designer, process, form_of(designer, process), name_nb="Ny")
    pages = (
        page_of(process),
        page_of(stage("Qualify")),
        page_of(process).replace("change", "history"),
        "/admin/stages/process/",
        "/admin/stages/stage/",
    )
    for page in pages:
        html = designer.get(page).content.decode()
        assert "style=" not in html and "<script>" not in html and "onclick" not in html


@pytest.mark.sweep
def test_the_list_of_30_stages_runs_at_most_12_queries(designer, django_assert_max_num_queries):
    for number in range(30):
        process = Process.objects.create(name_en=f"Process {number}")
        factories.add_stage(process, "One")

    with django_assert_max_num_queries(12):
        designer.get("/admin/stages/stage/")


def test_what_is_archived_and_what_is_used_is_said_in_words(designer, process):
    Process.objects.create(name_en="Tenders", name_nb="Anbud", is_archived=True)

    html = designer.get("/admin/stages/process/").content.decode()

    assert html.count('<span class="tag">Archived</span>') == 1
    assert html.count('<span class="tag">Used for new opportunities</span>') == 1
    assert "icon-no.svg" not in html


def test_a_step_is_one_closed_row_and_one_that_is_refused_is_open(designer):
    form = form_of(designer, stage("Qualify"))
    shown = designer.get(page_of(stage("Qualify"))).content.decode()

    refused = send(designer, stage("Qualify"), form, **{"steps-1-name_en": ""}).content.decode()

    assert shown.count("<details>") == 6
    assert shown.count("<details open>") == 1  # the one that is copied for a new step
    assert refused.count("<details open>") == 2
    assert refused.count("This field is required.") == 1


def test_the_row_of_a_step_says_what_it_asks_for(designer):
    factories.change_step("customer_need", field="weather")

    develop = designer.get(page_of(stage("Develop"))).content.decode()

    assert "There is at least one stakeholder" in develop
    assert "asks for something this installation does not know" in develop


NAME = "100% deals %s %(name)s {0}"


def test_a_name_with_format_characters_is_shown_as_text(process, client_of):
    boss = client_of(factories.UserFactory(role=SALES_MANAGER, is_superuser=True))
    Process.objects.filter(pk=process.pk).update(name_en=NAME)
    with write_guard.changing_every():
        Stage.objects.update(name_en=NAME)
        Step.objects.update(name_en=NAME)
    opportunity_in_it = factories.OpportunityFactory(owner=factories.UserFactory(), name=NAME)
    unused = Process.objects.create(name_en=NAME, name_nb=NAME, is_archived=True)
    rows = [process, process.stages.first(), step("customer_need"), unused]

    answers = [
        post_drawn(boss, f"/admin/stages/{row._meta.model_name}/{row.pk}/delete/", {"post": "yes"}) for row in rows
    ]
    answers.append(send_action(boss, unused))
    answers.append(send_action(boss, process))
    answers.append(boss.get(opportunity_in_it.get_absolute_url()))
    answers.append(boss.post(f"{opportunity_in_it.get_absolute_url()}advance/", drawn_for(opportunity_in_it)))

    assert {answer.status_code for answer in answers} <= {200, 302, 422}
    said = {str(message) for message in get_messages(answers[0].wsgi_request)}
    assert said == {f"“{NAME}” is in use. Archive it instead."}


def send_action(client, process):
    return client.post("/admin/stages/process/", use_for_new_opportunities(client, process))


def test_the_refusal_to_delete_shows_a_name_with_a_percent_sign(designer, process):
    another = factories.add_process(NAME, "One", name_nb=NAME)
    Process.objects.update(is_default=False)
    Process.objects.filter(pk=another.pk).update(is_default=True)

    with unchanged():
        answer = post_drawn(designer, f"/admin/stages/process/{another.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 302
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert said == [f"“{NAME}” is used for new opportunities."]
