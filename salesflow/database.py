"""The settings of the database, and of the caches that are tables in it."""

import os
import tempfile
from pathlib import Path
from typing import Any

SQLITE = {
    "transaction_mode": "IMMEDIATE",  # otherwise a transaction that reads before it writes fails without a wait
    "timeout": 20,
    "init_command": "PRAGMA synchronous=FULL",  # a confirmed change survives a power cut
}
TIMEOUTS = "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
# To compile a query costs more than a second where a report expects many rows, and saves less. With 4 MB, as usual, the
# sorts of a report go to the disk.
# The cost of a page is that of memory, or of a disk without moving parts. With 4, as usual, the few opportunities of a
# salesperson are found by a scan of all.
# The threshold is that of `customers.duplicates`.
PLANNING = "-c jit=off -c work_mem=32MB -c random_page_cost=1.1"
POSTGRESQL = {"options": f"{TIMEOUTS} {PLANNING} -c pg_trgm.similarity_threshold=0.6"}

# `default` counts sign-ins, `once` stores the forms that were sent (salesflow/once.py). All workers share them. The
# migrations of users make the tables.
CACHES = {
    "default": {
        "BACKEND": "salesflow.cache.SharedCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "once": {
        "BACKEND": "salesflow.cache.KeptCache",
        "LOCATION": "sent_forms",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}


def with_options(address: dict[str, Any]) -> dict[str, Any]:
    """The address with the options of its kind of database. An option in the address wins."""
    options = address.get("OPTIONS", {})
    if address["ENGINE"] == "django.db.backends.sqlite3":
        # A file, because threads cannot share a database in memory; one per run, so that two runs do not conflict.
        of_tests = str(Path(tempfile.gettempdir()) / f"salesflow-test-{os.getpid()}.sqlite3")
        return address | {"OPTIONS": SQLITE | options, "TEST": {"NAME": of_tests}}
    return address | {"OPTIONS": POSTGRESQL | options, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
