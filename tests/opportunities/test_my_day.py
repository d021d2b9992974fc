"""My day: its rows and their acts, the lists that it links to, the table of managers, and the empty page."""

import datetime
import re
from html import unescape

import pytest
import time_machine

from opportunities import transitions
from opportunities.pipeline import my_day
from opportunities.pipeline.tracks import Tracks
from opportunities.transitions import MoveKind
from tests.support.day_pages import page_of, planned, put_on_hold, words
from tests.support.db_assertions import unchanged
from tests.support.factories import (
    CLOSE,
    DAY,
    DEVELOP,
    NOW,
    PROPOSE,
    QUALIFY,
    TODAY,
    OpportunityFactory,
    add_step,
    add_team_member,
    complete,
    edit,
    fill,
    finished_opportunity,
    lose,
    opportunity_in,
    plan,
    ready_opportunity,
    reread,
    stage,
    won_opportunity,
)

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def names(user, at=NOW):
    """The names of the opportunities in each group that is not empty."""
    day = my_day.of(user, at=at, tracks=Tracks())
    return {str(group.group): [row.opportunity.name for row in group.rows] for group in day.groups if group.count}


def row_of(page, opportunity):
    """The words and the markup of one row."""
    return re.search(
        rf'<li class="day" id="day-{opportunity.pk}".*?</li> ?(?=<li class="day"|</ul>|<span id="day-count")', page
    )[0]


def acts(row):
    """The acts of a row in order, with their addresses."""
    found = re.findall(r'<(?:a|button) class="(?:btn|menu-item)[^>]*? (?:href|formaction)="([^"]+)"[^>]*>([^<]+)<', row)
    return {label: address for address, label in found}


def posted(row, label):
    """What the browser sends when the button with this label is pressed."""
    button = re.search(rf'<button [^>]*?formaction="([^"]+)"([^>]*)>{re.escape(label)}<', row)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', row))
    named = re.search(r'name="([^"]+)" value="([^"]+)"', button[2])
    return button[1], fields | ({named[1]: named[2]} if named else {})


def press(client, opportunity, label, **headers):
    address, data = posted(row_of(page_of(client), opportunity), label)
    return client.post(address, data, follow=True, **headers)


# The groups


def test_each_opportunity_is_in_the_first_group_that_fits(rep):
    planned("late", rep, TODAY - DAY, estimated_close_date=TODAY - 9 * DAY)
    planned("slipped", rep, TODAY, estimated_close_date=TODAY - 2 * DAY)
    planned("now", rep, TODAY)
    ready_opportunity(DEVELOP, owner=rep, name="ready")
    finished_opportunity(owner=rep, name="finished", estimated_revenue=8)
    OpportunityFactory(owner=rep, name="nothing planned")
    planned("long in its stage", rep, TODAY + DAY, at=NOW - 99 * DAY)
    planned("fine", rep, TODAY + DAY)

    assert names(rep) == {
        "late": ["late", "slipped"],
        "today": ["now"],
        "ready": ["finished", "ready"],
        "stuck": ["long in its stage", "nothing planned"],
    }


def test_a_finished_opportunity_is_ready_also_when_a_step_was_added_since(client_of, rep):
    opportunity = finished_opportunity(owner=rep, name="finished", next_step="Ring them", next_step_due=TODAY + DAY)
    add_step(stage(CLOSE), "description")

    page = page_of(client_of(rep))

    assert names(rep) == {"ready": ["finished"]}
    assert "Finished: won or lost?" in words(row_of(page, opportunity))
    assert "Won or lost…" in acts(row_of(page, opportunity))


def test_today_is_the_date_of_the_organisation(rep):
    late_in_the_evening = datetime.datetime(2026, 3, 2, 23, 30, tzinfo=datetime.UTC)  # half past midnight in Oslo
    planned("tomorrow's", rep, TODAY + DAY)

    assert names(rep, at=late_in_the_evening) == {"today": ["tomorrow's"]}


def test_an_opportunity_on_hold_is_there_only_by_its_dates(rep):
    put_on_hold(OpportunityFactory(owner=rep, name="unplanned"))
    put_on_hold(ready_opportunity(QUALIFY, owner=rep, name="ready", next_step="Ring"))
    put_on_hold(planned("back today", rep, TODAY))
    put_on_hold(planned("slipped", rep, TODAY + DAY, estimated_close_date=TODAY - DAY))

    assert names(rep) == {"late": ["slipped"], "today": ["back today"]}


