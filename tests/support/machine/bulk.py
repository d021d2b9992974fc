"""The operations of the list: a cell that is changed in its row, and an act on many opportunities."""

from hypothesis import strategies as st
from zeal import zeal_ignore

from opportunities.models import BulkRun
from salesflow import once
from tests.support.machine.choices import OTHERS, ages, reasons, users, versions, which
from tests.support.machine.core import Machine, operation
from tests.support.reference_model import RefusedByModel

BULK = "/opportunities/bulk/"
OWNERS = ["rep", "mate", "manager"]
VALUES = {"estimated_revenue": OTHERS["estimated_revenue"], "rating": OTHERS["rating"], "owner": OWNERS}
COLUMNS = {"estimated_revenue": "revenue", "rating": "rating", "owner": "owner"}
entries = st.one_of([st.tuples(st.just(name), st.sampled_from(values)) for name, values in VALUES.items()])


class Bulk(Machine):
    """Changes one cell, and many opportunities at once."""

    @operation(5, which=which, who=users, entry=entries, stays=st.booleans(), age=ages, version=versions)
    def change_cell(self, which, who, entry, stays, age, version):
        number, (name, value) = self.pick(which), entry
        who, page = self.person(who, number), self.page(number, age)
        is_forbidden = []

        def act(trial, actor):
            if name == "owner" and not trial.may_lead(actor):
                is_forbidden.append(True)
                raise RefusedByModel("NotAllowed")
            seen = self.seen_opportunity(page, version)

            def change(opportunity):
                opportunity.owner_leaves = name == "owner" and not stays
                opportunity.fill_in({name: value}, seen)

            return trial.write(actor, change)

        posted = (
            self.data.entries({name: value}) | self.version_field(page, version) | ({"stays": "on"} if stays else {})
        )
        posted = {f"cell-{field}": each for field, each in posted.items()} | {"cell-token": once.new_token()}
        statuses, after = self.expected_result(who, self.opportunities[number], act)
        where = self.url("list_cell", number, COLUMNS[name])
        self.post_and_compare(who, {number: after}, where, posted, {403} if is_forbidden else statuses)

    @operation(
        6,
        which=which,
        who=users,
        others=st.booleans(),
        act=st.sampled_from(["rating", "owner", "advance", "advance", "hold"]),
        value=st.sampled_from(["warm", "hot"]),
        owner=st.sampled_from(OWNERS),
        stays=st.booleans(),
        reason=reasons,
    )
    def run_bulk_act(self, which, who, others, act, value, owner, stays, reason):
        """Chooses one opportunity or all, reads the page, and starts the run."""
        numbers = range(len(self.opportunities)) if others else [self.pick(which)]
        who = self.person(who, numbers[0])
        posted = {"which": "ticked", "act": act, "ticked": [str(self.pks[number]) for number in numbers]}
        self.cached_digests, self.is_consistent = None, False
        made = self.data.post(who, BULK, posted | {"token": once.new_token()})
        results = {number: self.expected_result(who, self.opportunities[number], lambda *_: None) for number in numbers}
        seen = [number for number, (statuses, _) in results.items() if statuses == {303}]
        if not seen or who in ("anonymous", "no_role"):
            assert made.status_code in (302, 403, 422)
            self.is_consistent = True
            return
        given = {
            "rating": {"choice": value},
            "owner": {"owner": str(self.data.users[owner].pk)},
            "hold": {"text": reason},
        }
        entries = given.get(act, {}) | ({"owners_stay": "on"} if stays and act == "owner" else {})
        after = {number: self.done(who, number, act, value, owner, stays, reason) for number in seen}
        with zeal_ignore():  # each row is a transaction of its own
            started = self.data.post(who, made.url, entries)
        assert started.status_code == (422 if act == "hold" and not reason else 303)
        changed = {
            number: opportunity
            for number, opportunity in after.items()
            if opportunity.version != self.opportunities[number].version
        }
        if started.status_code == 303:
            done = BulkRun.objects.latest("pk").rows.filter(outcome="done").values_list("opportunity", flat=True)
            assert set(done) == {self.pks[number] for number in changed}
        self.compare_and_store(changed)
        self.is_consistent = True

    def done(self, who, number, act, value, owner, stays, reason):
        """The opportunity after the act; as it was, if the act is refused."""
        before = self.opportunities[number]

        def change(opportunity):
            if act == "rating":
                opportunity.fill_in({"rating": value}, before)
            else:
                opportunity.owner_leaves = not stays
                opportunity.fill_in({"owner": owner}, before)

        def act_on(trial, actor):
            if act == "advance":
                return trial.press_button(actor, "advance", (trial.stage, trial.version), None)
            if act == "hold":
                if not reason:
                    raise RefusedByModel("Invalid")
                return trial.hold(actor)
            if act == "owner" and not trial.may_lead(actor):
                raise RefusedByModel("NotAllowed")
            return trial.write(actor, change)

        return self.expected_result(who, before, act_on)[1]
