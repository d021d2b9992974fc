"""The operations beside opportunities: reminders of a user, and the pages of competitors. They write nothing else."""

from django.urls import reverse
from hypothesis import strategies as st

from opportunities.activities import reminders
from opportunities.customers.models import Competitor
from opportunities.models import Reminders
from salesflow import once
from tests.support.db_assertions import digests
from tests.support.machine.core import Machine, operation
from tests.support.machine.names import PEOPLE

people = st.sampled_from(["rep", "mate", *PEOPLE])
REMINDERS = {Reminders._meta.db_table}
COMPETITORS = {Competitor._meta.db_table, Competitor.history.model._meta.db_table}


def statuses_for(who, status):
    return {{"anonymous": 302, "no_role": 403}.get(who, status)}


class Beside(Machine):
    """Sets the digest and the calendar, and writes competitors."""

    @operation(2, who=people, wanted=st.sampled_from(["on", "off", "off", "x", None]))
    def set_digest(self, who, wanted):
        posted = {} if wanted is None else {"wanted": wanted}
        is_set = self.post_beside(
            who, reverse("set_digest"), posted, 303 if wanted in ("on", "off") else 400, REMINDERS
        )
        if is_set:
            assert reminders.of(self.data.users[who]).wants_digest == (wanted == "on")

    @operation(2, who=people, name=st.sampled_from(["make_calendar", "make_calendar", "end_calendar"]))
    def set_calendar(self, who, name):
        """The address of before ends."""
        old = reminders.calendar_key(reminders.of(self.data.users[who])) if who in self.data.users else ""
        if self.post_beside(who, reverse(name), {}, 303, REMINDERS):
            user = self.data.users[who]
            new = reminders.calendar_key(reminders.of(user))
            assert bool(new) == (name == "make_calendar")
            for key, status in ((new, 200), (old, 404)):
                if key:
                    assert self.data.get("anonymous", reverse("calendar", args=[user.pk, key])).status_code == status

    @operation(
        2,
        who=people,
        text=st.sampled_from(["Cheap", "Known in the north"]),
        is_new=st.booleans(),
        is_complete=st.sampled_from([True, True, True, False]),
    )
    def write_competitor(self, who, text, is_new, is_complete):
        """A competitor that no opportunity names: a new one, or the one that was written last."""
        number = Competitor.objects.filter(name__startswith="Zeta").count()
        is_new = is_new or not number
        name = f"Zeta {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number % 26] * (3 + number // 26)}"
        row = None if is_new else Competitor.objects.filter(name__startswith="Zeta").latest("pk")
        posted = {"name": name if is_new else row.name, "strengths": text, "website": "https://zeta.example.com"}
        posted |= {"token": once.new_token()} if is_complete else {}
        if not is_new:
            posted |= {"version": str(row.version)} if is_complete else {}
        where = reverse("competitor_new") if is_new else reverse("competitor_page_edit", args=[row.pk])
        if self.post_beside(who, where, posted, 303 if is_complete else 400, COMPETITORS):
            assert Competitor.objects.get(name=posted["name"]).strengths == text

    def post_beside(self, who, where, posted, status, tables):
        """Posts, and returns whether it was taken. Only these tables may change, and nothing after a refusal."""
        before = self.last_digests()
        self.is_consistent = False
        answer = self.data.post(who, where, posted)
        assert answer.status_code in statuses_for(who, status), (answer.status_code, who, where, posted)
        self.cached_digests = digests()
        is_taken = status == 303 and who not in ("anonymous", "no_role")
        changed = {table for table, digest in self.cached_digests.items() if digest != before[table]}
        assert changed <= (tables if is_taken else set())
        self.is_consistent = True
        return is_taken
