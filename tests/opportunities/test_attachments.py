"""Files of an opportunity: the rules, as functions of the domain."""

import copy
import hashlib
import pathlib

import pytest
from django.db.models.base import ModelState

from opportunities import transitions
from opportunities.activities.sources import events_of
from opportunities.activities.timeline import entries
from opportunities.editing import attachments, deletion, editing
from opportunities.models import Attachment, UnguardedWrite, write_guard
from opportunities.verify import run
from salesflow import private_files
from salesflow.users.models import SALES_MANAGER
from tests.support import factories
from tests.support.db_assertions import refused, unchanged
from tests.support.factories import DAY, HOUR, NOW, PDF, OpportunityFactory, change_row, reread, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def opportunity(rep):
    return OpportunityFactory(owner=rep)


def faults():
    """The faults that `verify` finds. What the process asks for since a stage was passed is none."""
    return [fault for fault in run.faults() if not fault.is_stricter_later]


def read(attachment):
    with private_files.storage().open(attachment.storage_name) as file:
        return file.read()


def remove(attachment, at=NOW, **how):
    with editing(reread(attachment.opportunity), by=attachment.created_by, at=at, closed="allow") as record:
        attachments.remove(record.attachments.get(pk=attachment.pk), **how)


def sentences(opportunity, reader):
    return [entry.sentence for entry in entries(events_of(opportunity), reader=reader, stages=[])]


# Adding


def test_a_file_says_what_it_is_and_who_uploaded_it(opportunity, manager):
    file = upload(opportunity, by=manager, at=NOW + HOUR, kind="proposal")

    assert (file.name, file.kind, file.content_type) == ("Offer.pdf", "proposal", "application/pdf")
    assert (file.created_by, file.created_at) == (manager, NOW + HOUR)
    assert (file.size, file.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert read(file) == PDF
    assert faults() == []


def test_the_name_in_the_storage_says_nothing_about_the_file(opportunity):
    first, second = upload(opportunity), upload(opportunity)

    assert first.storage_name != second.storage_name
    assert "Offer" not in first.storage_name + second.storage_name
    assert sorted(private_files.every_name()) == sorted([first.storage_name, second.storage_name])


def test_a_new_version_keeps_the_old_ones(opportunity):
    first = upload(opportunity, kind="proposal")
    second = upload(opportunity, content=PDF + b"2", kind="proposal", version_of=first)
    third = upload(opportunity, content=PDF + b"3", kind="proposal", version_of=first)

    assert list(Attachment.objects.values_list("number", "is_latest")) == [(1, False), (2, False), (3, True)]
    assert {each.series for each in (first, second, third)} == {first.series}
    assert [read(each) for each in (first, second, third)] == [PDF, PDF + b"2", PDF + b"3"]
    assert faults() == []


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "x" * 256, "Offer\u202efdp.exe", "a\x00b"])
def test_a_name_that_is_empty_too_long_or_misleads_is_refused_and_no_file_stays(opportunity, name):
    with refused(transitions.InvalidEntry) as caught:
        upload(opportunity, name=name)

    assert list(caught.value.errors) == ["name"]
    assert list(private_files.every_name()) == []


def test_a_file_that_is_refused_leaves_nothing_behind(opportunity, colleague, rep):
    with refused(transitions.NotAllowed):
        upload(opportunity, by=colleague)
    with refused(transitions.InvalidEntry):
        upload(opportunity, kind="secret")
    elsewhere = upload(OpportunityFactory(owner=rep))
    with refused(attachments.Gone):
        upload(opportunity, version_of=elsewhere)

    assert list(private_files.every_name()) == [elsewhere.storage_name]


def test_an_opportunity_has_a_limit_of_files(opportunity):
    first = upload(opportunity)
    with write_guard.guarded_every():
        Attachment.objects.bulk_create(copies_of(first, attachments.MOST_ROWS - 1))

    with refused(attachments.TooManyFiles):
        upload(opportunity)


def copies_of(file, count):
    """As many rows of other files, not saved."""
    for number in range(count):
        other = copy.copy(file)
        other.pk, other.series, other.storage_name = None, f"series {number}", f"name {number}"
        other._state = ModelState()
        yield other


def test_a_file_is_not_written_outside_editing(opportunity):
    with refused(UnguardedWrite):
        Attachment(opportunity=opportunity, name="x.pdf", size=1, created_at=NOW, created_by=opportunity.owner).save()


