"""Settings from the environment. An invalid value stops the start with one sentence."""

import os
import re
import sqlite3
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest
from django.db import connections

from salesflow.checks import check_journal_mode, wal_is_safe

pytestmark = pytest.mark.sweep

MISSING = (
    "links in mails need the address of the site, such as BASE_URL=https://sales.example.com. "
    "For plain http on this machine set HTTPS=False."
)
NO_SITE = "is not the address of a site. Write it like https://sales.example.com, without a path."
NO_DATABASE = (
    "DATABASE_URL is not the address of a database. Write it like postgres://user:password@host:5432/salesflow."
)
NO_MAIL_SERVER = "EMAIL_URL is not the address of a mail server. Write it like smtp+tls://user:password@host:587."
TOP = Path(__file__).resolve().parent.parent


READ = "s.HTTPS, s.DEBUG, s.BASE_URL, s.ALLOWED_HOSTS, s.PROXIES"


def start(folder, printing=READ, **environment):
    """Starts manage.py with this environment and without .env."""
    needed = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "SECRET_KEY": "x", "HTTPS": "False"}
    code = (
        "import environ; environ.Env.read_env = lambda *args, **options: None; import manage; "
        "import sys; sys.argv = ['manage.py', 'shell', '--no-imports', '-c', "
        f"'from django.conf import settings as s; print({printing})']; "
        "manage.main()"
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=TOP, env=needed | environment, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"HTTPS": "nei"}, "HTTPS=nei is neither on nor off. Write HTTPS=True or HTTPS=False."),
        ({"HTTPS": "ture"}, "HTTPS=ture is neither on nor off. Write HTTPS=True or HTTPS=False."),
        ({"DEBUG": "ja"}, "DEBUG=ja is neither on nor off. Write DEBUG=True or DEBUG=False."),
        ({"PROXIES": "one"}, "PROXIES=one is not a whole number, such as 0."),
        ({"PROXIES": "-1"}, "PROXIES=-1 is not a whole number, such as 0."),
        ({"DEFAULT_LANGUAGE": "sv"}, "DEFAULT_LANGUAGE=sv is not known. Write one of: en, nb."),
        (
            {"DATA_DIR": "/dev/null"},
            "DATA_DIR=/dev/null is not a folder, and cannot be made: [Errno 17] File exists: '/dev/null'",
        ),
        ({"TIME_ZONE": "Oslo"}, "TIME_ZONE=Oslo is not a time zone, such as Europe/Oslo."),
        ({"TIME_ZONE": "../x"}, "TIME_ZONE=../x is not a time zone, such as Europe/Oslo."),
        ({"CURRENCY": "Kroner"}, "CURRENCY=Kroner is not the code of a currency, such as NOK."),
        ({"CURRENCY": "kr"}, "CURRENCY=kr is not the code of a currency, such as NOK."),
        ({"CURRENCY": "N0K"}, "CURRENCY=N0K is not the code of a currency, such as NOK."),
        ({"DEFAULT_COUNTRY": "Norge"}, "DEFAULT_COUNTRY=Norge is not the code of a country, such as NO."),
        ({"DATABASE_URL": "nonsense"}, NO_DATABASE),
        ({"DATABASE_URL": "postgres://u:p@h:x/salesflow"}, NO_DATABASE),
        ({"DATABASE_URL": "sqlite://salesflow.sqlite3"}, NO_DATABASE),
        ({"DATABASE_URL": "postgres://u:p@h:5432"}, NO_DATABASE),
        ({"DATABASE_URL": "mysql://u:p@h/salesflow"}, NO_DATABASE),
        ({"EMAIL_URL": "nonsense"}, NO_MAIL_SERVER),
        ({"EMAIL_URL": "mail.example.com:587"}, NO_MAIL_SERVER),
        ({"EMAIL_URL": "smtp://u:p@h:x"}, NO_MAIL_SERVER),
        ({"EMAIL_URL": "smtp://u:p@[h"}, NO_MAIL_SERVER),
        ({"EMAIL_URL": "smtp://"}, NO_MAIL_SERVER),
        *(
            ({"ALLOWED_HOSTS": host}, f"ALLOWED_HOSTS: {host} is not the name of a host, such as sales.example.com.")
            for host in ("https://sales.example.com", "a;b", "sales.example.com/crm", "sales.example.com:443")
        ),
        (
            {"CSRF_TRUSTED_ORIGINS": "sales.example.com"},
            "CSRF_TRUSTED_ORIGINS: sales.example.com is not the address of a site, such as https://example.com.",
        ),
        (
            {"HTTPS": "True"},
            f"BASE_URL is missing: {MISSING}",
        ),
        (
            {"HTTPS": "True", "BASE_URL": "http://sales.example.com"},
            "BASE_URL=http://sales.example.com must begin with https://, because HTTPS is on.",
        ),
        (
            {"BASE_URL": "sales.example.com"},
            f"BASE_URL=sales.example.com {NO_SITE}",
        ),
        (
            {"BASE_URL": "https://sales.example.com/crm"},
            f"BASE_URL=https://sales.example.com/crm {NO_SITE}",
        ),
        *(
            ({"BASE_URL": address}, f"BASE_URL={address} {NO_SITE}")
            for address in (
                "https://[::::]",
                "https://[1.2.3.4]",
                "https://x.no:99999",
                "https://x.no:65536",
                "https://x.no:0",
                "https://[::1]:0",
            )
        ),
    ],
)
def test_an_invalid_value_stops_the_start_with_a_sentence(tmp_path, environment, sentence):
    done = start(tmp_path, **environment)

    assert done.returncode == 1
    assert done.stderr.strip() == f"Salesflow does not start: {sentence}"


