"""The operations on tasks: on their own pages, in the list of own tasks, and on the card of the next step."""

from hypothesis import strategies as st

from salesflow import once
from tests.support.machine import expected
from tests.support.machine.choices import ages, users, versions, which
from tests.support.machine.core import FUTURE_VERSION, Machine, operation
from tests.support.machine.names import FUTURE_DAY, PAST_DAY
from tests.support.machine.partly import write_or_the_rest
from tests.support.reference_model import RefusedByModel

texts = st.sampled_from(["Call them", "Call them", "Send the offer", ""])
days = st.sampled_from([None, PAST_DAY, FUTURE_DAY])
COLUMNS = ("text", "due", "owner")


class Tasks(Machine):
    """Plans, changes, postpones, completes and removes tasks."""

    @operation(4, which=which, who=users, text=texts, due=days, age=ages, version=versions)
    def add_task(self, which, who, text, due, age, version):
        """For the owner whom the page shows, who may have lost the opportunity since."""
        number = self.pick(which)
        owner = self.page(number, age).opportunity.owner

        def act(trial, actor):
            trial.require_open(actor)
            self.refuse_entries(version, text)
            change = self.row_added(number, age, version, None, lambda after: after.plan(text, due, owner))
            return trial.write(actor, change)

        posted = {"text": text, "due": str(due or ""), "time": "", "owner": str(self.data.users[owner].pk)}
        posted = self.form_to_add(number, age, version, None, posted)
        self.send(number, self.person(who, number), act, self.url("task_add", number), posted)

    @operation(4, which=which, who=users, text=texts, due=days, age=ages, version=versions)
    def plan_next_step(self, which, who, text, due, age, version):
        """Refused when another page planned a task meanwhile."""
        number = self.pick(which)
        page = self.page(number, age)

        def act(trial, actor):
            self.refuse_entries(version, text)
            trial.require_open(actor)
            if version == "999999":
                raise RefusedByModel("Gone")
            if trial.last_planned > page.opportunity.version:
                raise RefusedByModel("StaleTask")
            return trial.write(actor, lambda after: after.plan(text, due, after.owner))

        posted = {"text": text, "when": "pick" if due else "", "due": str(due or ""), "token": once.new_token()}
        posted |= self.version_field(page, version)
        posted = {f"next-{name}": value for name, value in posted.items()}
        self.send(number, self.person(who, number), act, self.url("next_step_plan", number), posted)

    @operation(5, which=which, who=users, place=st.integers(0, 5), text=texts, due=days, age=ages, version=versions)
    def change_task(self, which, who, place, text, due, age, version):
        number, page, old = self.page_with_task(which, place, age)
        if old is None:  # it is closed
            return

        def act(trial, actor):
            seen = self.seen_with_task(trial, actor, page, old, version)
            if not text:
                raise RefusedByModel("Invalid")
            trial.require_open_task(old.key, page.opportunity.version if seen is not FUTURE_VERSION else 999_999)
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")

            def shown(opportunity):
                now = opportunity.task(old.key)
                return [(getattr(old, name), getattr(now, name)) for name in COLUMNS]

            def write(opportunity, values):
                pairs = [(mine, *each) for mine, each in zip(values, shown(opportunity), strict=True)]
                changed = dict(zip(COLUMNS, (expected.merged(*each) for each in pairs), strict=True))
                return opportunity.write(actor, lambda after: after.change_task(old.key, **changed))

            return write_or_the_rest(trial, [text, due, old.owner], shown, write)

        posted = {"text": text, "due": str(due or ""), "time": "", "owner": str(self.data.users[old.owner].pk)}
        where = self.url("task_edit", number, page.tasks[old.key])
        self.send(number, self.person(who, number), act, where, posted | self.version_field(page, version))

    @operation(3, which=which, who=users, place=st.integers(0, 5), due=days, age=ages, version=versions)
    def postpone(self, which, who, place, due, age, version):
        number, page, old = self.page_with_task(which, place, age)
        if old is None:  # it is closed
            return

        def act(trial, actor):
            self.refuse_unnamed(version)
            if due is None:
                raise RefusedByModel("Incomplete")
            self.require_task(trial, actor, page, old, version)
            day = expected.merged(due, old.due, trial.task(old.key).due)
            return trial.write(actor, lambda after: after.change_task(old.key, due=day))

        posted = {"task": str(page.tasks[old.key]), "due": str(due or ""), "token": once.new_token()}
        posted |= self.version_field(page, version)
        posted = {f"next-{name}": value for name, value in posted.items()}
        self.send(number, self.person(who, number), act, self.url("next_step_postpone", number), posted)

    @operation(4, which=which, who=users, place=st.integers(0, 5), age=ages, version=versions)
    def complete_task(self, which, who, place, age, version):
        """In the list of own tasks. Refused when the task changed meanwhile."""
        number, page, old = self.page_with_task(which, place, age)
        if old is None:  # it is closed
            return

        def act(trial, actor):
            self.refuse_unnamed(version)
            self.require_task(trial, actor, page, old, version)
            if trial.task_versions[old.key] > page.opportunity.version:
                raise RefusedByModel("StaleTask")
            return trial.write(actor, lambda after: after.change_task(old.key, state="done"))

        posted = {"token": once.new_token(), **self.version_field(page, version)}
        where = self.url("task_done", number, page.tasks[old.key])
        self.send(number, self.person(who, number), act, where, posted)

    @operation(3, which=which, who=users, place=st.integers(0, 5), age=ages, version=versions)
    def remove_task(self, which, who, place, age, version):
        number, page, old = self.page_with_task(which, place, age)
        if old is None:  # it is closed
            return

        def act(trial, actor):
            seen = self.seen_with_task(trial, actor, page, old, version)
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone", *(["TaskEnded"] if trial.task(old.key).state != "open" else []))
            return trial.write(actor, lambda after: after.remove_task(old.key, seen))

        where = self.url("task_remove", number, page.tasks[old.key])
        self.send(number, self.person(who, number), act, where, self.version_field(page, version))

    def page_with_task(self, which, place, age):
        """The page of that age, or the one of now, and a task of it. Its owner plans one first, if none is open."""
        number = self.pick(which)
        if not any(each.state == "open" for each in self.opportunities[number].tasks):
            self.add_task(which, "owner", "Call them", None, age=0, version="shown")
        page = self.page(number, age)
        page = page if page.tasks else self.page(number)
        listed = page.opportunity.tasks
        return number, page, listed[place % len(listed)] if listed else None

    def seen_with_task(self, trial, actor, page, old, version):
        """The opportunity that a write of this task is compared with. Refused if that was removed."""
        if trial.task(old.key) is None:
            self.refuse_unnamed(version)
            raise RefusedByModel("Removed")
        trial.require_open(actor)
        return self.seen_opportunity(page, version)

    def require_task(self, trial, actor, page, old, version):
        """Refuses a task that is not open, for a form that finds it by its id."""
        trial.require_open(actor)
        if version == "999999":
            raise RefusedByModel("Gone", "TaskEnded")
        trial.require_open_task(old.key, page.opportunity.version)
