"""A conflict on a page with a form: both values as choices beside the field, on each kind of page alike."""

import datetime
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import reverse

from tests.support import factories
from tests.support.factories import DAY, TODAY, opportunity_in
from tests.support.pages import Form

pytestmark = pytest.mark.django_db


@dataclass
class Page:
    """A page with a form: the field that both people change, and another one that only the reader changes."""

    row: Any
    field: str
    theirs: Any
    mine: str
    rest: tuple[str, str] | None


def pages(opportunity, colleague):
    """A page of each kind, by the name of its address."""
    yesterday, earlier = TODAY - DAY, TODAY - 2 * DAY
    return {
        "opportunity_edit": Page(opportunity, "description", "Theirs", "Mine", ("name", "Renamed")),
        "stakeholder_edit": Page(
            factories.add_stakeholder(opportunity), "note", "Theirs", "Mine", ("attitude", "neutral")
        ),
        "competitor_edit": Page(factories.add_competitor(opportunity), "note", "Theirs", "Mine", ("threat", "high")),
        "team_member_edit": Page(
            factories.add_team_member(opportunity, user=colleague), "role", "industry_expert", "territory_manager", None
        ),
        "note_edit": Page(factories.write_note(opportunity), "text", "Theirs", "Mine", ("kind", "meeting")),
        "task_edit": Page(factories.plan(opportunity), "text", "Theirs", "Mine", ("due", "2026-05-04")),
        "presentation_edit": Page(
            factories.present(opportunity), "held_on", earlier, yesterday.isoformat(), ("held_at", "13:00")
        ),
        "debrief_edit": Page(factories.file_debrief(opportunity), "why", "Theirs", "Mine", ("went_well", "The visit.")),
        "attachment_edit": Page(
            factories.upload(opportunity), "name", "Theirs.pdf", "Mine.pdf", ("kind", "final_proposal")
        ),
    }


def stored(row, field):
    value = getattr(type(row).objects.get(pk=row.pk), field)
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, datetime.date) else value


def change(row, by, **values):
    if hasattr(row, "opportunity"):
        factories.change_row(type(row).objects.get(pk=row.pk), by=by, **values)
    else:
        factories.edit(row, by=by, **values)


WORDS = {
    "en": ("Save", "Yours", "{}’s", "changed this while you wrote", "was changed by two people"),
    "nb": ("Lagre", "Ditt svar", "Fra {}", "endret dette mens du skrev", "svar er endret av to"),
}


@pytest.mark.sweep
@pytest.mark.parametrize("language", WORDS)
def test_a_conflict_is_a_choice_of_two_values_on_every_page(rep, colleague, manager, client_of, subtests, language):
    save, yours, others, changed, by_two = WORDS[language]
    opportunity = opportunity_in(factories.CLOSE, owner=rep)
    client = client_of(rep)
    client.cookies["django_language"] = language
    for name, page in pages(opportunity, colleague).items():
        url = reverse(name, args=[opportunity.pk] if page.row == opportunity else [opportunity.pk, page.row.pk])
        rest = dict([page.rest] if page.rest else [])
        with subtests.test(name):
            opened = Form(client.get(url), url)
            change(page.row, manager, **{page.field: page.theirs})

            answer = opened.press(client, save, **{page.field: page.mine}, **rest)

            shown = " ".join(answer.content.decode().split())
            assert answer.status_code == 409
            assert all(text in shown for text in (yours, others.format(manager), f"{manager} {changed}", by_two))
            assert "<title> Error" not in shown and "<title> Feil" not in shown
            assert stored(page.row, page.field) == stored_as(page.theirs)
            for field, value in rest.items():
                assert stored(page.row, field) == value
            again = Form(answer, url)
            assert again.fields[f"choice_{page.field}"] == "mine"
            assert again.press(client, save).status_code == 303
            assert stored(page.row, page.field) == page.mine
            assert all(stored(page.row, field) == value for field, value in rest.items())

        with subtests.test(f"{name}, the value of the other"):
            opened = Form(client.get(url), url)
            change(page.row, manager, **{page.field: page.theirs})
            again = Form(opened.press(client, save, **{page.field: third(page)}), url)
            again.press(client, save, **{f"choice_{page.field}": "theirs"})
            assert stored(page.row, page.field) == stored_as(page.theirs)


def stored_as(value):
    return value.isoformat() if isinstance(value, datetime.date) else value


def third(page):
    """A value that is neither of the two."""
    others = {"role": "service_professional", "held_on": (TODAY - 3 * DAY).isoformat(), "name": "Third.pdf"}
    return others.get(page.field, "Third")


def test_the_page_says_how_many_entries_are_saved(rep, manager, client_of):
    opportunity = opportunity_in(factories.CLOSE, owner=rep)
    row = factories.add_stakeholder(opportunity)
    url, client = reverse("stakeholder_edit", args=[opportunity.pk, row.pk]), client_of(rep)
    opened = Form(client.get(url), url)
    factories.change_row(row, by=manager, note="Theirs")

    answer = opened.press(client, "Save", note="Mine", influence="high")

    assert "3 of 4 saved. 1 answer was changed by two people" in " ".join(answer.content.decode().split())


def test_a_third_value_in_the_field_counts_more_than_the_choice(rep, manager, client_of):
    opportunity = opportunity_in(factories.CLOSE, owner=rep)
    row = factories.write_note(opportunity)
    url, client = reverse("note_edit", args=[opportunity.pk, row.pk]), client_of(rep)
    opened = Form(client.get(url), url)
    factories.change_row(row, by=manager, text="Theirs")
    again = Form(opened.press(client, "Save", text="Mine"), url)

    again.press(client, "Save", choice_text="theirs", text="Both")

    assert stored(row, "text") == "Both"


@pytest.mark.parametrize("posted", [{"put_back": "version"}, {"put_back": "token"}, {"choice_note": "theirs"}], ids=str)
def test_a_forged_choice_changes_nothing_else(rep, client_of, posted):
    opportunity = opportunity_in(factories.CLOSE, owner=rep)
    row = factories.add_stakeholder(opportunity)
    url = reverse("stakeholder_edit", args=[opportunity.pk, row.pk])
    entries = {"roles": "champion", "attitude": "unknown", "influence": "unknown", "note": "Mine"}

    answer = client_of(rep).post(url, entries | posted)

    assert answer.status_code == 303
    assert stored(row, "note") == "Mine"
