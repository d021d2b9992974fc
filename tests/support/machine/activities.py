"""The operations on debriefs and presentations."""

from hypothesis import strategies as st

from tests.support import reference_model
from tests.support.machine import expected
from tests.support.machine.choices import ages, rarely, users, versions, which
from tests.support.machine.core import FUTURE_VERSION, Machine, operation
from tests.support.machine.names import CONTACTS, FUTURE_DAY, PAST_DAY
from tests.support.machine.partly import write_or_the_rest
from tests.support.reference_model import RefusedByModel

debriefs = st.fixed_dictionaries(
    {
        "went_well": st.sampled_from(["", "They listened."]),
        "went_badly": st.sampled_from(["", "", "We were late."]),
        "why": st.sampled_from(["", "They trusted us.", "The price."]),
        "price_gap": st.sampled_from([None, None, 8, -5]),
    }
)


def is_valid_debrief(entries):
    return any(entries[name] for name in ("went_well", "went_badly", "why"))


def debrief_fields(entries):
    return {name: "" if value is None else str(value) for name, value in entries.items()}


class Activities(Machine):
    """Files the debrief, and enters presentations."""

    @operation(
        4,
        which=which,
        who=users,
        is_open=st.booleans(),
        entries=debriefs,
        completes=rarely,
        age=ages,
        version=versions,
    )
    def file_debrief(self, which, who, is_open, entries, completes, age, version):
        number = self.pick(which, is_open=is_open)
        step = reference_model.COMPLETED_BY["debrief"] if completes else None

        def act(trial, actor):
            self.refuse_entries(version, is_valid_debrief(entries))
            change = self.row_added(number, age, version, step, lambda after: after.file_debrief(entries))
            return trial.write_when_closed(actor, change)

        posted = self.form_to_add(number, age, version, step, debrief_fields(entries))
        self.send(number, self.person(who, number), act, self.url("debrief_add", number), posted)

    @operation(5, which=which, who=users, is_open=st.booleans(), entries=debriefs, age=ages, version=versions)
    def change_debrief(self, which, who, is_open, entries, age, version):
        number = self.pick(which, is_open=is_open)
        page = self.page_with_debrief(number, age, which, is_open)

        def act(trial, actor):
            seen = self.seen_debrief(number, page, version)
            if not is_valid_debrief(entries):
                raise RefusedByModel("Invalid")
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")

            def shown(opportunity):
                return [(seen.debrief[name], opportunity.debrief[name]) for name in entries]

            def write(opportunity, values):
                def change(after):
                    given = dict(zip(entries, values, strict=True))
                    merged = {
                        name: expected.merged(given[name], seen.debrief[name], after.debrief[name]) for name in entries
                    }
                    if not is_valid_debrief(given) or not is_valid_debrief(merged):
                        raise RefusedByModel("Invalid")
                    after.debrief = merged

                return opportunity.write_when_closed(actor, change)

            return write_or_the_rest(trial, list(entries.values()), shown, write)

        posted = debrief_fields(entries) | self.version_field(page, version)
        where = self.url("debrief_edit", number, page.debrief)
        self.send(number, self.person(who, number), act, where, posted)

    @operation(2, which=which, who=users, is_open=st.booleans(), age=ages, version=versions)
    def remove_debrief(self, which, who, is_open, age, version):
        number = self.pick(which, is_open=is_open)
        page = self.page_with_debrief(number, age, which, is_open)

        def act(trial, actor):
            seen = self.seen_debrief(number, page, version)
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")
            return trial.write_when_closed(actor, lambda after: after.remove_debrief(seen))

        where = self.url("debrief_remove", number, page.debrief)
        self.send(number, self.person(who, number), act, where, self.version_field(page, version))

    def page_with_debrief(self, number, age, which, is_open):
        """The page of that age, or the one of now. Its owner files the debrief first, if there is none."""
        if not self.page(number).debrief:
            entries = {"went_well": "They listened.", "went_badly": "", "why": "", "price_gap": None}
            self.file_debrief(which, "owner", is_open, entries, completes=False, age=0, version="shown")
        page = self.page(number, age)
        return page if page.debrief else self.page(number)

    def seen_debrief(self, number, page, version):
        """The opportunity that a write of the debrief of this page is compared with. Refused if that was removed."""
        seen = self.seen_opportunity(page, version)
        if self.page(number).debrief != page.debrief:
            raise RefusedByModel("Removed")
        return seen

    @operation(
        5,
        which=which,
        who=users,
        day=st.sampled_from([PAST_DAY, PAST_DAY, PAST_DAY, FUTURE_DAY]),
        attendees=st.lists(st.sampled_from(CONTACTS), max_size=2, unique=True),
        place=st.one_of(st.none(), st.integers(0, 5)),
        completes=rarely,
        age=ages,
        version=versions,
    )
    def present(self, which, who, day, attendees, place, completes, age, version):
        """To stakeholders of the page, with a file of the page; both may have been removed since."""
        number = self.pick(which)
        page = self.page(number, age)
        step = reference_model.COMPLETED_BY["presentation"] if completes else None
        file = page.opportunity.files[place % len(page.files)].key if page.files and place is not None else None
        present = [name for name in attendees if name in page.opportunity.stakeholders]

        def act(trial, actor):
            trial.require_open(actor)
            self.refuse_entries(version, day == PAST_DAY)
            change = self.row_added(number, age, version, step, lambda after: after.present(present, file))
            return trial.write(actor, change)

        posted = {"kind": "proposal", "held_on": str(day), "file": page.files.get(file, "")}
        posted["attendees"] = [str(self.data.contacts[name].pk) for name in present]
        posted = self.form_to_add(number, age, version, step, posted)
        self.send(number, self.person(who, number), act, self.url("presentation_add", number), posted)

    @operation(3, which=which, who=users, place=st.integers(0, 5), age=ages, version=versions)
    def remove_presentation(self, which, who, place, age, version):
        number = self.pick(which)
        page = self.page_with_presentations(number, age, which)
        if not page.presentations:  # it is closed
            return
        old = page.opportunity.presentations[place % len(page.presentations)]

        def act(trial, actor):
            seen = self.seen_presentation(trial, actor, old, page, version)
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")
            return trial.write(actor, lambda after: after.remove_presentation(old.key, seen))

        where = self.url("presentation_remove", number, page.presentations[old.key])
        self.send(number, self.person(who, number), act, where, self.version_field(page, version))

    @operation(
        4,
        which=which,
        who=users,
        place=st.integers(0, 5),
        attendees=st.lists(st.sampled_from(CONTACTS), max_size=2, unique=True),
        file=st.one_of(st.none(), st.integers(0, 5)),
        day=st.sampled_from([PAST_DAY, PAST_DAY, PAST_DAY, FUTURE_DAY]),
        age=ages,
        version=versions,
    )
    def change_presentation(self, which, who, place, attendees, file, day, age, version):
        """To stakeholders of the page, or those who were there, with a file of the page."""
        number = self.pick(which)
        page = self.page_with_presentations(number, age, which)
        if not page.presentations:  # it is closed
            return
        old = page.opportunity.presentations[place % len(page.presentations)]
        key = page.opportunity.files[file % len(page.files)].key if page.files and file is not None else None
        present = tuple(sorted(name for name in attendees if name in {*page.opportunity.stakeholders, *old.attendees}))

        def act(trial, actor):
            seen = self.seen_presentation(trial, actor, old, page, version)
            now = trial.presentation(old.key)
            trial.refuse_not_offered(present, key, before=now.attendees)
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")
            if day != PAST_DAY:
                raise RefusedByModel("Invalid")

            def shown(opportunity):
                now = opportunity.presentation(old.key)
                return [(list(old.attendees), list(now.attendees)), (old.file, now.file)]

            def write(opportunity, values):
                pairs = [(mine, *each) for mine, each in zip(values, shown(opportunity), strict=True)]
                people, file = (expected.merged(*each) for each in pairs)
                return opportunity.write(
                    actor, lambda after: after.change_presentation(old.key, attendees=tuple(people), file=file)
                )

            return write_or_the_rest(trial, [list(present), key], shown, write)

        posted = {"kind": "proposal", "held_on": str(day), "file": page.files.get(key, "")}
        posted["attendees"] = [str(self.data.contacts[name].pk) for name in present]
        where = self.url("presentation_edit", number, page.presentations[old.key])
        self.send(number, self.person(who, number), act, where, posted | self.version_field(page, version))

    def page_with_presentations(self, number, age, which):
        """The page of that age, or the one of now. Its owner enters a presentation first, if there is none."""
        if not self.page(number).presentations:
            self.present(which, "owner", PAST_DAY, [], place=None, completes=False, age=0, version="shown")
        page = self.page(number, age)
        return page if page.presentations else self.page(number)

    def seen_presentation(self, trial, actor, old, page, version):
        """The opportunity that a write of this presentation is compared with. Refused if that was removed."""
        if trial.presentation(old.key) is None:
            self.refuse_unnamed(version)
            raise RefusedByModel("Removed")
        trial.require_open(actor)
        return self.seen_opportunity(page, version)
