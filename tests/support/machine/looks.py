"""The operations that mark an opportunity as seen."""

import copy

from django.urls import reverse
from hypothesis import strategies as st

from opportunities.models import LastLook
from tests.support.db_assertions import digests
from tests.support.machine import compared
from tests.support.machine.choices import ages, users, versions, which
from tests.support.machine.core import Machine, operation
from tests.support.machine.names import PEOPLE
from tests.support.reference_model import RefusedByModel


class Looks(Machine):
    """Marks one opportunity as seen, or all that are listed."""

    @operation(4, which=which, who=users, is_quiet=st.booleans(), age=ages, version=versions)
    def mark_as_seen(self, which, who, is_quiet, age, version):
        number = self.pick(which)
        who, page = self.person(who, number), self.page(number, age)

        def act(trial, actor):
            if version in (None, "x", "999999"):
                raise RefusedByModel("Incomplete")

        statuses, _ = self.expected_result(who, self.opportunities[number], act)
        looks = copy.deepcopy(self.looks)
        if statuses == {303}:
            looks.see(number, who, page.opportunity.version)
            statuses = {204} if is_quiet else {303}
        posted = self.version_field(page, version) | ({"quiet": ""} if is_quiet else {})
        self.post_look(who, self.url("opportunity_seen", number), posted, statuses, looks)

    @operation(3, who=st.sampled_from(["rep", "mate", *PEOPLE]), age=ages, version=versions)
    def mark_all_as_seen(self, who, age, version):
        """All opportunities of the machine, also those that the person may not see, which are skipped."""
        listed = {number: self.page(number, age).opportunity.version for number in range(len(self.opportunities))}
        looks = copy.deepcopy(self.looks)
        visible = {number: each for number, each in listed.items() if self.may_see(who, number)}
        statuses = {{"anonymous": 302, "no_role": 403}.get(who, 303)}
        if version in (None, "x") or (version == "999999" and visible):
            statuses = {400} if statuses == {303} else statuses
        if statuses == {303}:
            looks.see_listed(who, visible)
        shown = {number: each if version == "shown" else version for number, each in listed.items()}
        posted = {} if version is None else {"seen": [f"{self.pks[number]}-{each}" for number, each in shown.items()]}
        self.post_look(who, reverse("news_seen"), posted, statuses, looks)

    def may_see(self, who, number):
        return self.expected_result(who, self.opportunities[number], lambda trial, actor: None)[0] == {303}

    def post_look(self, who, where, posted, statuses, looks):
        """Posts, and compares the last looks with `looks`. Nothing else is written."""
        before = self.last_digests()
        self.is_consistent = False
        answer = self.data.post(who, where, posted)
        assert answer.status_code in statuses, (answer.status_code, statuses, who, where, posted)
        self.cached_digests = digests()
        changed = {table for table, digest in self.cached_digests.items() if digest != before[table]}
        assert changed <= {LastLook._meta.db_table}
        assert compared.stored_looks(self.pks) == looks.versions
        looks.follow(looks.versions, self.opportunities)
        self.looks, self.is_consistent = looks, True
