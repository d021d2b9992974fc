"""What changes of the process designer do to opportunities, deleting definitions, and forged posts."""

from copy import deepcopy

import pytest
from django.contrib.messages import get_messages

from opportunities import transitions
from opportunities.models import Opportunity
from opportunities.verify import run
from salesflow.users.models import SALES_MANAGER, User
from stages import write_guard
from stages.models import Process, Stage, Step
from tests.support import factories
from tests.support.admin_forms import add_process, form_of, inline_prefix, page_of, send, use_for_new_opportunities
from tests.support.db_assertions import unchanged
from tests.support.factories import NOW, fill, opportunity_in, ready_opportunity, reread, stage, step
from tests.support.pages import drawn_for, post_drawn

pytestmark = pytest.mark.django_db


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