@pytest.mark.parametrize(
    ("environment", "read"),
    [
        ({}, "False False http://localhost:8000 ['localhost', '127.0.0.1', '[::1]'] 0"),
        ({"PORT": "8001"}, "False False http://localhost:8001 ['localhost', '127.0.0.1', '[::1]'] 0"),
        ({"ALLOWED_HOSTS": " a, b ,,"}, "False False http://localhost:8000 ['a', 'b'] 0"),
        ({"HTTPS": " off ", "DEBUG": "Yes"}, "False True http://localhost:8000 ['localhost', '127.0.0.1', '[::1]'] 0"),
        (
            {"HTTPS": "on", "DEBUG": "", "PROXIES": " 1 ", "BASE_URL": "https://sales.example.com/"},
            "True False https://sales.example.com ['localhost', '127.0.0.1', '[::1]'] 1",
        ),
        (
            {"HTTPS": "", "BASE_URL": "https://[::1]:8443"},  # an empty value counts as not set, so HTTPS is on
            "True False https://[::1]:8443 ['localhost', '127.0.0.1', '[::1]'] 0",
        ),
    ],
)
def test_a_valid_value_is_read_without_surrounding_blanks(tmp_path, environment, read):
    done = start(tmp_path, **environment)

    assert (done.stdout.strip(), done.stderr) == (read, "")


# Values that settings derive


