"""Hold and resume; waiving a step; waiving the missing steps while closing."""

import pytest

from opportunities import transitions
from opportunities.models import Event, Waiver
from tests.support import factories
from tests.support.db_assertions import digests, refused
from tests.support.factories import CLOSE, DAY, DEVELOP, NOW, QUALIFY, opportunity_in, reason, reread, step
from tests.support.pages import drawn_for

pytestmark = pytest.mark.django_db


def address(opportunity, page):
    return f"{opportunity.get_absolute_url()}{page}/"


# On hold


def test_an_opportunity_is_put_on_hold_with_a_reason_and_resumed(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)

    answer = client.post(address(opportunity, "hold"), drawn_for(opportunity) | {"reason": "The customer is merging"})

    assert answer.status_code == 303
    assert reread(opportunity).is_on_hold
    assert "The customer is merging" in client.get(opportunity.get_absolute_url()).content.decode()
    assert client.post(address(opportunity, "resume"), drawn_for(opportunity)).status_code == 303
    assert not reread(opportunity).is_on_hold


def test_a_hold_needs_a_reason(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    before = digests()

    answer = client.post(address(opportunity, "hold"), drawn_for(opportunity) | {"reason": " "})

    assert answer.status_code == 422
    assert digests() == before


def test_resuming_an_opportunity_that_is_not_on_hold_is_refused(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    before = digests()

    answer = client.post(address(opportunity, "resume"), drawn_for(opportunity))

    assert answer.status_code == 422
    assert "not on hold" in answer.content.decode()
    assert digests() == before


def test_time_on_hold_does_not_count_as_time_in_the_stage(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    transitions.hold(opportunity=opportunity, by=rep, at=NOW + 2 * DAY, reason="Merging")
    transitions.resume(opportunity=opportunity, by=rep, at=NOW + 12 * DAY)

    assert reread(opportunity).days_in_stage(NOW + 13 * DAY) == 3
    assert reread(opportunity).stage_entered_at == NOW


def test_a_hold_ended_by_a_move_does_not_reduce_the_time_in_the_next_stage(rep):
    opportunity = factories.ready_opportunity(DEVELOP, owner=rep)
    transitions.hold(opportunity=opportunity, by=rep, at=NOW + 2 * DAY, reason="Merging")

    transitions.advance(opportunity=reread(opportunity), by=rep, at=NOW + 12 * DAY)

    assert not reread(opportunity).is_on_hold
    assert reread(opportunity).days_in_stage(NOW + 15 * DAY) == 3


# Waiving


def test_a_manager_can_waive_a_step_in_the_panel(manager, client_of):
    client, opportunity = (
        client_of(manager),
        factories.fill(opportunity_in(QUALIFY), QUALIFY, leave=["estimated_budget"]),
    )
    waiving = address(opportunity, f"waive/{step('estimated_budget').pk}")
    assert waiving in client.get(opportunity.get_absolute_url()).content.decode()

    answer = client.post(waiving, drawn_for(opportunity) | {"reason": "They never tell"})

    assert answer.status_code == 303
    page = client.get(opportunity.get_absolute_url()).content.decode()
    assert "They never tell" in page
    transitions.advance(opportunity=reread(opportunity), by=opportunity.owner, at=NOW)


def test_the_timeline_names_the_waived_step(manager, client_of):
    opportunity = opportunity_in(QUALIFY)
    transitions.waive(
        opportunity=opportunity, by=manager, at=NOW, step=step("estimated_budget"), reason="They never tell"
    )

    page = client_of(manager).get(opportunity.get_absolute_url(), {"tab": "timeline"}).content.decode()

    assert "waived the step <b>Estimated budget</b>" in page


@pytest.mark.parametrize("field", ["customer_need", "stakeholders_identified"])
def test_a_step_that_another_person_completed_meanwhile_is_not_waived(manager, field):
    opportunity = opportunity_in(DEVELOP)
    version = opportunity.version
    factories.add_stakeholder(opportunity)
    factories.edit(reread(opportunity), **{field: "Trucks" if field == "customer_need" else True})

    with refused(transitions.MissingChanged) as caught:
        transitions.waive(
            opportunity=reread(opportunity), by=manager, at=NOW, step=step(field), reason="Later", version=version
        )

    assert caught.value.event == opportunity.events.latest("version")


def test_the_waive_page_does_not_exist_for_a_rep(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(QUALIFY, owner=rep)
    before = digests()

    waiving = address(opportunity, f"waive/{step('estimated_budget').pk}")

    assert f'"{waiving}"' not in client.get(opportunity.get_absolute_url()).content.decode()
    assert client.get(waiving).status_code == 404
    assert client.post(waiving, {"reason": "Please"}).status_code == 404
    assert digests() == before


# Waiving and closing


def test_a_closed_opportunity_shows_its_waivers(rep, manager, client_of):
    opportunity = factories.fill(opportunity_in(CLOSE, owner=rep), leave=["debrief_filed"])
    transitions.waive(
        opportunity=opportunity, by=manager, at=NOW, step=step("debrief_filed"), reason="They would not meet us again."
    )
    factories.lose(reread(opportunity))

    shown = client_of(rep).get(opportunity.get_absolute_url()).content.decode()

    assert shown.count("because: They would not meet us again.") == 1


def test_a_refused_closing_writes_no_waivers(manager):
    opportunity = opportunity_in(DEVELOP)

    with refused(transitions.EntryMissing):
        transitions.close_as_lost(
            opportunity=opportunity,
            by=manager,
            at=NOW,
            reason=reason("canceled"),
            closed_on=factories.TODAY + DAY,
            waive_because="Bankrupt",
        )

    assert not Waiver.objects.exists()


def test_waiving_and_closing_writes_one_event_that_names_each_step(manager):
    opportunity = opportunity_in(DEVELOP)

    transitions.close_as_lost(
        opportunity=opportunity,
        by=manager,
        at=NOW,
        reason=reason("canceled"),
        closed_on=factories.TODAY,
        waive_because="Bankrupt",
    )

    event = opportunity.events.latest("version")
    assert event.kind == Event.Kind.LOST
    waived = [step["id"] for step in event.waived_steps]
    assert sorted(waived) == sorted(opportunity.waivers.values_list("step_id", flat=True))


def test_a_rep_cannot_waive_and_close(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    with refused(transitions.NotAllowed):
        transitions.close_as_lost(
            opportunity=opportunity,
            by=rep,
            at=NOW,
            reason=reason("canceled"),
            closed_on=factories.TODAY,
            waive_because="Bankrupt",
        )


def test_a_rep_cannot_waive_with_a_forged_field(rep, client_of):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    before = digests()

    answer = client.post(
        address(opportunity, "close/lost"),
        {
            **drawn_for(opportunity),
            "missing": str(step("customer_need").pk),
            "reason": reason("canceled").pk,
            "closed_on": "2026-03-01",
            "waive": "1",
            "waive_because": "I am a manager",
        },
    )

    assert answer.status_code == 422
    assert digests() == before


def test_a_get_of_the_resume_address_redirects_to_the_opportunity(rep, client_of):
    opportunity = opportunity_in(DEVELOP, owner=rep)

    answer = client_of(rep).get(address(opportunity, "resume"))

    assert (answer.status_code, answer.url) == (303, opportunity.get_absolute_url())