def test_closed_opportunities_and_those_of_others_are_not_there(rep, colleague, manager):
    won_opportunity(owner=rep, next_step_due=TODAY - DAY, estimated_close_date=TODAY)
    add_team_member(planned("ours", colleague, TODAY), user=rep)

    assert names(rep) == {}
    assert names(manager) == {}
    assert my_day.of(manager, at=NOW, tracks=Tracks()).open == 0


# The rows


def test_a_row_says_why_it_is_there_where_it_is_and_what_it_is_worth(client_of, rep):
    late = planned("late", rep, TODAY - 3 * DAY, estimated_revenue=480000, estimated_close_date=TODAY - DAY)
    soon = planned("soon", rep, TODAY + DAY, estimated_close_date=TODAY - 4 * DAY)
    old = planned("old", rep, TODAY + 30 * DAY, at=NOW - 40 * DAY)
    page = page_of(client_of(rep))

    assert "Monday 2 March" in page and "3 deals need you" in words(page)
    assert "Ring them, 3 days late · close date 1 day past" in words(row_of(page, late))
    assert "Qualify, 6 left NOK 480,000" in words(row_of(page, late))
    assert "Close date 4 days past · Ring them tomorrow" in words(row_of(page, soon))
    assert "40 days in Qualify, target 14 · Ring them on 1 Apr" in words(row_of(page, old))


def test_a_ready_row_names_the_next_stage(client_of, rep):
    ready = ready_opportunity(DEVELOP, owner=rep)
    finished = finished_opportunity(owner=rep)
    page = page_of(client_of(rep))

    assert "Everything is there for Propose · Nothing planned Develop, ready" in words(row_of(page, ready))
    assert "Finished: won or lost?" in words(row_of(page, finished))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda rep: planned("late", rep, TODAY - DAY), ["Done", "Tomorrow"]),
        (lambda rep: planned("now", rep, TODAY), ["Done", "Tomorrow"]),
        (
            lambda rep: planned("slipped", rep, TODAY + DAY, estimated_close_date=TODAY - DAY),
            ["New close date", "Done"],
        ),
        (lambda rep: OpportunityFactory(owner=rep), ["Plan a step"]),
        (lambda rep: ready_opportunity(DEVELOP, owner=rep), ["Next Stage", "Plan a step"]),
        (lambda rep: ready_opportunity(CLOSE, owner=rep), ["Finish", "Plan a step"]),
        (lambda rep: finished_opportunity(owner=rep), ["Won or lost…", "Plan a step"]),
        (lambda rep: put_on_hold(planned("held", rep, TODAY)), ["Done", "Tomorrow", "Resume"]),
        (
            lambda rep: fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=("competitors_identified",)),
            ["No known competitors", "Plan a step"],
        ),
        (
            lambda rep: fill(opportunity_in(PROPOSE, owner=rep), PROPOSE, leave=("sales_team_identified",)),
            ["I sell this alone", "Plan a step"],
        ),
    ],
)
def test_the_acts_of_a_row_are_what_helps_most(client_of, rep, make, expected):
    opportunity = make(rep)

    assert list(acts(row_of(page_of(client_of(rep)), opportunity)))[: len(expected)] == expected


def test_the_move_of_a_row_is_the_one_that_is_available(rep):
    made = [
        opportunity_in(DEVELOP, owner=rep),
        ready_opportunity(QUALIFY, owner=rep),
        ready_opportunity(CLOSE, owner=rep),
        opportunity_in(CLOSE, owner=rep),
        finished_opportunity(owner=rep),
        won_opportunity(owner=rep),
    ]
    tracks = Tracks()

    for opportunity in made:
        moves = transitions.available(opportunity, by=rep)
        found = [move.kind for move in moves if move.kind in (MoveKind.ADVANCE, MoveKind.FINISH) and move.is_open]
        kind = transitions.onward(opportunity, is_last=tracks.following(opportunity) is None)
        assert [kind] == (found or [None])


# The acts


def test_next_stage_moves_and_leads_back_with_a_message(client_of, rep):
    opportunity = ready_opportunity(DEVELOP, owner=rep)

    response = press(client_of(rep), opportunity, "Next Stage")

    assert response.redirect_chain[-1][0].startswith("/#day-")
    assert "Moved to Propose." in response.content.decode()
    assert reread(opportunity).active_stage.name_en == PROPOSE


def test_next_stage_with_htmx_returns_the_row_as_it_is_now(client_of, rep):
    opportunity = ready_opportunity(DEVELOP, owner=rep)

    response = press(client_of(rep), opportunity, "Next Stage", **HTMX)

    page = " ".join(response.content.decode().split())
    assert f'id="day-{opportunity.pk}" data-row data-group="stuck"' in page
    assert "Moved to Propose." in page and '<span id="day-stuck-count" hx-swap-oob="true">1</span>' in page


