"""The check of the translations finds missing, fuzzy and uncompiled translations."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(not shutil.which("msgfmt"), reason="gettext is not installed")

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Won"
msgstr "Vunnet"

msgid "Lost"
msgstr ""

#, fuzzy
msgid "Reopen"
msgstr "Lukk"
"""


@pytest.fixture
def translations():
    spec = importlib.util.spec_from_file_location("translations", TOP / ".ci/translations.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = Path("locale/nb/LC_MESSAGES/django.po")
    file.parent.mkdir(parents=True)
    file.write_text(CATALOGUE)
    return file


def compile_(catalogue):
    subprocess.run(["msgfmt", "-o", catalogue.with_suffix(".mo"), catalogue], check=True)


def test_a_text_without_translation_is_found(translations, catalogue):
    assert translations.texts(catalogue, "--untranslated") == ['"Lost"']


def test_a_fuzzy_translation_is_found(translations, catalogue):
    assert translations.texts(catalogue, "--only-fuzzy") == ['"Reopen"']


def test_a_missing_or_stale_compiled_catalogue_is_found(translations, catalogue):
    assert len(translations.stale()) == 1

    compile_(catalogue)
    assert translations.stale() == []

    catalogue.write_text(CATALOGUE.replace("Vunnet", "Vant"))
    assert len(translations.stale()) == 1


def test_without_gettext_only_ci_fails(translations, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda tool: None)
    monkeypatch.setenv("CI", "")
    assert translations.main() == 0

    monkeypatch.setenv("CI", "true")
    assert translations.main() == 1
