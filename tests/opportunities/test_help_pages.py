"""The help pages, made from the rows of a process."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from opportunities import access, transitions
from opportunities.access import Relation
from opportunities.help_pages.rights import RIGHTS
from opportunities.models import Opportunity
from opportunities.transitions import MoveKind
from salesflow.users import absences
from salesflow.users.models import COLLEAGUE, User
from stages import designing
from stages.models import Process
from tests.support import factories
from tests.support.factories import CLOSE, DEVELOP, NOW, PROPOSE, QUALIFY, opportunity_in, stage, step
from tests.support.moves import approve_waiver, ask_for_waiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client_of, rep):
    return client_of(rep)


def page_of(stage):
    return reverse("help_stage", args=[stage.process_id, stage.pk])


def words(answer):
    return " ".join(answer.content.decode().split())


def section(answer, step):
    """What the page says about one step."""
    page = words(answer)
    return page[page.index(f'id="step-{step.pk}"') :].split("</section>")[0]


def archive(*rows):
    with designing.changing(designing.process_of(rows[0])):
        for row in rows:
            row.is_archived = True
            row.save()


# A stage


def test_a_stage_says_what_it_is_for_and_how_long_it_should_take(reader):
    page = words(reader.get(page_of(stage(DEVELOP))))

    assert "Understand what the customer needs" in page
    assert "21 days in the stage" in page
    assert "40 %, used for weighted revenue" in page
    assert "Asks for: Every required step of every stage" in page


@pytest.mark.parametrize(
    ("name", "field", "sentence"),
    [
        (QUALIFY, "contact", "A contact, chosen or created."),
        (QUALIFY, "account", "An account, chosen or created."),
        (
            QUALIFY,
            "purchase_timeframe",
            "One of these: Immediate, This quarter, Next quarter, This year, Unknown.",
        ),
        (QUALIFY, "estimated_budget", "An amount. 0 is an answer."),
        (QUALIFY, "decision_maker_identified", "Tick it when a stakeholder has the role Decision maker."),
        (DEVELOP, "customer_need", "Any text."),
        (DEVELOP, "stakeholders_identified", "Tick it when at least one stakeholder is listed."),
        (
            DEVELOP,
            "competitors_identified",
            "Tick it when at least one competitor is listed, or “No known competitors” is set.",
        ),
        (PROPOSE, "sales_team_identified", "Tick it when at least one person is on the sales team."),
        (PROPOSE, "proposal_presented", "Tick it when it is done."),
        (CLOSE, "decision_date", "A date."),
    ],
)
def test_each_step_says_what_counts_as_done(reader, name, field, sentence):
    about = section(reader.get(page_of(stage(name))), step(field))

    assert sentence in about
    assert step(field).help_en in about


def test_a_tick_with_evidence_says_that_it_does_not_last_without_it(reader):
    page = reader.get(page_of(stage(DEVELOP)))

    assert "the step is open again" in section(page, step("stakeholders_identified"))
    assert "the step is open again" not in section(page, step("customer_need"))


def test_required_and_optional_steps_are_told_apart(reader):
    page = reader.get(page_of(stage(PROPOSE)))

    assert "Required" in section(page, step("proposal_presented"))
    assert "Optional: no move waits for it" in section(page, step("proposal_developed"))


def test_a_step_that_asks_for_something_unknown_says_so(reader):
    factories.change_step("customer_need", field="weather")

    about = section(reader.get(page_of(stage(DEVELOP))), step("weather"))

    assert "The step asks for something this installation does not know. Nothing counts as done." in about


def test_a_change_of_a_manager_is_on_the_page_at_once(reader):
    factories.change_step("customer_need", required=False, help_en="As they say it.")

    about = section(reader.get(page_of(stage(DEVELOP))), step("customer_need"))

    assert "As they say it." in about
    assert "Optional" in about


def test_an_archived_step_is_not_on_the_page(reader):
    factories.change_step("customer_need", is_archived=True)

    assert "Customer need" not in words(reader.get(page_of(stage(DEVELOP))))


def test_a_stage_leads_to_the_ones_beside_it(reader):
    beside = {QUALIFY: (None, DEVELOP), DEVELOP: (QUALIFY, PROPOSE), CLOSE: (PROPOSE, None)}
    for name, (before, after) in beside.items():
        page = words(reader.get(page_of(stage(name))))

        for relation, neighbour in (("prev", before), ("next", after)):
            assert (f'rel="{relation}"' in page) == (neighbour is not None)
            if neighbour:
                assert f'href="{page_of(stage(neighbour))}"' in page


def test_a_stage_without_steps_says_that_it_asks_for_nothing(reader):
    process = factories.add_process("Tenders", "Bid")

    assert "This stage asks for nothing" in words(reader.get(page_of(process.stages.get())))


def test_a_norwegian_reads_it_in_norwegian(reader, settings):
    reader.cookies[settings.LANGUAGE_COOKIE_NAME] = "nb"

    page = reader.get(page_of(stage(DEVELOP)))

    assert "Merk som fullført når minst én interessent er lagt til." in section(page, step("stakeholders_identified"))
    assert "Hva som teller som fullført" in words(page)
    assert "21 dager i fasen" in words(page)
    assert "Hvem som kan gjøre hva" in words(page)


# Which stages there are


def test_the_list_has_the_processes_in_use_with_their_stages(reader):
    factories.add_process("Tenders", "Bid")
    unused = factories.add_process("Renewals", "Ask")
    Process.objects.filter(pk=unused.pk).update(is_archived=True)

    page = words(reader.get(reverse("help_pages")))

    assert page.index("Opportunity Sales Process") < page.index("Tenders")
    assert page_of(stage(QUALIFY)) in page
    assert "Renewals" not in page


def test_without_a_process_the_list_says_what_belongs_there(reader, client_of, manager):
    Process.objects.update(is_default=False, is_archived=True)

    assert "No process is in use" in words(reader.get(reverse("help_pages")))
    assert reverse("admin:stages_process_changelist") in words(client_of(manager).get(reverse("help_pages")))


def test_an_archived_stage_has_a_page_while_an_open_opportunity_is_in_it(reader, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    archive(stage(DEVELOP), stage(PROPOSE))

    here = reader.get(page_of(stage(DEVELOP)))

    assert "This stage is archived." in words(here)
    assert page_of(stage(PROPOSE)) not in words(here)
    assert reader.get(page_of(stage(PROPOSE))).status_code == 404
    transitions.go_back(opportunity=opportunity, by=rep, at=NOW)
    assert reader.get(page_of(stage(DEVELOP))).status_code == 404


def test_an_archived_process_has_pages_while_an_open_opportunity_is_in_it(reader, rep):
    process = factories.add_process("Tenders", "Bid", "Sign")
    Process.objects.update(is_default=False)
    Process.objects.filter(pk=process.pk).update(is_default=True)
    bid = process.stages.first()
    factories.OpportunityFactory(owner=rep)
    Process.objects.filter(pk=process.pk).update(is_default=False, is_archived=True)

    assert "Tenders" in words(reader.get(reverse("help_pages")))
    assert reader.get(page_of(bid)).status_code == 200


def test_a_stage_of_another_process_and_ids_of_nothing_are_not_found(reader):
    tenders = factories.add_process("Tenders", "Bid")
    mixed = reverse("help_stage", args=[tenders.pk, stage(QUALIFY).pk])

    for path in (mixed, "/help/1/999999/", f"/help/{2**70}/1/", f"/help/{stage(QUALIFY).process_id}/{2**70}/"):
        assert reader.get(path).status_code == 404, path


# The way to them


def test_each_step_of_the_panel_leads_to_what_counts_as_done(reader, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    page = words(reader.get(opportunity.get_absolute_url()))

    for field in ("customer_need", "competitors_identified"):
        assert f'href="{page_of(stage(DEVELOP))}#step-{step(field).pk}"' in page


def test_the_menu_leads_to_the_help_pages(reader):
    assert 'href="/help/"' in words(reader.get("/"))


# Who may do what


def test_the_page_names_who_may_do_what(reader):
    page = words(reader.get(page_of(stage(QUALIFY))))

    for right in RIGHTS:
        label, people = str(right.label), ", ".join(right.people)
        assert f"<dt>{label}</dt> <dd>{people[0].upper()}{people[1:]}</dd>" in page


def test_every_move_is_named_once():
    assert sorted(kind for right in RIGHTS for kind in right.moves) == sorted(MoveKind)


def cast(rep, colleague, manager):
    """The people of an opportunity in Propose, with its gate open, by what they are to it."""
    opportunity = factories.ready_opportunity(PROPOSE, owner=rep)
    factories.add_team_member(opportunity, user=colleague)
    deputy, today = factories.UserFactory(), timezone.localdate()
    absences.add(person=manager, deputy=deputy, first_day=today, last_day=today, by=manager, today=today)
    return opportunity, {
        Relation.OWNER: rep,
        Relation.TEAM: colleague,
        Relation.MANAGER: manager,
        Relation.DEPUTY: User.objects.get(pk=deputy.pk),
        None: factories.UserFactory(),
    }


def moves_of(opportunity, people):
    """The moves each person has."""
    now = Opportunity.objects.get(pk=opportunity.pk)
    return {who: {move.kind for move in transitions.available(now, by=person)} for who, person in people.items()}


def test_the_moves_that_people_have_are_those_that_the_page_names(rep, colleague, manager):
    """Over what happens to an opportunity each move comes up, for those whom the page names and for nobody else."""
    opportunity, people = cast(rep, colleague, manager)
    found = [moves_of(opportunity, people)]
    transitions.hold(opportunity=opportunity, by=rep, at=NOW, reason="Budget")
    found.append(moves_of(opportunity, people))
    factories.ask(opportunity, by=rep, at=NOW, description="Bankrupt")
    found.append(moves_of(opportunity, people))
    ask_for_waiver(opportunity, "debrief_filed")
    found.append(moves_of(opportunity, people))
    approve_waiver(opportunity, "debrief_filed", by=manager)
    found.append(moves_of(opportunity, people))
    factories.lose(opportunity, by=manager, waive_because="They are gone.")
    found.append(moves_of(opportunity, people))
    finished = factories.opportunity_in(CLOSE, owner=rep)
    factories.add_team_member(finished, user=colleague)
    found.append(moves_of(finished, people))

    for right in RIGHTS:
        for kind in right.moves:
            have = {who for moves in found for who, kinds in moves.items() if kind in kinds}
            assert have == set(right.relations), kind


def test_a_right_is_what_access_allows(rep, colleague, manager):
    opportunity, people = cast(rep, colleague, manager)
    unit = factories.UnitFactory()
    rep.unit = unit
    rep.save()
    manager.sees_all = True
    manager.save()
    people[access.Relation.COLLEAGUE] = factories.UserFactory(role=COLLEAGUE, unit=unit)
    people = {who: User.objects.get(pk=person.pk) for who, person in people.items()}
    opportunity = factories.reread(opportunity)
    for who, person in people.items():
        assert access.may_read(person, opportunity) == (who in access.READ)
        assert access.may_edit(person, opportunity) == (who in access.EDIT)
        assert access.may_lead(person, opportunity) == (who in access.LEAD)
        assert access.may_waive(person, opportunity) == (who in access.WAIVE)


# What it costs


@pytest.mark.sweep
def test_a_page_costs_the_same_for_any_number_of_steps_and_stages(reader):
    def cost(path):
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(path).status_code == 200
        return len(queries)

    process = factories.add_process("Tenders", "Bid")
    path = page_of(process.stages.get())
    before = (cost(path), cost(reverse("help_pages")))
    for number in range(12):
        new = factories.add_stage(process, f"Stage {number}") if number else process.stages.get()
        for field in ("customer_need", "proposed_solution", "description", "contact"):
            factories.add_step(new, field, f"{field} {number}")

    assert (cost(path), cost(reverse("help_pages"))) == before
    assert max(before) <= 8
