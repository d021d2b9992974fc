"""The tab Notes, and the pages to add, change, pin and remove a note."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opportunities.models import Note
from opportunities.templatetags.links import linked
from tests.support import factories
from tests.support.db_assertions import unchanged
from tests.support.factories import DAY, NOW, OpportunityFactory, change_row, reread, write_note
from tests.support.pages import Form

pytestmark = pytest.mark.django_db


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep)


def add_url(opportunity):
    return reverse("note_add", args=[opportunity.pk])


def url(act, note):
    return reverse(f"note_{act}", args=[note.opportunity_id, note.pk])


def tab_url(opportunity):
    return f"{opportunity.get_absolute_url()}?tab=notes"


def tab(client, opportunity):
    return client.get(tab_url(opportunity))


def html(response):
    return response.content.decode()


# The tab


def test_the_tab_shows_each_note_with_its_kind_its_author_and_its_lines(rep_client, opportunity, manager):
    write_note(opportunity, by=manager, text="First line\nSecond line", kind="meeting", is_pinned=True)

    page = html(tab(rep_client, opportunity))

    assert '<p class="note-text">First line\nSecond line</p>' in page
    for said in ("Meeting", "Ingrid Dahl", "Pinned"):
        assert said in page


def test_the_tab_counts_notes_only_if_there_are_any(rep_client, opportunity):
    def label():
        tabs = tab(rep_client, opportunity).context["tabs"]
        return next((str(each.label), each.count) for each in tabs if each.name == "notes")

    assert label() == ("Notes", None)
    write_note(opportunity)
    write_note(opportunity)
    assert label() == ("Notes", 2)


def test_an_empty_tab_says_what_belongs_there(rep_client, opportunity):
    assert "What should others know about this opportunity?" in html(tab(rep_client, opportunity))


def test_the_tab_shows_what_a_note_said_before(rep_client, opportunity, manager):
    note = write_note(opportunity, text="They decide in March.")
    change_row(note, by=manager, text="They decide in April.")
    change_row(note, by=manager, text="They decide in May.")

    page = html(tab(rep_client, opportunity))

    assert "Changed 2 times" in page
    assert page.count("Before Ingrid Dahl changed it") == 2
    assert "They decide in March." in page


@pytest.mark.sweep
def test_the_tab_makes_the_same_number_of_queries_for_any_number_of_notes(rep_client, opportunity):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert tab(rep_client, opportunity).status_code == 200
        return len(captured)

    write_note(opportunity)
    few = queries()
    for number in range(20):
        change_row(write_note(opportunity, text=str(number)), text=f"{number} more")

    assert queries() == few <= 15


# Links


@pytest.mark.parametrize(
    ("text", "target", "shown"),
    [
        (
            "See https://example.com/a?b=1&c=2.",
            "https://example.com/a?b=1&amp;c=2",
            "https://example.com/a?b=1&amp;c=2",
        ),
        ("(http://example.com/a_(b))", "http://example.com/a_(b)", "http://example.com/a_(b)"),
        ("www.skatteetaten.no, said she", "https://www.skatteetaten.no", "www.skatteetaten.no"),
        ("HTTPS://Example.com/Ø!", "HTTPS://Example.com/Ø", "HTTPS://Example.com/Ø"),
        ("“https://example.com/x”", "https://example.com/x", "https://example.com/x"),
    ],
)
def test_a_web_address_becomes_a_link(text, target, shown):
    assert f'<a href="{target}" rel="noopener noreferrer nofollow">{shown}</a>' in linked(text)


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,<b>x</b>",
        "ftp://example.com",
        "rep@example.com",
        "mailto:rep@www.example.com",
        "https://",
        "xhttps://example.com",
        "//example.com",
        "www.",
        "https:example.com",
    ],
)
def test_nothing_else_becomes_a_link(text):
    assert "<a" not in linked(text)


@pytest.mark.parametrize(
    "text",
    [
        '<script>alert(1)</script> <img src=x onerror="a()">',
        'https://example.com/"onmouseover="a()',
        "https://example.com/<b>x</b>",
        "https://example.com/'><b>x",
        "<a href=https://example.com>",
    ],
)
def test_what_is_linked_is_escaped(text):
    result = linked(text)

    assert "<b>" not in result
    assert "<script" not in result
    assert "<img" not in result
    assert '"onmouseover' not in result
    assert result.count("<a href=") <= 1
    assert result.count('"') in (0, 4)


# Adding


def test_a_note_is_added_from_the_tab(rep_client, rep, opportunity):
    form = Form(tab(rep_client, opportunity), add_url(opportunity))

    entries = {"add-text": "A\r\nB", "add-kind": "debrief", "add-is_pinned": "on"}

    response = form.press(rep_client, "Add note", **entries)

    assert (response.status_code, response.url) == (303, tab_url(opportunity))
    note = opportunity.notes.get()
    assert (note.text, note.kind, note.is_pinned, note.created_by) == ("A\nB", "debrief", True, rep)


def test_a_note_is_added_on_a_page_of_its_own(rep_client, opportunity):
    form = Form(rep_client.get(add_url(opportunity)), add_url(opportunity))

    response = form.press(rep_client, "Add note", **{"add-text": "They called."})

    assert response.status_code == 303
    assert "Note added." in html(rep_client.get(response.url))
    assert (opportunity.notes.get().kind, opportunity.notes.get().is_pinned) == ("general", False)


def test_a_note_that_is_sent_twice_is_added_once(rep_client, opportunity):
    form = Form(tab(rep_client, opportunity), add_url(opportunity))

    answers = [form.press(rep_client, "Add note", **{"add-text": "They called."}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert opportunity.notes.count() == 1


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"add-text": ""}, "Write the note first."),
        ({"add-text": "\u200b"}, "Text: This field cannot be blank."),
        ({"add-text": "x" * 4001}, "Shorten it to at most 4000 characters."),
        ({"add-text": "Hi", "add-kind": "secret"}, "Choose one of the kinds listed."),
    ],
)
def test_a_refused_note_keeps_what_was_typed(rep_client, opportunity, entries, said):
    form = Form(tab(rep_client, opportunity), add_url(opportunity))

    with unchanged():
        response = form.press(rep_client, "Add note", **entries)

    assert response.status_code == 422
    assert said.removeprefix("Text: ") in html(response).replace("4,000", "4000")
    assert entries["add-text"] in html(response)


def test_members_of_the_team_and_managers_write_notes_and_others_get_404(opportunity, client_of, colleague, manager):
    note = write_note(opportunity)
    member = factories.UserFactory()
    factories.add_team_member(opportunity, user=member)
    for user in (member, manager):
        client = client_of(user)
        assert (
            Form(tab(client, opportunity), add_url(opportunity))
            .press(client, "Add note", **{"add-text": f"By {user}"})
            .status_code
            == 303
        )

    foreign = client_of(colleague)
    pages = [add_url(opportunity), *(url(act, note) for act in ("edit", "remove", "pin"))]
    with unchanged():
        answers = {method(page).status_code for page in pages for method in (foreign.get, foreign.post)}

    assert answers == {404}
    assert opportunity.notes.count() == 3


def test_a_note_of_another_opportunity_is_not_found_at_the_address_of_this_one(rep_client, rep, opportunity):
    elsewhere = write_note(OpportunityFactory(owner=rep))

    for act in ("edit", "remove", "pin"):
        assert rep_client.get(reverse(f"note_{act}", args=[opportunity.pk, elsewhere.pk])).status_code == 404


# Changing, pinning and removing


def test_a_note_is_changed(rep_client, opportunity):
    note = write_note(opportunity, is_pinned=True)

    form = Form(rep_client.get(url("edit", note)), url("edit", note))
    response = form.press(rep_client, "Save", text="They decide in April.", kind="approach", is_pinned=None)

    assert response.status_code == 303
    changed = Note.objects.get()
    assert (changed.text, changed.kind, changed.is_pinned) == ("They decide in April.", "approach", False)


def test_a_note_that_another_person_changed_meanwhile_is_compared(rep_client, opportunity, manager):
    note = write_note(opportunity)
    form = Form(rep_client.get(url("edit", note)), url("edit", note))
    change_row(note, by=manager, text="They decide in April.")

    response = form.press(rep_client, "Save", text="They decide in May.")

    assert response.status_code == 409
    assert "They decide in April." in html(response)
    again = Form(response, url("edit", note))
    assert again.fields["text"] == "They decide in May."
    assert again.press(rep_client, "Save").status_code == 303
    assert Note.objects.get().text == "They decide in May."


def test_one_press_pins_a_note_and_one_unpins_it(rep_client, opportunity):
    note = write_note(opportunity)

    for label, is_pinned in (("Pin", True), ("Unpin", False)):
        form = Form(tab(rep_client, opportunity), url("pin", note))
        assert form.press(rep_client, label).status_code == 303
        assert Note.objects.get().is_pinned is is_pinned


def test_a_press_on_pin_that_is_sent_twice_pins_once(rep_client, opportunity):
    note = write_note(opportunity)
    form = Form(tab(rep_client, opportunity), url("pin", note))

    answers = [form.press(rep_client, "Pin").status_code for _ in range(2)]

    assert answers == [303, 303]
    assert Note.objects.get().is_pinned
    assert reread(opportunity).version == 3


def test_pinning_has_a_page_of_its_own(rep_client, opportunity):
    note = write_note(opportunity)

    form = Form(rep_client.get(url("pin", note)), url("pin", note))

    assert form.press(rep_client, "Pin").status_code == 303
    assert Note.objects.get().is_pinned


def test_removing_a_note_asks_first(rep_client, opportunity):
    note = write_note(opportunity)
    page = rep_client.get(url("remove", note))
    assert "Remove this note?" in html(page)
    assert "They decide in March." in html(page)
    assert Note.objects.exists()

    response = Form(page, url("remove", note)).press(rep_client, "Remove")

    assert response.status_code == 303
    assert "Note removed." in html(rep_client.get(response.url))
    assert not Note.objects.exists()


@pytest.mark.parametrize(("act", "button"), [("edit", "Save"), ("pin", "Pin"), ("remove", "Remove")])
def test_a_note_that_another_person_removed_meanwhile_is_gone(rep_client, opportunity, manager, act, button):
    note = write_note(opportunity)
    form = Form(rep_client.get(url(act, note)), url(act, note))
    factories.remove(note, by=manager)

    response = form.press(rep_client, button, **({"text": "What I typed"} if act == "edit" else {}))

    assert response.status_code == 409
    assert "Ingrid Dahl removed" in html(response)
    assert act != "edit" or "What I typed" in html(response)


# On a closed opportunity


@pytest.mark.parametrize("closed", [factories.won_opportunity, factories.lost_opportunity])
def test_a_closed_opportunity_takes_notes_through_its_page(rep_client, rep, closed):
    opportunity = closed(owner=rep)
    before = reread(opportunity)

    Form(tab(rep_client, opportunity), add_url(opportunity)).press(rep_client, "Add note", **{"add-text": "One"})
    note = opportunity.notes.get()
    Form(rep_client.get(url("edit", note)), url("edit", note)).press(rep_client, "Save", text="Two")
    Form(tab(rep_client, opportunity), url("pin", note)).press(rep_client, "Pin")

    assert opportunity.notes.filter(text="Two", is_pinned=True).exists()
    page = rep_client.get(url("remove", note))
    assert Form(page, url("remove", note)).press(rep_client, "Remove").status_code == 303
    after = reread(opportunity)
    for name in ("status", "closed_on", "actual_revenue", "active_stage_id", "stage_entered_at", "is_ready"):
        assert getattr(after, name) == getattr(before, name)
    assert after.version == before.version + 4


def test_a_note_that_is_open_while_the_opportunity_is_closed_is_still_saved(rep_client, rep):
    opportunity = factories.ready_opportunity(factories.CLOSE, owner=rep)
    form = Form(tab(rep_client, opportunity), add_url(opportunity))
    factories.win(reread(opportunity), at=NOW + DAY)

    assert form.press(rep_client, "Add note", **{"add-text": "They signed."}).status_code == 303
    assert opportunity.notes.get().text == "They signed."


# In Norwegian


def test_the_tab_in_norwegian(opportunity, client_of, rep):
    write_note(opportunity, kind="approach", is_pinned=True)
    write_note(opportunity, kind="debrief")
    client = client_of(rep)
    client.cookies["django_language"] = "nb"

    page = html(tab(client, opportunity))

    for said in ("Notater", "Fremgangsmåte", "Oppsummering", "Festet", "Løsne", "Legg til notat"):
        assert said in page
    assert "la til et notat (Fremgangsmåte)" in html(client.get(opportunity.get_absolute_url()))
