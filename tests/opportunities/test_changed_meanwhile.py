"""Forms of a page whose rows another user changed, removed or closed meanwhile. The refusal says who and when."""

import pytest
from django.urls import reverse

from opportunities import formats, transitions
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import CLOSE, DEVELOP, PROPOSE, QUALIFY, opportunity_in, reread
from tests.support.pages import FORM, Form

pytestmark = pytest.mark.django_db


def page_form(client, url):
    return Form(client.get(url), url)


def panel(client, opportunity):
    return Form(client.get(opportunity.get_absolute_url()), reverse("save", args=[opportunity.pk]))


def send(client, form, action=None, **entries):
    for name, value in entries.items():
        form.fields[name.replace("__", "-")] = value
    return client.post(action or form.action, form.fields.urlencode(), content_type=FORM)


def text_of(answer):
    return " ".join(answer.content.decode().split())


# Buttons that name a person


def test_i_sell_this_alone_is_refused_after_the_owner_changed(client_of, manager, rep, colleague):
    client, opportunity = client_of(manager), opportunity_in(PROPOSE, owner=rep)
    form = page_form(client, reverse("sell_alone", args=[opportunity.pk]))
    factories.edit(opportunity, by=factories.UserFactory(role="Sales manager", first_name="Marit"), owner=colleague)

    with unchanged():
        answer = send(client, form)

    assert answer.status_code == 409
    assert "changed “owner” after this page was opened. Look at it and decide again." in text_of(answer)


def test_i_sell_this_alone_in_the_panel_is_refused_after_the_owner_changed(client_of, manager, rep, colleague):
    client, opportunity = client_of(manager), opportunity_in(PROPOSE, owner=rep)
    form = panel(client, opportunity)
    factories.edit(opportunity, by=rep, owner=colleague)

    with unchanged():
        answer = send(client, form, also="sell_alone")

    assert answer.status_code == 409
    assert "Kari Nordmann changed “owner” after this page was opened." in text_of(answer)


def test_the_button_for_the_decision_maker_is_refused_after_the_contact_changed(client_of, rep, manager):
    client, opportunity = client_of(rep), opportunity_in(QUALIFY, owner=rep, contact=factories.ContactFactory())
    factories.change_step("contact", is_archived=True)
    form = panel(client, opportunity)
    factories.edit(opportunity, by=manager, contact=factories.ContactFactory(name="Anders Vik"))

    with unchanged():
        answer = send(client, form, also="contact_decides")

    assert answer.status_code == 409
    assert "Ingrid Dahl changed “contact” after this page was opened." in text_of(answer)


@pytest.mark.parametrize("move", ["advance", "finish", "go_back"])
def test_a_move_with_a_button_for_the_decision_maker_is_refused_after_the_contact_changed(
    client_of, rep, manager, move
):
    client, opportunity = client_of(rep), opportunity_in(QUALIFY, owner=rep, contact=factories.ContactFactory())
    factories.change_step("contact", is_archived=True)
    form = panel(client, opportunity)
    factories.edit(opportunity, by=manager, contact=factories.ContactFactory(name="Anders Vik"))

    with unchanged():
        answer = send(client, form, reverse(move, args=[opportunity.pk]), also="contact_decides")

    assert answer.status_code in (409, 422 if move == "go_back" else 409)


def test_closing_with_a_button_for_the_team_is_refused_after_the_owner_changed(client_of, rep, manager, colleague):
    opportunity = factories.fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=["debrief_filed"])
    factories.change_step("debrief_filed", evidence="team_member")
    client, url = client_of(manager), reverse("close_as_won", args=[opportunity.pk])
    form = Form(client.get(reverse("close", args=[opportunity.pk]), {"outcome": "won"}), url)
    factories.edit(opportunity, by=rep, owner=colleague)

    with unchanged():
        answer = send(client, form, actual_revenue="1", debrief_filed="on", also="sell_alone")

    assert answer.status_code == 409


# Removed rows

ROWS = {
    "stakeholder": factories.add_stakeholder,
    "competitor": factories.add_competitor,
    "team_member": factories.add_team_member,
    "task": factories.plan,
}


@pytest.mark.parametrize("kind", ROWS)
@pytest.mark.parametrize("act", ["edit", "remove"])
def test_a_form_of_a_row_that_another_user_removed_is_refused(client_of, rep, manager, kind, act):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    row = ROWS[kind](opportunity)
    form = page_form(client, reverse(f"{kind}_{act}", args=[opportunity.pk, row.pk]))
    factories.remove(row, by=manager)

    with unchanged():
        answer = send(client, form)

    assert answer.status_code == 409
    assert f"Ingrid Dahl removed {row}" in text_of(answer)


def test_the_entries_for_a_removed_row_are_kept_on_the_page(client_of, rep, manager):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)
    row = factories.add_stakeholder(opportunity)
    form = page_form(client, reverse("stakeholder_edit", args=[opportunity.pk, row.pk]))
    factories.remove(row, by=manager)

    assert "Wants it by Easter" in text_of(send(client, form, note="Wants it by Easter"))


def test_a_row_that_never_existed_gives_404(client_of, rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    url = reverse("stakeholder_edit", args=[opportunity.pk, 999_999])

    assert client_of(rep).get(url).status_code == client_of(rep).post(url, {"note": "x"}).status_code == 404


# Opportunities closed meanwhile


@pytest.mark.parametrize(
    "view", ["stakeholder_add", "competitor_add", "task_add", "opportunity_edit", "no_known_competitors"]
)
def test_a_form_of_an_opportunity_closed_meanwhile_is_refused(client_of, rep, manager, view):
    client, opportunity = client_of(rep), factories.ready_opportunity(CLOSE, owner=rep)
    form = page_form(client, reverse(view, args=[opportunity.pk]))
    transitions.finish(opportunity=opportunity, by=rep, at=factories.NOW)
    factories.win(reread(opportunity), by=manager)

    with unchanged():
        answer = send(client, form)

    assert answer.status_code == 409
    assert "This opportunity is closed and can only be read." in text_of(answer)
    assert f"Ingrid Dahl closed it on {formats.day(factories.NOW)}." in text_of(answer)


def test_the_entries_for_an_opportunity_closed_meanwhile_are_kept_on_the_page(client_of, rep, manager):
    client, opportunity = client_of(rep), factories.ready_opportunity(CLOSE, owner=rep)
    form = page_form(client, reverse("competitor_add", args=[opportunity.pk]))
    transitions.finish(opportunity=opportunity, by=rep, at=factories.NOW)
    factories.win(reread(opportunity), by=manager)

    assert "Cheaper by half" in text_of(send(client, form, add__note="Cheaper by half"))


# Hidden fields of the panel


@pytest.mark.parametrize("name", ["stage", "ticks"])
@pytest.mark.parametrize("button", ["save", "advance"])
def test_a_panel_without_its_stage_or_its_ticks_is_refused(client_of, rep, name, button):
    client, opportunity = client_of(rep), factories.ready_opportunity(DEVELOP, owner=rep)
    form = panel(client, opportunity)
    del form.fields[name]

    with unchanged():
        answer = send(client, form, reverse(button, args=[opportunity.pk]), customer_need="Typed")

    assert answer.status_code == 400


def test_an_empty_save_is_refused(client_of, rep):
    client, opportunity = client_of(rep), opportunity_in(DEVELOP, owner=rep)

    with unchanged():
        answer = client.post(reverse("save", args=[opportunity.pk]), "", content_type=FORM)

    assert answer.status_code == 400
