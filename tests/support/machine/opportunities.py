"""The operations on an opportunity as a whole."""

import copy

from django.urls import reverse
from hypothesis import strategies as st

from opportunities.models import Opportunity
from salesflow import once
from tests.support.db_assertions import digests
from tests.support.machine import expected
from tests.support.machine.choices import OTHERS, VALUES, ages, some_of, users, versions, which
from tests.support.machine.core import Machine, operation
from tests.support.machine.partly import write_the_rest
from tests.support.reference_model import RefusedByModel

PAGES = (
    *("opportunity", "opportunity_edit", "advance", "close", "close_as_won", "close_as_lost", "reopen", "hold"),
    *(
        "ask_manager",
        "take_back_close_request",
        "stakeholder_add",
        "competitor_add",
        "team_member_add",
        "no_known_competitors",
    ),
    *("attachment_add", "debrief_add", "presentation_add", "mail_write"),
)


class Opportunities(Machine):
    """Creates, copies, edits and opens opportunities."""

    @operation(
        2,
        who=st.sampled_from(["rep", "mate", "manager", "no_role", "anonymous"]),
        values=some_of({name: VALUES[name] for name in ("contact", "account")} | OTHERS),
        is_named=st.sampled_from([True, True, False]),
        is_sent_twice=st.booleans(),
    )
    def start(self, who, values, is_named, is_sent_twice):
        is_named = is_named and len(self.opportunities) < 3
        entries = {"name": "Fleet", "contact": None, "account": None, **values}
        posted = (
            self.data.entries(entries)
            | {"token": f"token-of-the-page-{len(self.opportunities)}"}
            | ({} if is_named else {"name": " "})
        )
        where = reverse("opportunity_new")
        if who in ("anonymous", "no_role") or not is_named:
            self.post_and_compare(who, {}, where, posted, {{"anonymous": 302, "no_role": 403}.get(who, 422)})
            return
        self.is_consistent = False
        answer = self.data.post(who, where, posted)
        assert answer.status_code == 303
        opportunity = expected.OpportunityOnPages(owner=who, lost_gate=self.lost_gate)
        entries.pop("rating", None)  # not a field of that page
        entries.pop("description", None)
        opportunity.fill_in(entries, None)
        opportunity.apply_rules(expected.OpportunityOnPages(owner=who))
        self.opportunities.append(opportunity)
        self.pks.append(int(answer.url.strip("/").split("/")[-1]))
        self.pages.append([])
        self.compare_and_store({len(self.opportunities) - 1: opportunity})
        if is_sent_twice:
            self.post_and_compare(who, {}, where, posted, {303})

    @operation(
        2,
        which=which,
        who=users,
        kind=st.sampled_from(["copy", "3", "6", "12", "24"]),
        parts=st.lists(st.sampled_from(["stakeholders", "competitors", "team", "customer_need", "files"]), unique=True),
        age=ages,
        version=versions,
        is_sent_twice=st.booleans(),
    )
    def copy(self, which, who, kind, parts, age, version, is_sent_twice):
        number = self.pick(which, is_open=which % 2 == 0)
        who, page = self.person(who, number), self.page(number, age)
        is_named = len(self.opportunities) < 3

        def act(trial, actor):
            if version in (None, "x"):
                raise RefusedByModel("Incomplete")
            if not is_named:
                raise RefusedByModel("Invalid")
            if version == "999999":
                raise RefusedByModel("Gone")
            if page.opportunity.version < trial.version:
                raise RefusedByModel("AlreadyMoved")

        posted = {"name": "Fleet, again" if is_named else " ", "kind": kind, "estimated_revenue": "1500", "take": parts}
        posted |= {"token": once.new_token()} | self.version_field(page, version)
        where = self.url("opportunity_copy", number)
        statuses, _ = self.expected_result(who, self.opportunities[number], act)
        if statuses != {303}:
            self.post_and_compare(who, {}, where, posted, statuses)
            return
        self.is_consistent = False
        answer = self.data.post(who, where, posted)
        assert answer.status_code == 303
        self.opportunities.append(self.opportunities[number].copied(who, "Fleet, again", 1500, parts))
        self.pks.append(int(answer.url.strip("/").split("/")[-1]))
        self.pages.append([])
        self.opportunities[-1].close_on = Opportunity.objects.get(pk=self.pks[-1]).estimated_close_date
        assert (self.opportunities[-1].close_on is None) == (kind == "copy")
        self.compare_and_store({len(self.opportunities) - 1: self.opportunities[-1]})
        if is_sent_twice:
            self.post_and_compare(who, {}, where, posted, {303})

    @operation(
        6,
        which=which,
        who=users,
        values=some_of(OTHERS | {name: VALUES[name] for name in ("contact", "account")}),
        owner=st.sampled_from([None, None, "rep", "mate", "mate", "manager", "no_role"]),
        stays=st.booleans(),
        age=ages,
        version=versions,
        forecast=st.sampled_from(["pipeline"] * 7 + ["won"]),
    )
    def edit(self, which, who, values, owner, stays, age, version, forecast):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)
        names = (*OTHERS, "contact", "account", "owner")
        entries = {name: page.opportunity.get(name) for name in names} | values | ({"owner": owner} if owner else {})

        def act(trial, actor):
            seen = self.seen_opportunity(page, version)
            mine = dict(entries)
            may_lead = trial.may_lead(actor)
            if not may_lead:
                del mine["owner"]
            if forecast == "won" or (may_lead and owner == "no_role"):
                raise RefusedByModel("Invalid")

            def change(opportunity, without=()):
                opportunity.owner_leaves = may_lead and not stays
                opportunity.fill_in({name: value for name, value in mine.items() if name not in without}, seen)

            before = copy.deepcopy(trial)
            try:
                return trial.write(actor, change)
            except RefusedByModel as refusal:
                if "StaleVersion" in refusal.names:
                    write_the_rest(before, actor, mine, seen, change)
                raise

        posted = self.data.entries(entries) | {"forecast_category": forecast, **self.version_field(page, version)}
        posted |= self.data.close_date(page.opportunity)
        posted |= {"stays": "on"} if stays else {}
        self.send(number, who, act, self.url("opportunity_edit", number), posted)

    @operation(
        4,
        which=which,
        who=users,
        name=st.sampled_from(PAGES),
        query=st.sampled_from(["", "?tab=timeline", "?tab=team", "?tab=stakeholders", "?tab=competitors", "?stage=x"]),
    )
    def open_page(self, which, who, name, query):
        number = self.pick(which)
        who, before = self.person(who, number), self.last_digests()
        statuses, _ = self.expected_result(who, self.opportunities[number], lambda trial, actor: None)
        self.is_consistent = False
        answer = self.data.get(who, self.url(name, number) + query)
        assert answer.status_code in ({200, 302, 303} if statuses == {303} else statuses)
        assert digests() == before
        self.is_consistent = True