def test_a_move_that_is_refused_shows_the_opportunity(client_of, rep):
    opportunity, client = ready_opportunity(DEVELOP, owner=rep), client_of(rep)
    address, data = posted(row_of(page_of(client), opportunity), "Next Stage")
    edit(opportunity, customer_need="")

    response = client.post(address, data, **HTMX)

    assert response.status_code == 422
    assert response["HX-Retarget"] == "#main" and response["HX-Push-Url"] == opportunity.get_absolute_url()
    assert reread(opportunity).active_stage.name_en == DEVELOP


def test_a_move_that_does_not_say_what_it_was_rendered_for_is_a_bad_request(client_of, rep):
    opportunity, client = ready_opportunity(DEVELOP, owner=rep), client_of(rep)

    with unchanged():
        assert client.post(f"/day/{opportunity.pk}/advance/").status_code == 400


def test_a_stale_move_moves_nothing(client_of, rep):
    opportunity, client = ready_opportunity(DEVELOP, owner=rep), client_of(rep)
    address, data = posted(row_of(page_of(client), opportunity), "Next Stage")
    client.post(address, data)

    with unchanged():
        assert client.post(address, data).status_code == 409


def test_finish_leads_to_closing(client_of, rep):
    opportunity, client = ready_opportunity(CLOSE, owner=rep), client_of(rep)
    address, data = posted(row_of(page_of(client), opportunity), "Finish")

    response = client.post(address, data, **HTMX)

    assert response["HX-Redirect"] == f"/opportunities/{opportunity.pk}/close/"
    assert reread(opportunity).is_finished


def test_tomorrow_postpones_and_the_row_leaves_the_list(client_of, rep):
    opportunity = planned("late", rep, TODAY - DAY)

    page = press(client_of(rep), opportunity, "Tomorrow", **HTMX).content.decode()

    assert reread(opportunity).next_step_due == TODAY + DAY
    assert "<li" not in page
    assert "late: Postponed. late needs nothing more today." in words(page) and "All clear" in page


def test_done_asks_for_what_is_next_in_the_row_and_plans_it(client_of, rep):
    opportunity, client = planned("late", rep, TODAY - DAY), client_of(rep)

    row = row_of(page_of_htmx(client, f"/day/{opportunity.pk}/done/"), opportunity)
    data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', row))
    data |= {"next-text": "Send the offer", "next-when": str(TODAY)}
    response = client.post(f"/day/{opportunity.pk}/done/", data, follow=True, **HTMX)

    assert "What’s next?" in row
    assert "Send the offer, today" in words(response.content.decode())
    assert [task.text for task in opportunity.tasks.open()] == ["Send the offer"]


def page_of_htmx(client, address):
    return " ".join(unescape(client.get(address, **HTMX).content.decode()).split())


def test_without_javascript_an_act_with_a_form_has_a_page_of_its_own(client_of, rep):
    opportunity, client = OpportunityFactory(owner=rep), client_of(rep)

    page = page_of(client, f"/day/{opportunity.pk}/plan/")
    data = dict(re.findall(r'<input type="hidden" name="(next-[^"]+)" value="([^"]*)"', page))
    response = client.post(f"/day/{opportunity.pk}/plan/", data | {"next-text": "Ring", "next-when": ""}, follow=True)

    assert f'action="/day/{opportunity.pk}/plan/"' in page
    assert response.redirect_chain[-1][0] == f"/#day-{opportunity.pk}"
    assert "Planned." in response.content.decode()


def test_a_form_that_is_refused_stays_in_its_row_with_what_was_typed(client_of, rep):
    opportunity, client = planned("late", rep, TODAY - DAY), client_of(rep)
    row = row_of(page_of_htmx(client, f"/day/{opportunity.pk}/done/"), opportunity)
    data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', row))

    with unchanged():
        response = client.post(f"/day/{opportunity.pk}/done/", data | {"next-text": "", "next-when": "pick"}, **HTMX)

    assert response.status_code == 422
    assert "Choose a date." in response.content.decode()


def test_a_new_close_date_is_one_field(client_of, rep):
    opportunity, client = planned("slipped", rep, TODAY + DAY, estimated_close_date=TODAY - DAY), client_of(rep)
    where = f"/day/{opportunity.pk}/close-date/"
    row = row_of(page_of_htmx(client, where), opportunity)
    data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', row))

    with unchanged():
        refused = client.post(where, data | {"estimated_close_date": ""}, **HTMX)
    saved = client.post(where, data | {"estimated_close_date": str(TODAY + 9 * DAY)}, follow=True)

    assert refused.status_code == 422 and "Choose a date." in refused.content.decode()
    assert "Saved." in saved.content.decode()
    assert reread(opportunity).estimated_close_date == TODAY + 9 * DAY


