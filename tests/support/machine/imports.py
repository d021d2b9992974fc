"""The operations of imports: one opportunity is brought in, its stage is kept later, or it is taken back.

They call the functions that every import calls, or import a file of one row and its history.
"""

import copy
import datetime

import pytest
from django.utils import timezone
from hypothesis import strategies as st

from opportunities import transitions
from salesflow.users.models import User
from tests.support import factories, import_files
from tests.support.db_assertions import digests
from tests.support.machine import expected
from tests.support.machine.choices import VALUES, some_of, stages, which
from tests.support.machine.core import Machine, operation
from tests.support.machine.names import COMPETITORS, CONTACTS, DECIDES
from tests.support.reference_model import RefusedByModel

importers = st.sampled_from(["rep", "mate", "manager", "manager", "manager"])
MOST = 4  # opportunities of one run


class Imports(Machine):
    """Brings in, keeps stages later, and takes imports back."""

    @operation(
        8,
        who=importers,
        owner=st.sampled_from(["rep", "mate"]),
        stage=stages,
        keep=st.booleans(),
        closing=st.sampled_from([None, None, None, "won", "lost"]),
        values=some_of(VALUES, most=12),
        people=st.dictionaries(st.sampled_from(CONTACTS), st.booleans(), max_size=2),
        rivals=st.sets(st.sampled_from(COMPETITORS), max_size=1),
        is_on_team=st.booleans(),
        by_file=st.booleans(),
    )
    def bring_in(self, who, owner, stage, keep, closing, values, people, rivals, is_on_team, by_file):
        if len(self.opportunities) >= MOST:
            return
        if by_file:  # an invisible text in a cell is no entry
            values = {name: None if value == " \u200b" else value for name, value in values.items()}
        wanted = expected.OpportunityOnPages(owner=owner, lost_gate=self.lost_gate)
        now = timezone.now()
        arrival = transitions.Arrival(
            name="Fleet",
            owner=self._user(owner),
            created_at=now - 30 * factories.DAY,
            entries=self._entries(values),
            stage=self.data.stages[stage],
            stage_entered_at=now - 20 * factories.DAY,
            closing=_answers(closing, now),
            stakeholders=tuple(self._stakeholder(name, decides) for name, decides in people.items()),
            competitors=tuple(transitions.ArrivingCompetitor(self.data.competitors[name]) for name in rivals),
            team=(transitions.ArrivingMember(self.data.users[owner]),) if is_on_team else (),
        )

        def act(trial):
            blank = copy.deepcopy(trial)
            for name, decides in people.items():
                trial.stakeholders[name] = decides
            trial.competitors |= set(rivals)
            trial.team |= {owner} if is_on_team else set()
            trial.fill_in(values, None)
            trial.apply_rules(blank)
            trial.arrive(blank, who, stage, keep=keep, closing=closing)

        given = {"by": self._user(who), "at": now, "arrival": arrival, "keep": keep}
        after = self._expected(wanted, act)
        if by_file:
            made = self._imported(after, values=values, **given)
        else:
            made = self._called(after, lambda: transitions.bring_in(**given))
        if made is not None:
            self.opportunities.append(after)
            self.pks.append(made.pk)
            self.pages.append([])
            self.compare_and_store({len(self.opportunities) - 1: after})

    @operation(4, which=which, who=importers, stage=stages)
    def lift(self, which, who, stage):
        """A manager keeps the stage of an import, after all."""
        number = self.pick(which)
        after = self._expected(self.opportunities[number], lambda trial: trial.lift(who, stage))
        given = {"by": self._user(who), "at": timezone.now(), "stage": self.data.stages[stage]}
        opportunity = factories.Opportunity(pk=self.pks[number])
        if self._called(after, lambda: transitions.lift(opportunity=opportunity, **given)) is not None:
            self.compare_and_store({number: after})

    def _imported(self, after, *, values, by, at, arrival, keep):
        """What an import of a file makes that says the same; None if it is refused, and has changed nothing else."""
        before = _without_imports(digests())
        self.is_consistent = False
        files = import_files.of_arrival(arrival, values, number=type(self).operations)
        made = import_files.imported(*files, by=by, keep=keep, at=at)
        self.is_consistent = True
        assert (made is None) == isinstance(after, RefusedByModel), after
        if made is None:
            assert _without_imports(digests()) == before
        else:
            type(self).written["import of a file"] += 1
        self.cached_digests = None
        return made

    def _user(self, name):
        """As the row is now, with the unit and the rights that were given since it was made."""
        return User.objects.get(pk=self.data.users[name].pk)

    def _entries(self, values):
        rows = {"contact": self.data.contacts, "account": self.data.accounts}
        given = {name: rows[name][value] if name in rows else value for name, value in values.items() if value}
        return given | {name: 0 for name, value in values.items() if value == 0 and value is not False}

    def _stakeholder(self, name, decides):
        return transitions.ArrivingStakeholder(self.data.contacts[name], (DECIDES,) if decides else ())

    def _expected(self, opportunity, act):
        """The opportunity afterwards, or the refusal."""
        trial = copy.deepcopy(opportunity)
        try:
            act(trial)
        except RefusedByModel as refusal:
            return refusal
        return trial

    def _called(self, after, function):
        """What the function returns; None if it is refused, as is right, and has written nothing."""
        if not isinstance(after, RefusedByModel):
            self.is_consistent = False
            made = function()
            self.is_consistent = True
            return made
        before = self.last_digests()
        with pytest.raises(transitions.Refused) as caught:
            function()
        assert type(caught.value).__name__ in after.names, (caught.value, after.names)
        assert digests() == before
        return None


def _without_imports(found):
    """The digests of the tables that keep no import."""
    return {table: digest for table, digest in found.items() if "import" not in table and "savedmapping" not in table}


def _answers(closing, now):
    closed_on = (now - datetime.timedelta(days=10)).date()
    if closing == "won":
        return transitions.WonAnswers(None, closed_on, "", factories.Decimal(5))
    if closing == "lost":
        return transitions.LostAnswers(factories.reason("canceled"), closed_on, "They stopped.")
    return None
