"""Nobody acts on something newer than their page: every form of a move names what it was rendered for.

Each move is made as a person makes it: a page is opened, its form filled in, its button pressed. Meanwhile somebody
else changes the opportunity, or the form is sent without the names that it carries.
"""

from dataclasses import dataclass, field

import pytest
from django.http import QueryDict

from opportunities import transitions
from opportunities.verify import run
from salesflow.users.models import SALES_MANAGER
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    TODAY,
    opportunity_in,
    ready_opportunity,
    reread,
    stage,
)
from tests.support.pages import FORM, Form

pytestmark = [pytest.mark.django_db, pytest.mark.sweep, pytest.mark.usefixtures("cast")]


@pytest.fixture
def boss(db):
    """A manager who waives and answers, while another one comes between."""
    return factories.UserFactory(username="boss", role=SALES_MANAGER)


# What somebody else does meanwhile. Each leads back to where the form was rendered for, as far as the stage goes.


def move(name, opportunity, by, **more):
    getattr(transitions, name)(opportunity=reread(opportunity), by=by, at=NOW, **more)


def advance_and_go_back(opportunity, by):
    move("advance", opportunity, by)
    move("go_back", opportunity, by)


def go_back_and_advance(opportunity, by):
    move("go_back", opportunity, by)
    move("advance", opportunity, by)


def enter_again_and_finish(opportunity, by):
    move("go_back", opportunity, by, to_stage=stage(CLOSE))
    move("finish", opportunity, by)


def hold_and_resume(opportunity, by):
    move("hold", opportunity, by, reason="Summer")
    move("resume", opportunity, by)


def resume_and_hold(opportunity, by):
    move("resume", opportunity, by)
    move("hold", opportunity, by, reason="Winter")


def reopen_and_win(opportunity, by):
    move("reopen", opportunity, by, reason="A mistake")
    move("finish", opportunity, by)
    factories.win(reread(opportunity), by=by)


def ask_and_decline(opportunity, by):
    factories.ask(reread(opportunity), by=by, description="Bankrupt")
    move("decline_close_request", opportunity, by, answer="Not yet")


def decline_and_ask(opportunity, by):
    move("decline_close_request", opportunity, by, answer="Not yet")
    factories.ask(reread(opportunity), by=by, description="Really bankrupt")


def take_back_and_ask(opportunity, by):
    move("take_back_close_request", opportunity, opportunity.owner)
    factories.ask(reread(opportunity), by=by, description="Really bankrupt")


# Where each move begins


def ready_to_jump(rep):
    return factories.fill(factories.OpportunityFactory(owner=rep), QUALIFY, DEVELOP)