def test_a_close_date_that_another_person_changed_is_a_conflict(client_of, rep, manager):
    opportunity, client = planned("slipped", rep, TODAY + DAY, estimated_close_date=TODAY - DAY), client_of(rep)
    where = f"/day/{opportunity.pk}/close-date/"
    row = row_of(page_of_htmx(client, where), opportunity)
    data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', row))
    edit(opportunity, by=manager, estimated_close_date=TODAY + 2 * DAY)

    response = client.post(where, data | {"estimated_close_date": str(TODAY + 9 * DAY)})

    assert response.status_code == 409
    assert reread(opportunity).estimated_close_date == TODAY + 2 * DAY


def form_of(client, opportunity, act):
    """What the browser sends from the form of an act that opened in its row, with nothing typed."""
    row = row_of(page_of_htmx(client, f"/day/{opportunity.pk}/{act}/"), opportunity)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', row))


def test_what_was_typed_is_kept_when_the_row_is_gone_because_another_person_did_it_all(client_of, rep, manager):
    opportunity, client = planned("late", rep, TODAY - DAY), client_of(rep)
    data = form_of(client, opportunity, "done")
    complete(opportunity.tasks.get(), by=manager)
    plan(opportunity, by=manager, text="Visit them", due=TODAY + 7 * DAY)

    where = f"/day/{opportunity.pk}/done/"
    response = client.post(where, data | {"next-text": "Send the offer", "next-when": str(TODAY)}, **HTMX)

    page = unescape(response.content.decode())
    assert response.status_code == 409
    assert response["HX-Retarget"] == "#main" and response["HX-Reselect"] == "#main"
    assert response["HX-Push-Url"] == f"/day/{opportunity.pk}/plan/"
    assert "Ingrid Dahl completed “Ring them” meanwhile" in page
    assert "Send the offer" in page and f'action="/day/{opportunity.pk}/plan/"' in page


@pytest.mark.parametrize(
    ("act", "typed"),
    [
        ("plan", {"next-text": "Send the offer", "next-when": str(TODAY)}),
        ("close-date", {"estimated_close_date": str(TODAY + 9 * DAY)}),
    ],
)
def test_what_was_typed_is_kept_when_the_row_is_gone_because_the_opportunity_was_closed(
    client_of, rep, manager, act, typed
):
    opportunity = OpportunityFactory(owner=rep, estimated_close_date=TODAY - DAY)
    client = client_of(rep)
    data = form_of(client, opportunity, act)
    lose(opportunity, by=manager, waive_because="They went bankrupt.")

    response = client.post(f"/day/{opportunity.pk}/{act}/", data | typed, **HTMX)

    page = unescape(response.content.decode())
    assert response.status_code == 409
    assert response["HX-Retarget"] == "#main" and response["HX-Push-Url"] == f"/day/{opportunity.pk}/{act}/"
    assert "is closed" in page
    assert all(f'value="{value}"' in page for value in typed.values())


def test_a_refusal_without_a_form_is_shown_when_the_row_is_gone(client_of, rep, manager):
    opportunity, client = planned("late", rep, TODAY - DAY), client_of(rep)
    address, data = posted(row_of(page_of(client), opportunity), "Tomorrow")
    lose(opportunity, by=manager, waive_because="They went bankrupt.")

    response = client.post(address, data, **HTMX)

    assert response.status_code == 409
    assert response["HX-Retarget"] == "#main" and response["HX-Push-Url"] == opportunity.get_absolute_url()
    assert "data-error-summary" in response.content.decode()


def test_an_explicit_answer_completes_the_step_and_opens_the_gate(client_of, rep):
    opportunity = fill(opportunity_in(DEVELOP, owner=rep), DEVELOP, leave=("competitors_identified",))

    response = press(client_of(rep), opportunity, "No known competitors", **HTMX)

    now = reread(opportunity)
    assert now.no_known_competitors and now.competitors_identified and now.is_ready
    assert "Everything is there for Propose" in words(response.content.decode())


def test_resume_ends_the_hold(client_of, rep):
    opportunity = put_on_hold(planned("held", rep, TODAY))

    press(client_of(rep), opportunity, "Resume", **HTMX)

    assert not reread(opportunity).is_on_hold


def test_the_acts_of_an_opportunity_that_one_may_not_see_are_not_found(client_of, rep, colleague):
    opportunity = planned("late", rep, TODAY - DAY)

    for act in ("", "done/", "plan/", "close-date/", "advance/", "finish/", "resume/"):
        assert client_of(colleague).get(f"/day/{opportunity.pk}/{act}").status_code == 404
