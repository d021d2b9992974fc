"""What everything stands on: settings, headers, imports, locked packages."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from importlinter import cli

from salesflow.checks import check_journal_mode, wal_is_safe

TOP = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
SOURCES = ("salesflow", "stages", "opportunities", "templates", "static/css", "static/js")


def source_files():
    return [
        path
        for source in SOURCES
        for path in (TOP / source).rglob("*")
        if path.suffix in {".py", ".html", ".js", ".css"}
    ]


def run(code, folder, **environment):
    """Run code as an installation of its own would: without the environment of the tests and without .env."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(TOP), "DATA_DIR": str(folder), **environment}
    code = f"import environ; environ.Env.read_env = lambda *args, **options: None\n{code}"
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)


def setting(expression, folder, **environment):
    needed = {"SECRET_KEY": "x", "BASE_URL": "https://sales.example.com"} | environment
    done = run(f"from salesflow.settings import *; print({expression})", folder, **needed)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# Settings


def test_without_a_secret_key_nothing_starts(tmp_path):
    done = run("import salesflow.settings", tmp_path)

    assert done.returncode != 0
    assert "Set the SECRET_KEY environment variable" in done.stderr


def test_an_installation_is_secure_unless_told_otherwise(tmp_path):
    assert setting("DEBUG", tmp_path) == "False"
    assert setting("SECURE_SSL_REDIRECT", tmp_path) == "True"
    assert setting("SECURE_HSTS_SECONDS", tmp_path) == "31536000"
    assert setting("SESSION_COOKIE_NAME, SESSION_COOKIE_SECURE", tmp_path) == "__Host-sessionid True"
    assert setting("CSRF_COOKIE_NAME, CSRF_COOKIE_SECURE", tmp_path) == "__Host-csrftoken True"


def test_plain_http_is_a_line_in_the_environment(tmp_path):
    assert setting("SECURE_SSL_REDIRECT", tmp_path, HTTPS="False") == "False"
    assert setting("SESSION_COOKIE_SECURE", tmp_path, HTTPS="False") == "False"


def test_a_proxy_is_trusted_only_when_there_is_one(tmp_path):
    name = "globals().get('SECURE_PROXY_SSL_HEADER')"
    assert setting(name, tmp_path) == "None"
    assert setting(name, tmp_path, PROXIES="1") == "('HTTP_X_FORWARDED_PROTO', 'https')"


def test_postgresql_gives_up_on_locks_and_long_statements(tmp_path):
    database = setting("DATABASES", tmp_path, DATABASE_URL="postgres://me@127.0.0.1/deals?sslmode=require")

    for option in ("lock_timeout=", "statement_timeout=", "idle_in_transaction_session_timeout=", "'require'"):
        assert option in database
    assert "'CONN_HEALTH_CHECKS': True" in database


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")
def test_sqlite_keeps_what_it_confirmed(db):
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert cursor.execute("PRAGMA mmap_size").fetchone() in (None, (0,))
    assert settings.DATABASES["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False),
        ((3, 50, 7), True), ((3, 51, 0), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), True),
    ],
)  # fmt: skip
def test_which_sqlite_may_keep_a_write_ahead_log(version, safe):
    assert wal_is_safe(version) is safe


@pytest.mark.parametrize(("version", "errors"), [((3, 40, 1), ["salesflow.E001"]), ((3, 51, 3), [])])
def test_a_write_ahead_log_is_refused_where_it_may_corrupt(db, tmp_path, monkeypatch, version, errors):
    file = tmp_path / "deals.sqlite3"
    kept = sqlite3.connect(file)
    kept.execute("PRAGMA journal_mode=WAL")
    kept.close()
    wal = SQLite(connection.settings_dict | {"NAME": str(file), "OPTIONS": {}})
    monkeypatch.setattr("salesflow.checks.connections", {"default": wal})
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)

    found = check_journal_mode(databases=["default"])

    wal._close()
    assert [error.id for error in found] == errors


# Headers


def test_every_page_has_the_security_headers(client, db):
    response = client.get("/user/login/")

    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    for directive in (
        "default-src 'self'", "img-src 'self' data:", "object-src 'none'", "base-uri 'none'",
        "frame-ancestors 'none'", "form-action 'self'",
    ):  # fmt: skip
        assert directive in policy
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", ["/user/login/", "/user/password/change/", "/admin/", "/no/such/page/"])
def test_no_page_is_kept_in_a_cache(admin_client, path):
    assert "no-store" in admin_client.get(path)["Cache-Control"]


def test_static_files_may_be_cached(client, db):
    response = client.get("/static/vendor/bootstrap/bootstrap.min.css")

    response.close()
    assert response.status_code == 200
    assert "no-store" not in response["Cache-Control"]


def test_healthz_answers_anybody(client, db, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok")


def test_healthz_answers_plain_http_behind_https(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz").status_code == 200
    assert client.get("/user/login/").status_code == 301


@pytest.mark.parametrize("fields", ["login=x&" * 2_500, "login=" + "x" * 10_000_000], ids=["many", "long"])
def test_a_form_beyond_all_measure_is_a_bad_request(client, db, fields):
    response = client.post("/user/login/", fields, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 400


# Imports and packages


def test_imports_point_down_and_not_in_circles(monkeypatch):
    monkeypatch.chdir(TOP)

    assert cli.lint_imports(no_cache=True, config_filename="pyproject.toml") == cli.EXIT_STATUS_SUCCESS


def test_nothing_is_loaded_from_elsewhere():
    loads = re.compile(
        r"""(?:src|href|action)=["'](?:https?:)?//|@import|url\(["']?(?:https?:)?//|import\(["']https?:"""
    )

    assert [path for path in source_files() if path.suffix != ".py" and loads.search(path.read_text())] == []


def test_templates_have_no_inline_style_or_script():
    inline = re.compile(r"<style|\sstyle=|\son[a-z]+=[\"']|<script(?![^>]*(?:\ssrc=|application/json))", re.IGNORECASE)

    assert [path for path in (TOP / "templates").rglob("*.html") if inline.search(path.read_text())] == []


def test_vendored_files_need_no_source_maps():
    assert [path for path in (TOP / "static/vendor").rglob("*.*s") if "sourceMappingURL" in path.read_text()] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_the_locks_pin_every_package_and_name_no_place(lock):
    text = (TOP / lock).read_text()
    packages = re.findall(r"^[a-z][^\n]*", text, re.MULTILINE)

    assert not re.search(r"://|--index|--find-links|--trusted|^-|@ ", text, re.MULTILINE)
    assert packages
    assert all("==" in package for package in packages)
    assert len(re.findall(r"^[a-z][^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(packages)


def test_development_has_the_versions_of_the_product():
    product, development = (set(re.findall(r"^([a-z][^ ]+)", (TOP / lock).read_text(), re.MULTILINE)) for lock in LOCKS)

    assert product <= development