def on_hold(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    move("hold", opportunity, rep, reason="Autumn")
    return reread(opportunity)


def asked_for(rep):
    opportunity = opportunity_in(DEVELOP, owner=rep)
    factories.ask(reread(opportunity), by=rep, description="Bankrupt")
    return reread(opportunity)


@dataclass(frozen=True, eq=False)
class Case:
    """One move: where it begins, the page with its form, what is entered, its button, and what comes between."""

    begin: object
    page: str
    button: str
    meanwhile: object
    entries: dict = field(default_factory=dict)
    who: str = "rep"
    sends_to: str = ""  # the page itself, unless said


LOST = {"closed_on": TODAY.isoformat(), "description": "typed"}

CASES = {
    "advance": Case(
        lambda rep: ready_opportunity(QUALIFY, owner=rep), "", "Next Stage", advance_and_go_back, sends_to="save/"
    ),
    "jump": Case(ready_to_jump, f"?stage={PROPOSE}", "Move here", advance_and_go_back, sends_to="save/"),
    "back": Case(
        lambda rep: ready_opportunity(DEVELOP, owner=rep),
        "",
        "Back",
        go_back_and_advance,
        {"customer_need": "typed"},
        sends_to="save/",
    ),
    "go back here": Case(
        lambda rep: ready_opportunity(PROPOSE, owner=rep),
        f"?stage={QUALIFY}",
        "Go back here",
        go_back_and_advance,
        {"reason": "typed"},
        sends_to="save/",
    ),
    "finish": Case(
        lambda rep: ready_opportunity(CLOSE, owner=rep), "", "Finish", go_back_and_advance, sends_to="save/"
    ),
    "enter the last stage again": Case(
        lambda rep: factories.finished_opportunity(owner=rep),
        "",
        "Go back here",
        enter_again_and_finish,
        sends_to="save/",
    ),
    "close as won": Case(
        lambda rep: factories.finished_opportunity(owner=rep),
        "close/?outcome=won",
        "Close as Won",
        enter_again_and_finish,
        {"actual_revenue": "1000", **LOST},
        sends_to="close/won/",
    ),
    "close as lost": Case(
        lambda rep: factories.finished_opportunity(owner=rep),
        "close/?outcome=lost",
        "Close as Lost",
        enter_again_and_finish,
        LOST,
        sends_to="close/lost/",
    ),
    "waive and close": Case(
        lambda rep: opportunity_in(DEVELOP, owner=rep),
        "close/?outcome=lost",
        "Waive what is missing and close",
        go_back_and_advance,
        {"waive_because": "typed", **LOST},
        who="boss",
        sends_to="close/lost/",
    ),
    "reopen": Case(
        lambda rep: factories.won_opportunity(owner=rep), "reopen/", "Reopen", reopen_and_win, {"reason": "typed"}
    ),
    "hold": Case(
        lambda rep: opportunity_in(DEVELOP, owner=rep), "hold/", "Put on hold", hold_and_resume, {"reason": "typed"}
    ),
    "resume": Case(on_hold, "", "Resume", resume_and_hold, sends_to="resume/"),
    "ask": Case(
        lambda rep: opportunity_in(DEVELOP, owner=rep),
        "close/",
        "Ask a manager",
        ask_and_decline,
        LOST,
        sends_to="close/lost/",
    ),
    "take back": Case(asked_for, "", "Take back", take_back_and_ask, sends_to="request/take-back/"),
    "approve": Case(
        asked_for,
        "request/",
        "Waive and close as Lost",
        decline_and_ask,
        {"waive_because": "typed"},
        who="boss",
        sends_to="request/approve/",
    ),
    "decline": Case(
        asked_for, "request/", "Decline", decline_and_ask, {"answer": "typed"}, who="boss", sends_to="request/approve/"
    ),
    "waive": Case(
        lambda rep: opportunity_in(DEVELOP, owner=rep),
        "waive/{step}/",
        "Waive",
        go_back_and_advance,
        {"reason": "typed"},
        who="boss",
    ),
}

every_move = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


class Opened:
    """The form of a move on a page that was opened, ready to be sent."""

    def __init__(self, client, opportunity, case):
        home = opportunity.get_absolute_url()
        page = case.page.format(step=factories.step("customer_need").pk)
        for name in factories.STAGES:
            page = page.replace(f"={name}", f"={stage(name).pk}")
        self.client, self.address = client, f"{home}{case.sends_to or page}"
        form = Form(client.get(f"{home}{page}"), self.address if case.sends_to else None)
        button = form.buttons[case.button]
        self.address = button.get("formaction") or self.address
        self.fields = form.fields
        self.fields.update(case.entries)
        if "close/lost/" in self.address:
            self.fields["reason"] = str(factories.reason("canceled").pk)
        if "name" in button:
            self.fields[button["name"]] = button["value"]

    def send(self, **lists):
        """Send it with other values for some of its fields: a list, which may be empty, for each."""
        sent = QueryDict(mutable=True)
        sent.update(self.fields)
        for name, values in lists.items():
            sent.setlist(name, values)
        return self.client.post(self.address, sent.urlencode(), content_type=FORM)

    @property
    def names(self):
        return [name for name in ("from_stage", "page_version", "missing") if name in self.fields]


@pytest.fixture(scope="module")
def begun(cast):
    """The opportunity of each case, where its move begins."""
    return {case: case.begin(cast["rep"]) for case in CASES.values()}


@pytest.fixture
def opened(begun, rep, boss, client_of):
    def opened(case):
        opportunity = reread(begun[case])
        return opportunity, Opened(client_of({"rep": rep, "boss": boss}[case.who]), opportunity, case)

    return opened


def text(answer):
    return " ".join(answer.content.decode().split())


# Every move


@every_move
def test_a_form_that_does_not_say_what_it_was_rendered_for_is_a_400_and_moves_nothing(opened, case):
    _, form = opened(case)
    assert form.names[:2] == ["from_stage", "page_version"]

    with unchanged():
        for name in form.names:
            value = form.fields[name]
            for wrong in ([], [""], ["x"], [f"{value} "], [value, value], [value, "1"], [str(2**63)], ["-1"], ["١"]):
                answer = form.send(**{name: wrong})
                assert answer.status_code == 400, (name, wrong)


@every_move
def test_what_changed_and_changed_back_since_the_page_was_opened_is_a_409_that_names_who_did_it(opened, case, manager):
    opportunity, form = opened(case)
    case.meanwhile(opportunity, manager)

    with unchanged():
        answer = form.send()

    assert answer.status_code == 409
    assert "Ingrid Dahl" in text(answer)
    if "typed" in case.entries.values():
        assert "typed" in text(answer)


@every_move
def test_a_form_that_names_what_is_there_moves_once(opened, case):
    opportunity, form = opened(case)

    first = form.send()
    with unchanged():
        second = form.send()

    assert (first.status_code, second.status_code) == (303, 409)
    assert reread(opportunity).version > opportunity.version
    assert list(run.faults()) == []


@every_move
def test_the_page_of_a_409_has_a_form_for_what_is_there_now(opened, case, manager, client_of, rep):
    opportunity, form = opened(case)
    case.meanwhile(opportunity, manager)

    answer = form.send()

    sends_to = f"{opportunity.get_absolute_url()}{case.sends_to}" if case.sends_to else None
    again = Form(answer, sends_to)
    assert case.button in again.buttons
    assert again.fields["page_version"] == str(reread(opportunity).version)
    form.fields.setlist("from_stage", again.fields.getlist("from_stage"))
    form.fields.setlist("page_version", again.fields.getlist("page_version"))
    assert form.send().status_code == 303


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "typed" in case.entries.values()])
def test_a_form_that_is_refused_for_its_entries_still_goes_by_the_page_that_was_opened(opened, name, manager):
    """Or the next attempt would act on what the person was never shown."""
    case = CASES[name]
    opportunity, form = opened(case)
    texts = {field: ["\x00"] for field, value in case.entries.items() if value == "typed"}
    case.meanwhile(opportunity, manager)

    refused = form.send(**texts)

    assert refused.status_code == 422
    again = Form(refused, f"{opportunity.get_absolute_url()}{case.sends_to}" if case.sends_to else None)
    assert again.fields["page_version"] == form.fields["page_version"]


