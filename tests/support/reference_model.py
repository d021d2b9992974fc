"""A second implementation of the process in simple Python: an opportunity, its moves and its writes.

It is written from the rules, not from the code. A refusal is the set of the refusals that would be right.
"""

import copy
from dataclasses import dataclass, field, replace
from typing import ClassVar

from tests.support.specification import TABLE

STAGES = [[(each[2], each[4], each[5]) for each in steps] for _, steps in TABLE]
TICKS = {field for _, steps in TABLE for _, _, field, kind, _, _ in steps if kind == "tick"}
FIELDS = [field for steps in STAGES for field, _, _ in steps]
LAST = len(STAGES) - 1

EMPTY = (None, False, "", " \u200b")
ACCOUNT_OF = {"Anne Lunde": "Havbris", "Bjarne Moe": "Havbris", "Cecilie Vik": None}
MANAGERS = {"manager"}
COLLEAGUES = {"rep", "mate"}


FILE_KINDS = ("proposal", "debrief", "other")
COMPLETED_BY = {"file": "proposal_developed", "debrief": "debrief_filed", "presentation": "proposal_presented"}
"""The ticks that a button of a form sets, together with the row that the form adds. None of them needs evidence."""


class RefusedByModel(Exception):
    """`names`: the refusals that would be right."""

    def __init__(self, *names):
        super().__init__(*names)
        self.names = set(names)


@dataclass(frozen=True)
class FileVersion:
    """One version of a file. `key` names the version, and `file` is the key of the first one."""

    key: int
    file: int
    number: int
    kind: str
    name: str = "Offer.pdf"


@dataclass(frozen=True)
class Presentation:
    """`file`: the key of the version of a file that was presented, or None."""

    key: int
    attendees: tuple
    file: int | None


@dataclass(frozen=True)
class Note:
    key: int
    text: str
    kind: str
    is_pinned: bool = False


@dataclass(frozen=True)
class Task:
    """`state`: open, done or dropped. `due`: a date or None."""

    key: int
    text: str
    due: object
    owner: str
    state: str = "open"


@dataclass
class ExpectedLooks:
    """The last version that each person has seen, by opportunity and person. It is never above the version of now."""

    versions: dict = field(default_factory=dict)

    def see(self, number, who, version):
        self.versions[number, who] = max(version, self.versions.get((number, who), 0))

    def see_listed(self, who, listed):
        """Marks what the page of the news lists. It lists only what a person has looked at, or was given."""
        for number, version in listed.items():
            if (number, who) in self.versions:
                self.see(number, who, version)

    def follow(self, stored, opportunities):
        """What any other write may do: a look is never too new, never lost and never goes back."""
        assert {key: version for key, version in stored.items() if version > opportunities[key[0]].version} == {}
        assert {key for key, version in self.versions.items() if stored.get(key, 0) < version} == set()
        self.versions = stored


