"""Rules for every file: import directions, no resources from other sites, locked packages."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.contrib import admin

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


def test_imports_follow_the_layers_without_cycles():
    """In a process of its own: import-linter configures the logs anew, and that silences our loggers."""
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([linter, "--no-logo", "--no-cache"], cwd=TOP, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def modules():
    return [path for path in source_files() if path.suffix == ".py" and "migrations" not in path.parts]


def class_names():
    return Counter(name for path in modules() for name in re.findall(r"^class (\w+)", path.read_text(), re.MULTILINE))


def test_a_class_name_has_one_meaning():
    assert [name for name, times in class_names().items() if times > 1] == ["Command"]


def test_each_refusal_that_a_docstring_names_is_a_class():
    named = re.compile(r"\bRefusals?: ([^.]*)\.")
    names = class_names().keys() | {"ValidationError"}

    unknown = {
        f"{path.relative_to(TOP)}: {name}"
        for path in modules()
        for sentence in named.findall(path.read_text())
        for name in re.findall(r"\b[A-Z]\w+", sentence)
        if name not in names
    }

    assert unknown == set()


def test_no_resource_is_loaded_from_another_site():
    loads = re.compile(
        r"""(?:src|href|action)=["'](?:https?:)?//|@import|url\(["']?(?:https?:)?//|import\(["']https?:"""
    )

    assert [path for path in source_files() if path.suffix != ".py" and loads.search(path.read_text())] == []


def test_templates_have_no_inline_style_or_script():
    inline = re.compile(r"<style|\sstyle=|\son[a-z]+=[\"']|<script(?![^>]*(?:\ssrc=|application/json))", re.IGNORECASE)

    assert [path for path in (TOP / "templates").rglob("*.html") if inline.search(path.read_text())] == []


def test_vendored_files_need_no_source_maps():
    assert [path for path in (TOP / "static/vendor").rglob("*.*s") if "sourceMappingURL" in path.read_text()] == []


def test_the_style_sheet_that_replaces_one_of_django_differs_by_its_import_only():
    """After an update of Django, copy its forms.css anew without the line; base_site.html loads what it imports."""
    theirs = (Path(admin.__file__).parent / "static/admin/css/forms.css").read_text()

    assert theirs == "@import url('widgets.css');\n\n" + (TOP / "static/admin/css/forms.css").read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_files_pin_every_package_and_contain_no_address(lock):
    text = (TOP / lock).read_text()
    packages = re.findall(r"^[a-z][^\n]*", text, re.MULTILINE)

    assert not re.search(r"://|--index|--find-links|--trusted|^-|@ ", text, re.MULTILINE)
    assert packages
    assert all("==" in package for package in packages)
    assert len(re.findall(r"^[a-z][^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(packages)


def test_the_development_lock_contains_the_versions_of_the_product_lock():
    product, development = (set(re.findall(r"^([a-z][^ ]+)", (TOP / lock).read_text(), re.MULTILINE)) for lock in LOCKS)

    assert product <= development