def run(code, folder, **environment):
    """Runs code without the environment of the tests and without .env."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(TOP), "DATA_DIR": str(folder), **environment}
    code = f"import environ; environ.Env.read_env = lambda *args, **options: None\n{code}"
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)


def setting(expression, folder, **environment):
    needed = {"SECRET_KEY": "x", "BASE_URL": "https://sales.example.com"} | environment
    done = run(f"from salesflow.settings import *; print({expression})", folder, **needed)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_start_without_a_secret_key_fails(tmp_path):
    done = run("import salesflow.settings", tmp_path)

    assert done.returncode != 0
    assert "Set the SECRET_KEY environment variable" in done.stderr


def test_the_default_settings_are_secure(tmp_path):
    assert setting("DEBUG", tmp_path) == "False"
    assert setting("SECURE_SSL_REDIRECT", tmp_path) == "True"
    assert setting("SECURE_HSTS_SECONDS", tmp_path) == "31536000"
    assert setting("SESSION_COOKIE_NAME, SESSION_COOKIE_SECURE", tmp_path) == "__Host-sessionid True"
    assert setting("CSRF_COOKIE_NAME, CSRF_COOKIE_SECURE", tmp_path) == "__Host-csrftoken True"


def test_https_false_allows_plain_http(tmp_path):
    assert setting("SECURE_SSL_REDIRECT", tmp_path, HTTPS="False") == "False"
    assert setting("SESSION_COOKIE_SECURE", tmp_path, HTTPS="False") == "False"


def test_the_proxy_header_is_trusted_only_with_a_proxy(tmp_path):
    name = "globals().get('SECURE_PROXY_SSL_HEADER')"
    assert setting(name, tmp_path) == "None"
    assert setting(name, tmp_path, PROXIES="1") == "('HTTP_X_FORWARDED_PROTO', 'https')"


def test_postgresql_connections_have_timeouts(tmp_path):
    database = setting("DATABASES", tmp_path, DATABASE_URL="postgres://me@127.0.0.1/salesflow?sslmode=require")

    for option in ("lock_timeout=", "statement_timeout=", "idle_in_transaction_session_timeout=", "'require'"):
        assert option in database
    assert "'CONN_HEALTH_CHECKS': True" in database


def test_sqlite_keeps_what_it_confirmed(tmp_path):
    """An installation does; the database of the tests does not wait for the disk."""
    ask = '__import__("django.db").db.connection.cursor().execute("PRAGMA {}").fetchone()'
    mode = 's.DATABASES["default"]["OPTIONS"]["transaction_mode"]'

    done = start(tmp_path, printing=", ".join([ask.format("synchronous"), ask.format("journal_mode"), mode]))
    mapped = start(tmp_path, printing=ask.format("mmap_size"))

    assert (done.stdout.strip(), done.stderr) == ("(2,) ('delete',) IMMEDIATE", "")  # 2: FULL
    assert mapped.stdout.strip() in ("None", "(0,)")


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False),
        ((3, 50, 7), True), ((3, 51, 0), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), True),
    ],
)  # fmt: skip
def test_wal_is_safe_only_with_fixed_versions_of_sqlite(version, safe):
    assert wal_is_safe(version) is safe


@pytest.mark.parametrize(("version", "errors"), [((3, 40, 1), ["salesflow.E001"]), ((3, 51, 3), [])])
def test_a_database_in_wal_mode_is_refused_with_an_unsafe_sqlite(
    django_db_blocker, tmp_path, monkeypatch, version, errors
):
    file = tmp_path / "salesflow.sqlite3"
    kept = sqlite3.connect(file)
    kept.execute("PRAGMA journal_mode=WAL")
    kept.close()
    wal = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}
    monkeypatch.setitem(connections.settings, "wal", connections.configure_settings({"default": wal})["default"])
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)

    with django_db_blocker.unblock():
        found = check_journal_mode(databases=["wal"])
        connections["wal"].close()

    del connections["wal"]
    assert [error.id for error in found] == errors


@pytest.mark.parametrize(
    ("environment", "read"),
    [
        ({"CURRENCY": "", "DATABASE_URL": "", "EMAIL_URL": ""}, "NOK sqlite3 console None None"),
        ({"CURRENCY": " eur "}, "EUR sqlite3 console None None"),
        ({"DATABASE_URL": " postgres://u:p@h:5432/salesflow "}, "NOK postgresql console None None"),
        ({"DATABASE_URL": "sqlite://:memory:"}, "NOK sqlite3 console None None"),
        ({"EMAIL_URL": "smtp+tls://u:p@mail.example.com:587"}, "NOK sqlite3 smtp mail.example.com 587"),
    ],
)
def test_currency_database_and_mail_server_are_read(tmp_path, environment, read):
    names = (
        's.CURRENCY, s.DATABASES["default"]["ENGINE"].split(".")[-1], '
        's.EMAIL_BACKEND.split(".")[-2], s.EMAIL_HOST, s.EMAIL_PORT'
    )

    done = start(tmp_path, printing=names, **environment)

    assert (done.stdout.strip(), done.stderr) == (read, "")


# Private files in an object store

PART_OF_S3 = """
from django.core.files.storage import InMemoryStorage

class S3Storage(InMemoryStorage):
    def __init__(self, *, bucket_name, default_acl, file_overwrite):
        super().__init__()
        self.options = bucket_name, default_acl, file_overwrite
"""


def test_the_settings_module_of_the_documentation_puts_private_files_into_an_object_store(tmp_path):
    """With a class at the place of the one in django-storages, which is not installed here."""
    chapter = (TOP / "docs" / "architecture.md").read_text().partition("\n## A file\n")[2].partition("\n## ")[0]
    [block] = re.findall(r"(?:^      .*\n)+", chapter, re.MULTILINE)
    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    [extra] = project["project"]["optional-dependencies"]["s3"]
    assert f'pip install "{extra}"' in chapter
    (tmp_path / "site_settings.py").write_text(textwrap.dedent(block))
    (tmp_path / "storages" / "backends").mkdir(parents=True)
    (tmp_path / "storages" / "backends" / "s3.py").write_text(PART_OF_S3)
    stored = '__import__("salesflow.private_files").private_files.storage()'

    printing = f'type({stored}).__module__, {stored}.options, s.STORAGES["default"]["BACKEND"]'
    done = start(tmp_path, printing=printing, PYTHONPATH=str(tmp_path), DJANGO_SETTINGS_MODULE="site_settings")

    options = ("sales-files", "private", False)
    default = "django.core.files.storage.FileSystemStorage"
    assert (done.stdout.strip(), done.stderr) == (f"storages.backends.s3 {options} {default}", "")
