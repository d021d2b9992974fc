"""A file and its row appear together or not at all: when the worker is killed, and when the disk is full."""

import contextlib
import io
import os
import pathlib
import resource
import signal
import time

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from PIL import Image

from opportunities.editing import attachments, stored_files
from opportunities.models import Attachment, AttachmentPreview
from opportunities.models.attachments import PREVIEW
from opportunities.verify import files, run
from salesflow import private_files
from tests.support import factories
from tests.support.factories import PDF, OpportunityFactory, upload
from tests.support.meanwhile import failing

HOURS_AGO = 3 * files.SAFE_AGE.total_seconds()

KILLED_AT = {
    "before the write": (pathlib.Path, "open"),
    "before the file is flushed": (os, "fsync"),
    "before the rename": (pathlib.Path, "rename"),
    "before the commit": (BaseDatabaseWrapper, "_commit"),
}


def in_another_process(act):
    """Runs the function in a copy of this process. Returns the signal that killed it, or 0."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            act()
            os._exit(0)
        os._exit(1)
    status = os.waitpid(child, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)


def kill_at(owner, name):
    """From now on, a call of this function kills the process."""
    setattr(owner, name, lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL))


def grow_old():
    """Makes all private files older than an upload can last."""
    then = time.time() - HOURS_AGO
    for name in private_files.every_name():
        os.utime(private_files.storage().path(name), (then, then))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("owner", "name"), KILLED_AT.values(), ids=KILLED_AT)
def test_a_worker_that_is_killed_leaves_no_row_without_file_and_after_the_sweep_no_file_without_row(rep, owner, name):
    opportunity = OpportunityFactory(owner=rep)
    kept = upload(opportunity)

    def killed():
        kill_at(owner, name)
        upload(opportunity, name="Lost.pdf", content=b"%PDF-" + b"x" * 100_000)

    assert in_another_process(killed) == signal.SIGKILL

    assert Attachment.objects.get() == kept
    assert list(run.faults()) == []  # what is left behind is too young to be an orphan for certain
    grow_old()
    call_command("verify", sweep=True)
    assert list(private_files.every_name()) == [kept.storage_name]


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_stores_neither_row_nor_file(rep):
    opportunity = OpportunityFactory(owner=rep)

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        with pytest.raises(stored_files.StorageFailed):
            upload(opportunity, content=b"%PDF-" + b"x" * 100_000)

    assert in_another_process(full) == 0
    assert not Attachment.objects.exists()
    assert list(private_files.every_name()) == []


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_leaves_neither(rep):
    opportunity = OpportunityFactory(owner=rep)
    first = upload(opportunity)
    version = factories.reread(opportunity).version

    with pytest.raises(attachments.Refused):
        upload(opportunity, name="\u202e", content=PDF + b"2")

    assert factories.reread(opportunity).version == version
    assert list(private_files.every_name()) == [first.storage_name]


def failing_commit(owner):
    raise OperationalError("disk I/O error")


@pytest.mark.django_db(transaction=True)
def test_an_error_of_the_database_leaves_neither_row_nor_file(rep, monkeypatch):
    opportunity = OpportunityFactory(owner=rep)
    version = factories.reread(opportunity).version

    with pytest.raises(OperationalError), failing("INSERT INTO .opportunities_event", OperationalError("I/O error")):
        upload(opportunity)
    with monkeypatch.context() as changed:
        changed.setattr(BaseDatabaseWrapper, "_commit", failing_commit)
        with pytest.raises(OperationalError):
            upload(opportunity)

    assert not Attachment.objects.exists()
    assert factories.reread(opportunity).version == version
    assert list(private_files.every_name()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_committed", [True, False])
def test_a_commit_without_an_answer_leaves_no_row_without_its_file(rep, monkeypatch, is_committed):
    """The connection breaks before the answer. The database may have committed, or may still do so."""
    opportunity = OpportunityFactory(owner=rep)
    commit = BaseDatabaseWrapper._commit

    def broken(connection):
        if is_committed:
            commit(connection)
        connection.close()
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as changed:
        changed.setattr(BaseDatabaseWrapper, "_commit", broken)
        with pytest.raises(OperationalError):
            upload(opportunity)

    assert Attachment.objects.count() == int(is_committed)
    assert len(list(private_files.every_name())) == 1
    grow_old()
    call_command("verify", sweep=True)
    assert len(list(private_files.every_name())) == int(is_committed)


@pytest.mark.django_db
def test_verify_finds_files_and_rows_that_do_not_fit(rep):
    opportunity = OpportunityFactory(owner=rep)
    gone, shorter, changed = (upload(opportunity) for _ in range(3))
    private_files.storage().delete(gone.storage_name)
    overwrite(shorter, PDF[:-1])
    overwrite(changed, PDF[:-1] + b"?")
    orphan = private_files.storage().save(private_files.new_name(), ContentFile(b"x"))
    grow_old()

    found = [fault.what for fault in run.faults()]

    assert len(found) == 4
    assert f"the content of its file {gone.pk} (“Offer.pdf”) is missing: {gone.storage_name}" in found
    assert f"its file {shorter.pk} (“Offer.pdf”) has {len(PDF) - 1} bytes instead of {len(PDF)}" in found
    assert f"the content of its file {changed.pk} (“Offer.pdf”) has changed: another SHA-256" in found
    assert f"no opportunity has {orphan}; `manage.py verify --sweep` deletes it" in found


def overwrite(attachment, content):
    _overwrite(attachment.storage_name, content)


def _overwrite(name, content):
    pathlib.Path(private_files.storage().path(name)).write_bytes(content)


def picture(kind):
    written = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(written, kind)
    return written.getvalue()


@pytest.mark.django_db
def test_verify_finds_previews_and_pictures_that_do_not_fit(rep):
    opportunity = OpportunityFactory(owner=rep)
    whole, gone, cut, other, photo, short, given_up = (upload(opportunity) for _ in range(7))
    for each in (whole, gone, cut, other):
        factories.add_preview(each, content=picture("PNG"))
    for each in (photo, short):
        factories.add_preview(each, content=picture("JPEG"), content_type="image/jpeg")
    private_files.storage().delete(gone.preview_name)
    _overwrite(cut.preview_name, picture("PNG")[:-20])
    _overwrite(other.preview_name, b"<svg onload=alert(1)>")
    _overwrite(short.preview_name, picture("JPEG")[:-20])
    factories.add_preview(given_up, content=picture("PNG"))
    AttachmentPreview.objects.filter(attachment=given_up).update(state=AttachmentPreview.State.FAILED)
    grow_old()

    found = [fault.what for fault in run.faults()]

    assert len(found) == 5
    assert f"the preview of its file {gone.pk} (“Offer.pdf”) is missing: {gone.preview_name}" in found
    for each in (cut, other, short):
        assert any(f"the preview of its file {each.pk} (“Offer.pdf”) cannot be read" in what for what in found)
    assert f"no opportunity has {given_up.preview_name}; `manage.py verify --sweep` deletes it" in found


@pytest.mark.django_db
def test_the_sweep_deletes_pictures_that_no_preview_has_and_leaves_the_others(rep):
    opportunity = OpportunityFactory(owner=rep)
    shown, waiting, failed, text = (upload(opportunity) for _ in range(4))
    for each in (shown, waiting, failed, text):
        factories.add_preview(each, content=picture("PNG"))
    AttachmentPreview.objects.filter(attachment=waiting).update(state=AttachmentPreview.State.WAITING)
    AttachmentPreview.objects.filter(attachment=failed).update(state=AttachmentPreview.State.FAILED)
    AttachmentPreview.objects.filter(attachment=text).delete()
    removed = private_files.storage().save(f"{private_files.new_name()}{PREVIEW}", ContentFile(b"x"))
    grow_old()

    call_command("verify", sweep=True)

    left = set(private_files.every_name())
    assert {shown.preview_name, waiting.preview_name} <= left
    assert not {failed.preview_name, text.preview_name, removed} & left
    assert len(left) == 6


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"kind": "secret"}, "has an unknown kind: “secret”"),
        ({"name": "\u2065"}, "without a visible name"),
        ({"is_latest": False}, "whose latest version is not its last one"),
        ({"storage_name": "elsewhere"}, "its history has other values than its attachment"),
    ],
)
def test_verify_finds_a_row_that_was_changed_past_editing(rep, columns, said):
    upload(OpportunityFactory(owner=rep))

    QuerySet(Attachment).update(**columns)

    assert any(said in fault.what for fault in run.faults())