# What the table does not say


def test_a_reopen_form_opened_before_another_reopened_and_won_it_leaves_the_win(opened, manager, rep):
    opportunity, form = opened(CASES["reopen"])
    reopen_and_win(opportunity, manager)

    with unchanged():
        answer = form.send()

    assert answer.status_code == 409
    assert "This opportunity is closed now." in text(answer)
    assert "Nothing was changed" not in text(answer)
    assert "Ingrid Dahl closed it as won" in text(answer)
    assert reread(opportunity).is_won


def test_a_reopen_form_of_what_is_open_by_now_says_so_and_keeps_what_was_typed(opened, manager):
    opportunity, form = opened(CASES["reopen"])
    move("reopen", opportunity, manager, reason="A mistake")

    answer = form.send()

    assert answer.status_code == 409
    assert "This opportunity is open already." in text(answer)
    assert "Ingrid Dahl reopened it" in text(answer)
    assert text(answer).count("data-error-summary") == 1
    assert "Nothing was moved" not in text(answer)
    assert "typed</textarea>" in text(answer)


def test_steps_that_the_page_did_not_list_are_not_waived(opened, manager):
    _, form = opened(CASES["waive and close"])
    factories.change_step("proposal_developed", required=True)

    with unchanged():
        answer = form.send()

    assert answer.status_code == 409
    assert "Other steps are missing now." in text(answer)
    assert "Develop proposal" in text(answer)
    assert "typed</textarea>" in text(answer)