def test_a_closed_opportunity_takes_files(rep):
    opportunity = factories.won_opportunity(owner=rep)

    file = upload(opportunity, kind="debrief")
    change_row_of_closed(file, kind="other")
    remove(file)

    assert not Attachment.objects.exists()
    assert faults() == []


def change_row_of_closed(file, **entries):
    with editing(reread(file.opportunity), by=file.created_by, at=NOW, closed="allow") as record:
        attachments.change(record.attachments.get(pk=file.pk), **entries)


# Changing and removing


def test_a_name_of_nothing_visible_is_refused_although_its_ending_would_show(opportunity):
    file = upload(opportunity)

    with unchanged(), pytest.raises(transitions.InvalidEntry):
        change_row_of_closed(file, name=" \u200b")


def test_a_renamed_file_keeps_an_ending_that_fits_its_content(opportunity):
    file = upload(opportunity)

    for typed, name in (("Offer 2", "Offer 2.pdf"), ("Offer 3.PDF", "Offer 3.PDF"), ("run.exe", "run.exe.pdf")):
        change_row_of_closed(file, name=typed)
        assert Attachment.objects.get().name == name


def test_the_file_of_a_removed_row_is_deleted_after_the_commit(opportunity, django_capture_on_commit_callbacks):
    kept, removed = upload(opportunity), upload(opportunity)

    with django_capture_on_commit_callbacks(execute=True):
        remove(removed)
        assert len(list(private_files.every_name())) == 2

    assert list(private_files.every_name()) == [kept.storage_name]
    assert faults() == []


def test_a_file_that_the_storage_does_not_delete_is_logged_and_its_row_is_removed(
    opportunity, caplog, django_capture_on_commit_callbacks
):
    file = upload(opportunity)

    with django_capture_on_commit_callbacks(execute=True):
        remove(file)
        folder = pathlib.Path(private_files.storage().path(file.storage_name))
        folder.unlink()
        folder.mkdir()  # no file, so it cannot be deleted as one
        (folder / "inside").touch()

    assert f"The file {file.storage_name} was not deleted." in caplog.text
    assert not Attachment.objects.exists()


def test_removing_the_last_version_makes_the_one_before_it_the_latest(opportunity):
    first = upload(opportunity)
    second = upload(opportunity, version_of=first)
    third = upload(opportunity, version_of=first)

    remove(second)
    remove(third)

    assert Attachment.objects.get(is_latest=True) == first
    assert faults() == []


def test_a_file_is_removed_with_its_earlier_versions(opportunity):
    first, other = upload(opportunity), upload(opportunity)
    second = upload(opportunity, version_of=first)

    remove(second, with_earlier=True)

    assert Attachment.objects.get() == other
    assert faults() == []


def test_a_refused_removal_keeps_the_file(opportunity, colleague, django_capture_on_commit_callbacks):
    file = upload(opportunity)

    with django_capture_on_commit_callbacks(execute=True), refused(transitions.NotAllowed):
        factories.remove(file, by=colleague)

    assert read(file) == PDF


def test_deleting_an_opportunity_deletes_its_files(opportunity, django_capture_on_commit_callbacks):
    root = factories.UserFactory(is_superuser=True, role=SALES_MANAGER)
    upload(opportunity)

    with django_capture_on_commit_callbacks(execute=True):
        deletion.delete(opportunity=opportunity, by=root, at=NOW)

    assert not Attachment.objects.exists()
    assert list(private_files.every_name()) == []


def test_writing_nothing_new_writes_nothing(opportunity):
    file = upload(opportunity)

    with unchanged():
        change_row(file, name=file.name)


# The timeline


def test_the_timeline_says_what_happened_to_a_file(opportunity, rep):
    first = upload(opportunity, at=NOW + DAY, kind="proposal")
    second = upload(opportunity, at=NOW + 2 * DAY, kind="proposal", version_of=first)
    change_row(second, at=NOW + 3 * DAY, name="Final.pdf", kind="final_proposal")
    remove(second, at=NOW + 4 * DAY)

    kind = "set Kind of the file “Final.pdf” to Final proposal (was Proposal)"
    assert sentences(opportunity, rep)[:4] == [
        "removed version 2 of the file “Final.pdf” (Final proposal)",
        f"renamed the file “Offer.pdf” to “Final.pdf” and {kind}",
        "uploaded version 2 of the file “Offer.pdf” (Proposal)",
        "uploaded the file “Offer.pdf” (Proposal)",
    ]
