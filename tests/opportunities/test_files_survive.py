"""A file and its row appear together or not at all: when the worker is killed, and when the disk is full."""

import contextlib
import os
import pathlib
import resource
import signal
import time

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from opportunities.editing import attachments, stored_files
from opportunities.models import Attachment
from opportunities.verify import files, run
from salesflow import private_files
from tests.support import factories
from tests.support.factories import PDF, OpportunityFactory, upload

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
    pathlib.Path(private_files.storage().path(attachment.storage_name)).write_bytes(content)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"kind": "secret"}, "of an unknown kind"),
        ({"name": "\u2065"}, "without a visible name"),
        ({"is_latest": False}, "whose latest version is not its last one"),
        ({"storage_name": "elsewhere"}, "its history has other values than its attachment"),
    ],
)
def test_verify_finds_a_row_that_was_changed_past_editing(rep, columns, said):
    upload(OpportunityFactory(owner=rep))

    QuerySet(Attachment).update(**columns)

    assert any(said in fault.what for fault in run.faults())