def test_who_met_a_step_that_was_to_be_waived_is_named(opened, manager):
    opportunity, form = opened(CASES["waive and close"])
    factories.edit(opportunity, by=manager, customer_need="Lorries")
    factories.edit(opportunity, by=opportunity.owner, description="Call")

    with unchanged():
        answer = form.send()

    assert answer.status_code == 409
    assert "Ingrid Dahl edited it" in text(answer)


def test_what_was_missing_and_is_not_any_more_is_not_closed_by_the_button_that_waives(opened, rep, boss, client_of):
    opportunity = factories.fill(opportunity_in(CLOSE, owner=rep), CLOSE, leave=["thank_you_sent"])
    form = Opened(client_of(boss), opportunity, CASES["waive and close"])
    factories.edit(opportunity, by=rep, thank_you_sent=True)

    with unchanged():
        answer = form.send()

    assert answer.status_code == 409


def test_a_step_that_another_manager_waived_meanwhile_is_waived_once(opened, manager):
    opportunity, form = opened(CASES["waive"])
    move("waive", opportunity, manager, step=factories.step("customer_need"), reason="Known")

    with unchanged():
        answer = form.send()

    assert answer.status_code == 409
    assert "This step has been waived." in text(answer)
    assert "Ingrid Dahl waived a step" in text(answer)


def test_declining_answers_only_the_request_on_the_page(opened, manager):
    opportunity, form = opened(CASES["decline"])
    decline_and_ask(opportunity, manager)

    answer = form.send()

    assert answer.status_code == 409
    assert "Really bankrupt" in text(answer)
    assert opportunity.close_requests.filter(answered_at=None).count() == 1


def test_next_stage_does_not_end_a_hold_that_its_page_did_not_show(opened, manager):
    opportunity, form = opened(CASES["advance"])
    move("hold", opportunity, manager, reason="Summer")

    answer = form.send()

    assert answer.status_code == 409
    assert "This opportunity is on hold now. Nothing was moved." in text(answer)
    assert reread(opportunity).is_on_hold


def test_next_stage_is_not_out_of_date_by_what_others_wrote(opened, manager):
    opportunity, form = opened(CASES["advance"])
    factories.edit(opportunity, by=manager, description="Call")
    factories.add_stakeholder(opportunity, by=manager)

    assert form.send().status_code == 303


def test_a_finished_opportunity_goes_back_to_its_last_stage(opened):
    opportunity, form = opened(CASES["enter the last stage again"])

    answer = form.send()

    assert answer.status_code == 303
    assert not reread(opportunity).is_finished
    assert reread(opportunity).active_stage == stage(CLOSE)
    assert opportunity.visits.filter(left_at=None).get().stage == stage(CLOSE)


def test_the_stage_to_go_back_to_is_one_id_or_a_400(opened):
    _, form = opened(CASES["enter the last stage again"])

    with unchanged():
        for wrong in ([""], ["x"], ["1", "1"], [str(2**63)]):
            assert form.send(to_stage=wrong).status_code == 400


