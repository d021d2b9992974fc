"""The operations on notes. A closed opportunity takes them, too."""

from hypothesis import strategies as st

from salesflow import once
from tests.support.machine import expected
from tests.support.machine.choices import ages, users, versions, which
from tests.support.machine.core import FUTURE_VERSION, Machine, operation
from tests.support.machine.names import CONTACTS
from tests.support.machine.partly import write_or_the_rest
from tests.support.reference_model import RefusedByModel

texts = st.sampled_from(["They called.", f"{CONTACTS[0]} called.", "", " \u200b"])
kinds = st.sampled_from(["meeting", "meeting", "approach", "secret"])
COLUMNS = ("text", "kind", "is_pinned")


def is_valid(text, kind):
    return text.strip(" \u200b") and kind != "secret"


class Notes(Machine):
    """Writes, pins, changes and removes notes."""

    @operation(4, which=which, who=users, is_open=st.booleans(), text=texts, kind=kinds, age=ages, version=versions)
    def add_note(self, which, who, is_open, text, kind, age, version):
        number = self.pick(which, is_open=is_open)

        def act(trial, actor):
            self.refuse_entries(version, is_valid(text, kind))
            change = self.row_added(number, age, version, None, lambda after: after.add_note(text, kind))
            return trial.write_when_closed(actor, change)

        posted = {"text": text, "kind": kind, **self.version_field(self.page(number, age), version)}
        posted = {f"add-{name}": value for name, value in (posted | {"token": once.new_token()}).items()}
        self.send(number, self.person(who, number), act, self.url("note_add", number), posted)

    @operation(
        4,
        which=which,
        who=users,
        is_open=st.booleans(),
        place=st.integers(0, 3),
        value=st.sampled_from(["on", "off"]),
        age=ages,
        version=versions,
    )
    def pin_note(self, which, who, is_open, place, value, age, version):
        number, page, old = self.page_with_note(which, is_open, place, age)

        def act(trial, actor):
            seen = self.seen_with_note(trial, page, old, version)
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")
            pinned = expected.merged(value == "on", old.is_pinned, trial.note(old.key).is_pinned)
            return trial.write_when_closed(actor, lambda after: after.change_note(old.key, is_pinned=pinned))

        posted = {"is_pinned": value, **self.version_field(page, version)}
        where = self.url("note_pin", number, page.notes[old.key])
        self.send(number, self.person(who, number), act, where, posted)

    @operation(
        5,
        which=which,
        who=users,
        is_open=st.booleans(),
        place=st.integers(0, 3),
        text=texts,
        kind=kinds,
        is_pinned=st.booleans(),
        age=ages,
        version=versions,
    )
    def change_note(self, which, who, is_open, place, text, kind, is_pinned, age, version):
        number, page, old = self.page_with_note(which, is_open, place, age)

        def act(trial, actor):
            seen = self.seen_with_note(trial, page, old, version)
            if not is_valid(text, kind):
                raise RefusedByModel("Invalid")
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")

            def shown(opportunity):
                now = opportunity.note(old.key)
                return [(getattr(old, name), getattr(now, name)) for name in COLUMNS]

            def write(opportunity, values):
                pairs = [(mine, *each) for mine, each in zip(values, shown(opportunity), strict=True)]
                changed = dict(zip(COLUMNS, (expected.merged(*each) for each in pairs), strict=True))
                return opportunity.write_when_closed(actor, lambda after: after.change_note(old.key, **changed))

            return write_or_the_rest(trial, [text, kind, is_pinned], shown, write)

        posted = {"text": text, "kind": kind, **({"is_pinned": "on"} if is_pinned else {})}
        where = self.url("note_edit", number, page.notes[old.key])
        self.send(number, self.person(who, number), act, where, posted | self.version_field(page, version))

    @operation(3, which=which, who=users, is_open=st.booleans(), place=st.integers(0, 3), age=ages, version=versions)
    def remove_note(self, which, who, is_open, place, age, version):
        number, page, old = self.page_with_note(which, is_open, place, age)

        def act(trial, actor):
            seen = self.seen_with_note(trial, page, old, version)
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")
            return trial.write_when_closed(actor, lambda after: after.remove_note(old.key, seen))

        where = self.url("note_remove", number, page.notes[old.key])
        self.send(number, self.person(who, number), act, where, self.version_field(page, version))

    def page_with_note(self, which, is_open, place, age):
        """The page of that age, or the one of now, and a note of it. Its owner writes one first, if there is none."""
        number = self.pick(which, is_open=is_open)
        if not self.page(number).notes:
            same = {"who": "owner", "which": which, "is_open": is_open, "age": 0, "version": "shown"}
            self.add_note(text="They called.", kind="meeting", **same)
        page = self.page(number, age)
        page = page if page.notes else self.page(number)
        return number, page, page.opportunity.notes[place % len(page.notes)]

    def seen_with_note(self, trial, page, old, version):
        """The opportunity that a write of this note is compared with. Refused if that was removed."""
        seen = self.seen_opportunity(page, version)
        if trial.note(old.key) is None:
            raise RefusedByModel("Removed")
        return seen