@dataclass
class ExpectedOpportunity:
    account_of: ClassVar[dict] = ACCOUNT_OF

    owner: str = "rep"
    lost_gate: str = "complete"
    values: dict = field(default_factory=lambda: {name: False if name in TICKS else None for name in FIELDS})
    no_known_competitors: bool = False
    stakeholders: dict = field(default_factory=dict)  # by contact: whether they are a decision maker
    competitors: set = field(default_factory=set)
    team: set = field(default_factory=set)
    tasks: list = field(default_factory=list)  # open and ended ones, in the order in which they were planned
    task_versions: dict = field(default_factory=dict, compare=False)  # the version of the last write of each, by key
    last_planned: int = field(default=0, compare=False)  # the version of the last write that planned one
    notes: list = field(default_factory=list)  # in the order in which they were added
    files: list = field(default_factory=list)  # every version of each file, in the order in which they were added
    rows_made: int = 0  # how many notes, tasks, files and presentations were ever added
    debrief: dict | None = None
    presentations: list = field(default_factory=list)
    mails: list = field(default_factory=list)  # the contact of each, in the order in which they were sent
    stage: int = 0
    finished: bool = False
    on_hold: bool = False
    status: str = "open"
    closed_in: int | None = None
    closings: list = field(default_factory=list)
    waived: set = field(default_factory=set)
    waived_to_lose: set = field(default_factory=set)  # those of `waived` that end when it is reopened
    withdrawn: set = field(default_factory=set)  # the steps whose waiver was ever withdrawn: they may be missing behind
    asked: set = field(default_factory=set)  # the steps that a manager was asked to waive and has not answered
    waiver_versions: dict = field(default_factory=dict, compare=False)  # the version of the last such act, by step
    visits: list = field(default_factory=lambda: [0])
    phase: int = 0
    version: int = 1
    last_move_version: int = 1  # a page that shows an earlier version is out of date
    imported_version: int | None = None

    # Gates

    def has_evidence(self, evidence):
        return {
            "": True,
            "decision_maker": any(self.stakeholders.values()),
            "stakeholder": bool(self.stakeholders),
            "competitor": bool(self.competitors) or self.no_known_competitors,
            "team_member": bool(self.team),
        }[evidence]

    def is_met(self, name, evidence):
        return (
            name in self.waived
            or (self.values[name] not in EMPTY and self.has_evidence(evidence))
            or (self.values[name] == 0 and self.values[name] is not False)
        )

    def unmet(self, stages):
        return [
            name
            for number in stages
            for name, required, evidence in STAGES[number]
            if required and not self.is_met(name, evidence)
        ]

    @property
    def reached(self):
        return range(self.stage + 1)

    @property
    def passed(self):
        return range(LAST + 1) if self.finished else range(self.stage)

    @property
    def has_open_visit(self):
        return self.status == "open" and not self.finished

    # Permissions

    def require_access(self, who):
        if who not in MANAGERS and who != self.owner and who not in self.team:
            raise RefusedByModel("NotAllowed")

    def may_lead(self, who):
        return who in MANAGERS or who == self.owner

    def require_open(self, who):
        self.require_access(who)
        if self.status != "open":
            raise RefusedByModel("OpportunityClosed")

    # Writes

    def write(self, who, change):
        """Applies `change`, a function of an opportunity, to a copy. Returns the copy, or `self` if nothing changed."""
        self.require_open(who)
        after = copy.deepcopy(self)
        change(after)
        after.apply_rules(self)
        if after == self:
            return self
        violations = set(after.violations(self, who))
        if violations:
            raise RefusedByModel(*violations)
        after.version += 1
        after.end_requests()
        after.count_tasks(self)
        return after

    def end_requests(self):
        """Ends the requests for steps that are no longer missing."""
        ended = self.asked - set(self.unmet(range(LAST + 1)))
        self.asked -= ended
        self.waiver_versions.update(dict.fromkeys(ended, self.version))

    def apply_rules(self, before):
        contact = self.values["contact"]
        if contact and contact != before.values["contact"]:
            self.stakeholders.setdefault(contact, False)
            self.values["account"] = self.values["account"] or self.account_of[contact]
        if self.owner != before.owner:
            self.team.add(before.owner)
            self.tasks = [
                replace(each, owner=self.owner) if each.state == "open" and each.owner == before.owner else each
                for each in self.tasks
            ]
        if len(self.competitors) > len(before.competitors):
            self.no_known_competitors = False

    def violations(self, before, who):
        if (self.team, self.owner) != (before.team, before.owner) and not before.may_lead(who):
            yield "NotAllowed"
        if self.values["contact"] and self.values["contact"] not in self.stakeholders:
            yield "ContactStays"
        if self.no_known_competitors and self.competitors:
            yield "CompetitorsKnown"
        for name, _, evidence in (step for stage in STAGES for step in stage):
            if name in TICKS and self.values[name] and not before.values[name] and not self.has_evidence(evidence):
                yield "EvidenceMissing"
        if set(self.unmet(before.passed)) - set(before.unmet(before.passed)):
            yield "PassedGate"

    # Notes: a closed opportunity takes them, too, and nothing else changes

    def note(self, key):
        return next((each for each in self.notes if each.key == key), None)

    def add_note(self, text, kind):
        self.notes.append(Note(self.next_key(), text, kind))

    def change_note(self, key, **columns):
        self.notes = [replace(each, **columns) if each.key == key else each for each in self.notes]

    def remove_note(self, key, seen):
        """Refused when it has changed since the page was rendered."""
        if seen.note(key) != self.note(key):
            raise RefusedByModel("StaleVersion")
        self.notes = [each for each in self.notes if each.key != key]

    # Tasks

    def task(self, key):
        return next((each for each in self.tasks if each.key == key), None)

    def may_have_tasks(self, who):
        return who in MANAGERS or who == self.owner or who in self.team

    def plan(self, text, due, owner):
        if not self.may_have_tasks(owner):
            raise RefusedByModel("NotAllowed")
        self.tasks.append(Task(self.next_key(), text, due, owner))

    def require_open_task(self, key, version):
        """Refuses a task that has ended, or was removed. `version`: of the page."""
        task = self.task(key)
        if task is None:
            raise RefusedByModel("StaleTask")
        if task.state == "done" and self.task_versions[key] > version:
            raise RefusedByModel("StaleTask")
        if task.state != "open":
            raise RefusedByModel("TaskEnded")

    def change_task(self, key, **columns):
        self.tasks = [replace(each, **columns) if each.key == key else each for each in self.tasks]

    def remove_task(self, key, seen):
        """Refused when it has changed since the page was rendered, or has ended."""
        refusals = {"StaleVersion"} if seen.task(key) != self.task(key) else set()
        refusals |= {"TaskEnded"} if self.task(key).state != "open" else set()
        if refusals:
            raise RefusedByModel(*refusals)
        self.tasks = [each for each in self.tasks if each.key != key]

    def count_tasks(self, before):
        """Remembers which tasks this write changed."""
        was, now = ({each.key: each for each in state.tasks} for state in (before, self))
        changed = {key for key in was | now if was.get(key) != now.get(key)}
        self.task_versions = before.task_versions | dict.fromkeys(changed, self.version)
        if now.keys() - was.keys():
            self.last_planned = self.version

    # Files, debriefs and presentations. A closed opportunity takes the first two, too, but completes no step

    def write_when_closed(self, who, change):
        """As `write`, but a closed opportunity takes the change, too."""
        if self.status == "open":
            return self.write(who, change)
        self.require_access(who)
        after = copy.deepcopy(self)
        change(after)
        if after == self:
            return self
        after.version += 1
        return after

    def next_key(self):
        self.rows_made += 1
        return self.rows_made

    def versions_of(self, file):
        return [each for each in self.files if each.file == file]

    def file_version(self, key):
        return next((each for each in self.files if each.key == key), None)

    def is_latest(self, version):
        return version.number == max(each.number for each in self.versions_of(version.file))

    def add_file(self, kind, version_of=None):
        key = self.next_key()
        file = version_of.file if version_of else key
        number = max((each.number for each in self.versions_of(file)), default=0) + 1
        self.files.append(FileVersion(key, file, number, kind))

    def remove_file(self, version, *, with_earlier, seen):
        """Removes a version, or the last one with all earlier ones. Refused when one was presented, or has changed."""
        with_earlier = with_earlier and self.is_latest(version)
        earlier = [each for each in self.versions_of(version.file) if each.number < version.number]
        removed = {version.key, *(each.key for each in earlier if with_earlier)}
        if removed & {each.file for each in self.presentations}:
            raise RefusedByModel("BrokenConstraint")
        if any(seen.seen_of_file(key) != self.seen_of_file(key) for key in removed):
            raise RefusedByModel("StaleVersion")
        self.files = [each for each in self.files if each.key not in removed]

    def seen_of_file(self, key):
        """What a page shows of a version, to be compared with what it is when the version is removed."""
        version = self.file_version(key)
        return version and (version, self.is_latest(version))

    def change_file(self, key, **columns):
        self.files = [replace(each, **columns) if each.key == key else each for each in self.files]

    def file_debrief(self, entries):
        if self.debrief:
            raise RefusedByModel("BrokenConstraint")
        self.debrief = dict(entries)

    def remove_debrief(self, seen):
        """Refused when it has changed since the page was rendered."""
        if self.debrief != seen.debrief:
            raise RefusedByModel("StaleVersion")
        self.debrief = None

    def refuse_not_offered(self, attendees, file, before=()):
        """Refuses people who are no stakeholders, except those who were named `before`, and a file that is gone."""
        is_file_gone = file is not None and self.file_version(file) is None
        if is_file_gone or not set(attendees) <= {*self.stakeholders, *before}:
            raise RefusedByModel("Invalid")

    def present(self, attendees, file):
        self.refuse_not_offered(attendees, file)
        self.presentations.append(Presentation(self.next_key(), tuple(sorted(attendees)), file))

    def presentation(self, key):
        return next((each for each in self.presentations if each.key == key), None)

    def change_presentation(self, key, **columns):
        self.presentations = [replace(each, **columns) if each.key == key else each for each in self.presentations]

    def remove_presentation(self, key, seen):
        """Refused when it has changed since the page was rendered."""
        if seen.presentation(key) != self.presentation(key):
            raise RefusedByModel("StaleVersion")
        self.presentations = [each for each in self.presentations if each.key != key]

    # Mails: they make no version. Only the tick of its step does, and only while the opportunity is open

    def require_recipient(self, contact):
        if contact not in self.stakeholders and contact != self.values["contact"]:
            raise RefusedByModel("NotInvolved")

    # Moves

    def enter(self, stage):
        self.visits.append(stage)
        self.stage = self.phase = stage
        self.finished = self.on_hold = False
        self.count_move()

    def count_move(self):
        self.version += 1
        self.last_move_version = self.version

    def require_gate(self, stages):
        if self.unmet(stages):
            raise RefusedByModel("GateClosed")

    def advance(self, who):
        self.require_open(who)
        if self.stage == LAST or self.finished:
            raise RefusedByModel("NoSuchMove")
        self.require_gate(self.reached)
        self.enter(self.stage + 1)

    def jump(self, who, to):
        self.require_open(who)
        if to <= self.stage:
            raise RefusedByModel("NoSuchMove")
        self.require_gate(range(to))
        self.enter(to)

    def go_back(self, who, to):
        self.require_open(who)
        target = self.stage - 1 if to is None else to
        behind = 0 <= target < self.stage or (target == self.stage and self.finished)
        if not behind or (target != self.stage - 1 and target not in self.visits):
            raise RefusedByModel("NoSuchMove")
        self.enter(target)

    def finish(self, who):
        self.require_open(who)
        if self.stage != LAST or self.finished:
            raise RefusedByModel("NoSuchMove")
        self.require_gate(range(LAST + 1))
        self.finished, self.on_hold = True, False
        self.count_move()

    def win(self, who):
        self.require_open(who)
        if self.stage != LAST:
            raise RefusedByModel("GateClosed")
        self.require_gate(range(LAST + 1))
        self.finished = True
        self.close("won")

    def lose(self, who, competitor, out_sold):
        self.require_open(who)
        self.require_gate({"complete": range(LAST + 1), "reached": self.reached, "any": ()}[self.lost_gate])
        if out_sold and competitor is None:
            raise RefusedByModel("EntryMissing")
        if competitor is not None and competitor not in self.competitors:
            self.competitors.add(competitor)
            self.no_known_competitors = False
        self.close("lost")

    def close(self, outcome):
        self.status, self.closed_in, self.on_hold = outcome, self.stage, False
        self.tasks = [replace(each, state="dropped") if each.state == "open" else each for each in self.tasks]
        self.asked = set()
        self.closings.append([outcome, False])
        self.count_move()

    def reopen(self, who, to):
        self.require_access(who)
        if not self.may_lead(who):
            raise RefusedByModel("NotAllowed")
        if self.status == "open":
            raise RefusedByModel("NoSuchMove")
        target = self.closed_in if to is None else to
        if target > self.closed_in:
            raise RefusedByModel("NoSuchMove")
        self.status, self.closed_in = "open", None
        self.closings[-1][1] = True
        self.waived -= self.waived_to_lose
        self.waived_to_lose = set()
        self.enter(target)

    def hold(self, who):
        self.require_open(who)
        if self.on_hold or self.finished:
            raise RefusedByModel("NoSuchMove")
        self.on_hold = True
        self.count_move()

    def resume(self, who):
        self.require_open(who)
        if not self.on_hold:
            raise RefusedByModel("NoSuchMove")
        self.on_hold = False
        self.count_move()

    def waive(self, who, name):
        self.require_open(who)
        if who not in MANAGERS:
            raise RefusedByModel("NotAllowed")
        if name not in self.unmet(range(LAST + 1)):
            raise RefusedByModel("NoSuchMove")
        self.waived.add(name)
        self.count_waiver_act(name)

    # Requests to waive a step, and withdrawn waivers

    def count_waiver_act(self, name):
        self.asked.discard(name)
        self.version += 1
        self.waiver_versions[name] = self.version

    def require_manager(self, who):
        self.require_open(who)
        if who not in MANAGERS:
            raise RefusedByModel("NotAllowed")

    def require_asked(self, name):
        if name not in self.asked:
            raise RefusedByModel("NoSuchMove")

    def ask_for_waiver(self, who, name):
        self.require_open(who)
        if name in self.asked or name not in self.unmet(range(LAST + 1)):
            raise RefusedByModel("NoSuchMove")
        self.count_waiver_act(name)
        self.asked.add(name)

    def take_back_waiver_request(self, who, name):
        self.require_open(who)
        self.require_asked(name)
        self.count_waiver_act(name)

    def approve_waiver_request(self, who, name):
        self.require_manager(who)
        self.require_asked(name)
        self.waived.add(name)
        self.count_waiver_act(name)

    def decline_waiver_request(self, who, name):
        self.require_manager(who)
        self.require_asked(name)
        self.count_waiver_act(name)

    def withdraw_waiver(self, who, name):
        self.require_manager(who)
        if name not in self.waived:
            raise RefusedByModel("NoSuchMove")
        self.waived.discard(name)
        self.withdrawn.add(name)
        self.count_waiver_act(name)

    # Imports

    def arrive(self, blank, who, stage, *, keep, closing):
        """An import of this opportunity, which is filled in and in the first stage. `blank`: before it was filled in.

        Managers keep the stage of the file, and import what is closed. What is missing is waived. A rep lands where
        the data open the gates. A tick without its evidence is left out.
        """
        for name, _, evidence in (step for each in STAGES for step in each):
            if name in TICKS and self.values[name] and not self.has_evidence(evidence):
                self.values[name] = blank.values[name]
        if who not in MANAGERS and (who != self.owner or keep or closing):
            raise RefusedByModel("NotAllowed", *self.violations(blank, self.owner))
        violations = set(self.violations(blank, self.owner))
        if violations:
            raise RefusedByModel(*violations)
        if keep or closing:
            self.waived |= set(self.unmet(range(stage)))
        else:
            stage = max(each for each in range(stage + 1) if not self.unmet(range(each)))
        if stage:
            self.enter(stage)
        if closing:
            self.arrive_as(closing)
        self.version += 1
        self.imported_version = self.version

    def arrive_as(self, closing):
        """What is waived for the closing counts for that closing only, but for the stages before it."""
        if closing == "won":
            self.waived |= set(self.unmet(range(LAST)))
            if self.stage != LAST:
                self.enter(LAST)
        needed = {"complete": range(LAST + 1), "reached": self.reached, "any": ()}[self.lost_gate]
        self.waived_to_lose = set(self.unmet(range(LAST + 1) if closing == "won" else needed))
        self.waived |= self.waived_to_lose
        self.finished = closing == "won"
        self.closing_reason = "won" if closing == "won" else "canceled"
        self.close(closing)

    def lift(self, who, stage):
        """Keeps the stage of an import later. Refused if it was moved since."""
        self.require_access(who)
        if who not in MANAGERS:
            raise RefusedByModel("NotAllowed")
        if self.imported_version is None:
            raise RefusedByModel("NoSuchMove")
        if self.last_move_version > self.imported_version:
            raise RefusedByModel("AlreadyMoved")
        if self.status != "open":
            raise RefusedByModel("OpportunityClosed")
        if stage <= self.stage:
            raise RefusedByModel("NoSuchMove")
        missing = self.unmet(range(stage))
        self.waived |= set(missing)
        self.enter(stage)
        self.end_requests()