@pytest.mark.parametrize(
    ("name", "meanwhile", "said"),
    [
        ("advance", advance_and_go_back, "står nå i Kvalifiser. Ingenting ble flyttet."),
        (
            "advance",
            lambda opportunity, by: move("hold", opportunity, by, reason="x"),
            "er på vent nå. Ingenting ble flyttet.",
        ),
        (
            "back",
            lambda opportunity, by: factories.lose(factories.fill(opportunity), by=by),
            "er lukket nå. Ingenting ble endret.",
        ),
        ("close as won", enter_again_and_finish, "Prosessen er fullført nå. Ingrid Dahl fullførte"),
        (
            "ask",
            lambda opportunity, by: factories.ask(reread(opportunity), by=by, description="x"),
            "En salgsleder er allerede spurt.",
        ),
        (
            "decline",
            lambda opportunity, by: move("decline_close_request", opportunity, by, answer="x"),
            "En salgsleder har allerede svart",
        ),
        (
            "waive and close",
            lambda opportunity, by: factories.edit(opportunity, by=by, customer_need="x"),
            "Nå mangler andre trinn",
        ),
    ],
)
def test_what_has_changed_is_said_in_norwegian(opened, manager, name, meanwhile, said):
    opportunity, form = opened(CASES[name])
    meanwhile(opportunity, manager)
    form.client.cookies["django_language"] = "nb"

    answer = form.send()

    assert answer.status_code == 409
    assert said in text(answer)
    assert "Ingrid Dahl" in text(answer)


# The admin

LIST = "/admin/opportunities/opportunity/"


def listed(client, opportunity, action, **more):
    """What the list sends for this opportunity when it is opened now."""
    form = Form(client.get(LIST), None)
    names = [f"stage-{opportunity.pk}", f"version-{opportunity.pk}"]
    sent = {name: form.fields.getlist(name) for name in names}
    return {"action": action, "_selected_action": opportunity.pk, "index": "0", **sent, **more}


ACTIONS = {
    "advance": lambda rep: ready_opportunity(QUALIFY, owner=rep),
    "go_back": lambda rep: opportunity_in(DEVELOP, owner=rep),
    "finish": lambda rep: ready_opportunity(CLOSE, owner=rep),
    "hold": lambda rep: opportunity_in(DEVELOP, owner=rep),
    "resume": on_hold,
}
every_action = pytest.mark.parametrize(("action", "begin"), ACTIONS.items(), ids=ACTIONS)


@every_action
def test_an_action_of_a_list_that_does_not_say_what_it_showed_is_a_400(rep, boss, client_of, action, begin):
    client, opportunity, other = client_of(boss), begin(rep), ready_opportunity(QUALIFY, owner=rep)
    sent = listed(client, opportunity, action, reason="Summer")
    sent = listed(client, other, action, reason="Summer") | sent | {"_selected_action": [other.pk, opportunity.pk]}

    with unchanged():
        for name in (f"stage-{opportunity.pk}", f"version-{opportunity.pk}"):
            (value,) = sent[name]
            for wrong in ([], [""], ["x"], [value, value], [str(2**63)]):
                assert client.post(LIST, sent | {name: wrong}).status_code == 400


@every_action
def test_an_action_of_a_list_that_is_out_of_date_is_a_409_and_moves_nothing(
    rep, boss, manager, client_of, action, begin
):
    client, opportunity = client_of(boss), begin(rep)
    sent = listed(client, opportunity, action, reason="Summer")
    (resume_and_hold if action == "resume" else hold_and_resume)(opportunity, manager)

    with unchanged():
        answer = client.post(LIST, sent)

    assert answer.status_code == 409
    assert "Nothing was moved. Ingrid Dahl " in text(answer)
    assert f'name="version-{opportunity.pk}" value="{reread(opportunity).version}"' in text(answer)


@every_action
def test_an_action_of_a_list_moves_once(rep, boss, client_of, action, begin):
    client, opportunity = client_of(boss), begin(rep)
    sent = listed(client, opportunity, action, reason="Summer")

    assert client.post(LIST, sent).status_code == 302
    with unchanged():
        assert client.post(LIST, sent).status_code == 409
