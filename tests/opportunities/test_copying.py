"""Copy and renew: what a copy takes along, when a renewal closes, and who sees the link between the two."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from opportunities import transitions
from opportunities.editing import deletion
from opportunities.models import Opportunity, SourceKind
from opportunities.transitions import CopyPart
from tests.support import factories
from tests.support.db_assertions import refused, rows_of, unchanged
from tests.support.factories import CLOSE, DAY, DEVELOP, NOW, QUALIFY, OpportunityFactory, opportunity_in, reread
from tests.support.pages import FORM, Form

pytestmark = pytest.mark.django_db

EVERYTHING = tuple(CopyPart)


def copied(opportunity, **more):
    """A copy that its owner makes."""
    entries = {"by": opportunity.owner, "at": NOW + DAY, "name": "Fleet, again", **more}
    return reread(transitions.copy(opportunity=opportunity, **entries))


def url_of(opportunity):
    return reverse("opportunity_copy", args=[opportunity.pk])


def form_of(client, opportunity, query=""):
    return Form(client.get(url_of(opportunity) + query), url_of(opportunity))


def newest():
    return Opportunity.objects.latest("pk")


def text_of(response):
    return " ".join(response.content.decode().split())


# What a copy takes along


def test_a_copy_begins_in_the_first_stage_with_the_account_and_the_contact(rep):
    old = factories.won_opportunity(owner=rep, name="Fleet")

    new = copied(old, name="Fleet (copy)")

    assert (new.name, new.owner, new.created_by, new.status) == ("Fleet (copy)", rep, rep, "open")
    assert (new.account, new.contact) == (old.account, old.contact)
    assert new.active_stage == factories.stage(QUALIFY)
    assert [visit.stage for visit in new.visits.all()] == [factories.stage(QUALIFY)]
    assert not (new.closings.exists() or new.waivers.exists() or new.tasks.exists())


def test_a_copy_takes_the_last_version_of_each_file_with_a_file_of_its_own(rep, client_of):
    old = factories.OpportunityFactory(owner=rep)
    first = factories.upload(old, name="Offer.pdf", kind="proposal")
    factories.upload(old, name="Offer.pdf", kind="proposal", content=factories.PDF + b"2", version_of=first)
    client = client_of(rep)
    form = form_of(client, reread(old))
    form.fields.setlist("take", ["files"])

    answer = client.post(form.action, form.fields.urlencode(), content_type=FORM)

    new = newest()
    assert answer.status_code == 303
    copy, last = new.attachments.get(), old.attachments.get(is_latest=True)
    assert (copy.name, copy.kind, copy.number, copy.sha256) == ("Offer.pdf", "proposal", 1, last.sha256)
    assert new.proposal_file_count == 1
    with factories.private_files.storage().open(copy.storage_name) as file:
        assert file.read() == factories.PDF + b"2"
    assert copy.storage_name != last.storage_name


def test_a_copy_whose_file_is_missing_is_refused_and_leaves_no_file(rep, client_of):
    old = factories.OpportunityFactory(owner=rep)
    factories.upload(old, name="Offer.pdf")
    lost = factories.upload(reread(old), name="Terms.pdf")
    factories.private_files.storage().delete(lost.storage_name)
    client = client_of(rep)
    form = form_of(client, reread(old))
    form.fields.setlist("take", ["files"])
    before = set(factories.private_files.every_name())

    with unchanged():
        answer = client.post(form.action, form.fields.urlencode(), content_type=FORM)

    assert answer.status_code == 503
    assert "Terms.pdf cannot be read. Nothing was saved." in answer.content.decode()
    assert set(factories.private_files.every_name()) == before


def test_a_copy_takes_only_what_was_chosen(rep):
    old = factories.fill(opportunity_in(DEVELOP, owner=rep), *factories.STAGES)

    new = copied(old, take=[])

    assert [row.contact for row in new.stakeholders.all()] == [old.contact]  # the contact becomes one by itself
    assert (new.competitor_count, new.team_count, new.customer_need) == (0, 0, "")


def test_a_copy_takes_people_competitors_team_and_customer_need(rep, colleague):
    old = factories.fill(opportunity_in(DEVELOP, owner=rep), DEVELOP)
    factories.add_stakeholder(
        old, roles=("champion", "end_user"), attitude="supporter", influence="high", note="Wants it by Christmas."
    )
    factories.change_row(old.competitor_links.first(), note="Cheaper.")
    factories.add_team_member(old, user=colleague)

    new = copied(reread(old), take=EVERYTHING)

    def facts(opportunity):
        return (
            list(opportunity.stakeholders.values_list("contact", "roles", "attitude", "influence", "note")),
            list(opportunity.competitor_links.values_list("competitor", "note")),
            list(opportunity.team_members.values_list("user", "role")),
            opportunity.customer_need,
        )

    assert facts(new) == facts(old)
    assert (new.stakeholder_count, new.decision_maker_count) == (3, 1)


def test_no_tick_is_taken_along_although_its_evidence_is(rep):
    old = factories.won_opportunity(owner=rep)

    new = copied(old, take=EVERYTHING)

    ticks = factories.unmet(new, *factories.STAGES)
    assert "customer_need" not in ticks
    assert {"decision_maker_identified", "stakeholders_identified", "competitors_identified"} <= set(ticks)
    assert {"purchase_timeframe", "estimated_budget", "decision_date", "thank_you_sent"} <= set(ticks)
    assert not new.is_ready


def test_that_no_competitor_is_known_is_not_taken_along(rep):
    old = factories.edit(opportunity_in(DEVELOP, owner=rep), no_known_competitors=True)

    assert not copied(old, take=EVERYTHING).no_known_competitors


def test_people_of_the_team_who_have_no_role_any_more_are_left_out(rep, colleague, manager):
    old = OpportunityFactory(owner=rep)
    factories.add_team_member(old, user=colleague)
    factories.add_team_member(old, user=manager)
    colleague.groups.clear()

    new = copied(reread(old), take=[CopyPart.TEAM])

    assert [member.user for member in new.team_members.all()] == [manager]


def test_the_copy_belongs_to_the_person_who_copies(rep, manager):
    old = OpportunityFactory(owner=rep)

    assert copied(old, by=manager).owner == manager


@pytest.mark.parametrize("make", [factories.won_opportunity, factories.lost_opportunity, factories.ready_opportunity])
def test_the_old_opportunity_is_not_changed(rep, make):
    old = make(CLOSE, owner=rep) if make is factories.ready_opportunity else make(owner=rep)
    before = [row for row in rows_of(Opportunity) if row["id"] == old.pk]
    events = old.events.count()

    copied(old, take=EVERYTHING, renewed_after=12)

    assert [row for row in rows_of(Opportunity) if row["id"] == old.pk] == before
    assert old.events.count() == events


def test_a_copy_is_one_event(rep):
    old = factories.won_opportunity(owner=rep)

    new = copied(old, take=EVERYTHING, renewed_after=12)

    event = new.events.get()
    assert (event.kind, event.version, new.version) == ("started", 1, 1)
    logged = {change["field"]: change["new"] for change in event.changes}
    assert (logged["source"], logged["source_kind"]) == ({"id": old.pk}, "renewal")


# The close date of a renewal


def test_a_copy_has_no_close_date(rep):
    old = OpportunityFactory(owner=rep, estimated_close_date=datetime.date(2026, 5, 4))

    new = copied(old)

    assert (new.estimated_close_date, new.source_kind, new.source) == (None, SourceKind.COPY, old)


def test_a_renewal_closes_that_many_months_after_the_old_one_was_closed(rep):
    old = factories.finished_opportunity(owner=rep, estimated_close_date=datetime.date(2026, 5, 4))
    factories.win(old, at=NOW, closed_on=datetime.date(2026, 1, 31))

    new = copied(reread(old), renewed_after=3)

    assert (new.estimated_close_date, new.source_kind) == (datetime.date(2026, 4, 30), SourceKind.RENEWAL)


def test_a_renewal_of_an_open_opportunity_counts_from_its_close_date_or_from_today(rep):
    dated = OpportunityFactory(owner=rep, estimated_close_date=datetime.date(2026, 5, 4))
    undated = OpportunityFactory(owner=rep)

    assert copied(dated, renewed_after=24).estimated_close_date == datetime.date(2028, 5, 4)
    assert copied(undated, renewed_after=6).estimated_close_date == datetime.date(2026, 9, 3)


# Refusals


def test_only_people_who_may_edit_it_copy_an_opportunity(rep, colleague):
    old = OpportunityFactory(owner=rep)

    with refused(transitions.NotAllowed):
        copied(old, by=colleague)


def test_a_page_that_lists_something_older_creates_nothing(rep):
    old = OpportunityFactory(owner=rep)
    factories.add_stakeholder(old)

    with refused(transitions.StaleMove, saying="changed after you opened the page"):
        copied(old, version=old.version)


def test_a_version_that_the_opportunity_never_had_creates_nothing(rep):
    old = OpportunityFactory(owner=rep)

    with refused(transitions.Gone):
        copied(old, version=old.version + 1)


def test_a_name_that_cannot_be_seen_creates_nothing(rep):
    old = OpportunityFactory(owner=rep)

    with refused(transitions.InvalidEntry):
        copied(old, name=" ")


def test_an_opportunity_that_was_copied_is_not_deleted(rep):
    root = factories.UserFactory(role=None, is_superuser=True, is_staff=True)
    old = OpportunityFactory(owner=rep)
    new = copied(old)

    with refused(deletion.Copied):
        deletion.delete(opportunity=old, by=root, at=NOW)

    deletion.delete(opportunity=new, by=root, at=NOW)
    deletion.delete(opportunity=old, by=root, at=NOW)
    assert not Opportunity.objects.exists()


def test_the_admin_says_which_copy_protects_an_opportunity(rep, client_of):
    root = factories.UserFactory(role=None, is_superuser=True, is_staff=True)
    old = OpportunityFactory(owner=rep)
    copied(old, name="Fleet, once more")
    client, url = client_of(root), reverse("admin:opportunities_opportunity_delete", args=[old.pk])

    assert "Fleet, once more" in text_of(client.get(url))
    with unchanged():
        client.post(url, {"post": "yes"})


# The page


def test_the_page_proposes_a_copy(client_of, rep):
    old = factories.fill(opportunity_in(DEVELOP, owner=rep, name="Fleet", estimated_revenue=Decimal(500)), DEVELOP)
    factories.add_team_member(old)
    client = client_of(rep)

    with unchanged():
        fields = form_of(client, reread(old)).fields

    assert fields["name"] == "Fleet (copy)"
    assert fields["kind"] == "copy"
    assert fields["estimated_revenue"] == "500"
    assert fields.getlist("take") == ["stakeholders", "competitors", "customer_need"]


def test_the_page_of_a_won_opportunity_proposes_a_renewal_in_a_year(client_of, rep):
    old = factories.won_opportunity(owner=rep, name="Fleet", estimated_revenue=Decimal(500))

    page = client_of(rep).get(f"{old.get_absolute_url()}copy/?renew=1")

    form = Form(page, url_of(old))
    assert f"{old.get_absolute_url()}copy/?renew=1" in text_of(client_of(rep).get(old.get_absolute_url()))
    assert (form.fields["name"], form.fields["kind"]) == ("Fleet – renewal 2027", "12")
    assert form.fields["estimated_revenue"] == "450,000"
    assert "A renewal after 12 months, closes 2 Mar 2027" in text_of(page)


def test_the_next_renewal_has_the_next_year_in_its_name(client_of, rep):
    old = factories.won_opportunity(owner=rep, name="Fleet")
    first = copied(old, name="Fleet – renewal 2027", renewed_after=12)

    assert form_of(client_of(rep), first, "?renew=1").fields["name"] == "Fleet – renewal 2028"


def test_a_name_that_was_left_as_suggested_follows_the_kind(client_of, rep):
    old, client = factories.won_opportunity(owner=rep, name="Fleet"), client_of(rep)

    form_of(client, old, "?renew=1").press(client, "Create", kind="24")
    assert newest().name == "Fleet – renewal 2028"
    form_of(client, old, "?renew=1").press(client, "Create", kind="copy")
    assert newest().name == "Fleet (copy)"
    form_of(client, old, "?renew=1").press(client, "Create", kind="24", name="Vans")
    assert newest().name == "Vans"


def test_the_name_of_a_copy_fits_into_the_column(client_of, rep):
    client, old = client_of(rep), OpportunityFactory(owner=rep, name="x" * 200)

    form = form_of(client, old)
    form.press(client, "Create")

    assert len(form.fields["name"]) == 200
    assert newest().name == f"{'x' * 192}… (copy)"


def test_a_renewal_is_created_as_chosen(client_of, rep, colleague):
    client, old = client_of(rep), factories.won_opportunity(owner=rep, name="Fleet")

    page = form_of(client, old, "?renew=1").press(
        client, "Create", name="Fleet 2", kind="6", estimated_revenue="70 000", take="stakeholders"
    )

    new = newest()
    assert (page.status_code, page["Location"]) == (303, new.get_absolute_url())
    assert (new.name, new.estimated_revenue, new.source) == ("Fleet 2", 70000, old)
    assert (new.estimated_close_date, new.source_kind) == (datetime.date(2026, 9, 2), "renewal")
    assert (new.stakeholder_count, new.competitor_count, new.team_count) == (old.stakeholder_count, 0, 0)


def test_an_opportunity_with_nothing_to_take_along_can_be_copied(client_of, rep):
    client, old = client_of(rep), OpportunityFactory(owner=rep)

    form = form_of(client, old)
    form.press(client, "Create")

    assert "take" not in form.fields
    assert newest().source == old


def test_a_form_sent_twice_creates_one_copy(client_of, rep):
    client, old = client_of(rep), OpportunityFactory(owner=rep)
    form = form_of(client, old)
    first = form.press(client, "Create")

    with unchanged():
        second = form.press(client, "Create")

    assert (second.status_code, second["Location"]) == (303, first["Location"])


@pytest.mark.parametrize("missing", ["version", "token"])
def test_a_form_that_does_not_name_its_page_is_a_bad_request(client_of, rep, missing):
    client, old = client_of(rep), OpportunityFactory(owner=rep)
    form = form_of(client, old)
    del form.fields[missing]

    with unchanged():
        page = client.post(form.action, form.fields.urlencode(), content_type=FORM)

    assert page.status_code == 400


def test_an_outdated_page_says_who_changed_what_it_takes_along_and_succeeds_the_second_time(client_of, rep, manager):
    client, old = client_of(rep), OpportunityFactory(owner=rep)
    form = form_of(client, old)
    factories.add_stakeholder(old, by=manager)

    with unchanged():
        page = form.press(client, "Create", name="Fleet, typed")

    assert page.status_code == 409
    assert "This opportunity was changed after you opened the page. Ingrid Dahl edited it" in text_of(page)
    assert "Stakeholders (1)" in text_of(page)
    again = Form(page, url_of(old))
    assert again.fields["name"] == "Fleet, typed"
    assert again.press(client, "Create").status_code == 303
    assert newest().name == "Fleet, typed"


@pytest.mark.parametrize("entries", [{"name": " "}, {"kind": "7"}, {"kind": None}, {"estimated_revenue": "much"}])
def test_an_entry_that_is_not_valid_is_refused_and_kept(client_of, rep, entries):
    client, old = client_of(rep), OpportunityFactory(owner=rep)

    with unchanged():
        page = form_of(client, old).press(client, "Create", **({"name": "Fleet, typed"} | entries))

    assert page.status_code == 422
    assert "There is a problem" in text_of(page)
    assert "Fleet, typed" in text_of(page) or "name" in entries


def test_the_opportunity_of_another_person_is_not_found(client_of, rep, colleague):
    old, client = OpportunityFactory(owner=rep), client_of(colleague)

    with unchanged():
        pages = [client.get(url_of(old)), client.post(url_of(old), {"name": "x"})]

    assert [page.status_code for page in pages] == [404, 404]


# What the two pages say


def test_both_pages_link_to_each_other(client_of, rep):
    old = factories.won_opportunity(owner=rep, name="Fleet")
    new = copied(old, name="Fleet 2027", renewed_after=12)

    of_new, of_old = (text_of(client_of(rep).get(each.get_absolute_url())) for each in (new, old))

    assert f'<dt> Renewal of </dt> <dd><a href="{old.get_absolute_url()}">Fleet</a></dd>' in of_new
    assert f'<dt>Renewed as</dt> <dd><a href="{new.get_absolute_url()}">Fleet 2027</a></dd>' in of_old


def test_a_copy_says_where_it_comes_from_and_the_old_one_lists_no_copies(client_of, rep):
    old = OpportunityFactory(owner=rep, name="Fleet")
    new = copied(old, name="Fleet 2")

    of_new, of_old = (text_of(client_of(rep).get(each.get_absolute_url())) for each in (new, old))

    assert f'<dt> Copied from </dt> <dd><a href="{old.get_absolute_url()}">Fleet</a></dd>' in of_new
    assert "Fleet 2" not in of_old


def test_the_timeline_says_what_was_copied(client_of, rep):
    old = OpportunityFactory(owner=rep, name="Fleet")

    copy, renewal = copied(old), copied(old, renewed_after=12)

    assert "created it in <b>Qualify</b>, copied from <b>Fleet</b>" in text_of(
        client_of(rep).get(copy.get_absolute_url())
    )
    assert "created it in <b>Qualify</b> as the renewal of <b>Fleet</b>" in text_of(
        client_of(rep).get(renewal.get_absolute_url())
    )


def test_the_name_of_an_opportunity_that_the_reader_may_not_see_is_nowhere(client_of, rep, manager, colleague):
    old = OpportunityFactory(owner=rep, name="Secret fleet")
    factories.add_team_member(old, user=colleague)
    copy = copied(reread(old), by=colleague, name="Open fleet", renewed_after=12)
    factories.remove(old.team_members.get())

    page = text_of(client_of(colleague).get(copy.get_absolute_url()))

    assert "Secret fleet" not in page
    assert "Renewal of" not in page
    assert "as the renewal of another opportunity" in page


def test_the_old_page_does_not_name_a_renewal_that_its_reader_may_not_see(client_of, rep, manager):
    old = factories.won_opportunity(owner=rep)
    copied(old, by=manager, name="Secret fleet", renewed_after=12)

    page = text_of(client_of(rep).get(old.get_absolute_url()))

    assert "Secret fleet" not in page
    assert "Renewed as" not in page


@pytest.mark.sweep
def test_the_pages_of_a_renewal_need_at_most_fifteen_queries(client_of, rep, django_assert_max_num_queries):
    old = factories.won_opportunity(owner=rep)
    for number in range(8):
        new = copied(old, name=f"Fleet {number}", take=EVERYTHING, renewed_after=12)
    client = client_of(rep)
    client.get("/")

    for page in (old.get_absolute_url(), new.get_absolute_url(), url_of(old)):
        with django_assert_max_num_queries(15):
            assert client.get(page).status_code == 200


def test_the_menu_of_every_opportunity_leads_to_its_copy(client_of, rep):
    for opportunity in (OpportunityFactory(owner=rep), factories.lost_opportunity(owner=rep)):
        assert f'href="{url_of(opportunity)}"' in text_of(client_of(rep).get(opportunity.get_absolute_url()))
