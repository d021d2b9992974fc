"""The operations on files."""

from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import strategies as st

from tests.support import factories, reference_model
from tests.support.machine import expected
from tests.support.machine.choices import ages, rarely, users, versions, which
from tests.support.machine.core import FUTURE_VERSION, Machine, operation
from tests.support.machine.partly import write_or_the_rest
from tests.support.reference_model import RefusedByModel

contents = st.sampled_from([factories.PDF] * 6 + [b"MZ\x90\x00", b"", None])


class Files(Machine):
    """Uploads files and versions of them, and removes them."""

    @operation(
        5,
        which=which,
        who=users,
        is_open=st.booleans(),
        kind=st.sampled_from(reference_model.FILE_KINDS),
        content=contents,
        completes=rarely,
        age=ages,
        version=versions,
    )
    def upload(self, which, who, is_open, kind, content, completes, age, version):
        number = self.pick(which, is_open=is_open)
        step = reference_model.COMPLETED_BY["file"] if completes else None

        def act(trial, actor):
            self.refuse_entries(version, content == factories.PDF)
            change = self.row_added(number, age, version, step, lambda after: after.add_file(kind))
            return trial.write_when_closed(actor, change)

        posted = self.form_to_add(number, age, version, step, {"kind": kind})
        files = [SimpleUploadedFile("Offer.pdf", content)] if content is not None else []
        self.send(number, self.person(who, number), act, self.url("attachment_add", number), posted, files)

    @operation(
        5,
        which=which,
        who=users,
        is_open=st.booleans(),
        place=st.integers(0, 5),
        content=contents,
        age=ages,
        version=versions,
        is_sent_twice=st.booleans(),
    )
    def upload_a_version(self, which, who, is_open, place, content, age, version, is_sent_twice):
        """Of a file of the page, which may have got another version since, or may be removed."""
        number = self.pick(which, is_open=is_open)
        who, page = self.person(who, number), self.page_with_files(number, age, which, is_open)
        old = page.opportunity.files[place % len(page.files)]

        def act(trial, actor):
            self.refuse_unnamed(version)
            if trial.file_version(old.key) is None:
                raise RefusedByModel("Removed")
            self.refuse_entries(version, content == factories.PDF)
            change = self.row_added(number, age, version, None, lambda after: after.add_file(old.kind, old))
            return trial.write_when_closed(actor, change)

        posted = self.form_to_add(number, age, version, None, {"kind": old.kind})
        where = self.url("attachment_version", number, page.files[old.key])
        sent = [SimpleUploadedFile("Offer.pdf", content)] if content is not None else []
        answer = self.send(number, who, act, where, posted, sent)
        if is_sent_twice and answer.status_code == 303:
            self.post_and_compare(who, {}, where, posted, {303}, [SimpleUploadedFile("Offer.pdf", content)])

    @operation(
        4,
        which=which,
        who=users,
        is_open=st.booleans(),
        place=st.integers(0, 5),
        with_earlier=st.booleans(),
        age=ages,
        version=versions,
    )
    def remove_file(self, which, who, is_open, place, with_earlier, age, version):
        number = self.pick(which, is_open=is_open)
        page = self.page_with_files(number, age, which, is_open)
        old = page.opportunity.files[place % len(page.files)]

        def act(trial, actor):
            seen = self.seen_opportunity(page, version)
            if trial.file_version(old.key) is None:
                raise RefusedByModel("Removed")
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")
            return trial.write_when_closed(
                actor, lambda after: after.remove_file(old, with_earlier=with_earlier, seen=seen)
            )

        posted = self.version_field(page, version) | ({"with_earlier": "on"} if with_earlier else {})
        where = self.url("attachment_remove", number, page.files[old.key])
        self.send(number, self.person(who, number), act, where, posted)

    @operation(
        4,
        which=which,
        who=users,
        is_open=st.booleans(),
        place=st.integers(0, 5),
        name=st.sampled_from(["Offer.pdf", "Final offer.pdf", "Plan.pdf", "", " \u200b"]),
        kind=st.sampled_from([*reference_model.FILE_KINDS, *reference_model.FILE_KINDS, "secret"]),
        age=ages,
        version=versions,
    )
    def change_file(self, which, who, is_open, place, name, kind, age, version):
        """Renames a version of a file of the page, and sets its kind."""
        number = self.pick(which, is_open=is_open)
        page = self.page_with_files(number, age, which, is_open)
        old = page.opportunity.files[place % len(page.files)]

        def act(trial, actor):
            seen = self.seen_opportunity(page, version)
            now = trial.file_version(old.key)
            if now is None:
                raise RefusedByModel("Removed")
            self.refuse_entries(version, name.strip(" \u200b") and kind in reference_model.FILE_KINDS)
            if seen is FUTURE_VERSION:
                raise RefusedByModel("Gone")

            def shown(opportunity):
                now = opportunity.file_version(old.key)
                return [(old.name, now.name), (old.kind, now.kind)]

            def write(opportunity, values):
                pairs = [(mine, *each) for mine, each in zip(values, shown(opportunity), strict=True)]
                changed = dict(zip(("name", "kind"), (expected.merged(*each) for each in pairs), strict=True))
                return opportunity.write_when_closed(actor, lambda after: after.change_file(old.key, **changed))

            return write_or_the_rest(trial, [name, kind], shown, write)

        posted = {"name": name, "kind": kind} | self.version_field(page, version)
        where = self.url("attachment_edit", number, page.files[old.key])
        self.send(number, self.person(who, number), act, where, posted)

    def page_with_files(self, number, age, which, is_open):
        """The page of that age, or the one of now. Its owner uploads a file first, if there is none."""
        if not self.page(number).files:
            same = {"who": "owner", "which": which, "is_open": is_open, "age": 0, "version": "shown"}
            self.upload(kind="proposal", content=factories.PDF, completes=False, **same)
        page = self.page(number, age)
        return page if page.files else self.page(number)
