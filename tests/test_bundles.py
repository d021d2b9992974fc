"""What a visitor loads: Bootstrap cut to what is used, one style sheet, one script, and how much they weigh."""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from salesflow import bundles
from tests.support.factories import CLOSE, DEVELOP, PROPOSE, QUALIFY, copies, opportunity_in

TOP = Path(__file__).resolve().parent.parent
FIRST_VISIT = 100_000  # bytes, compressed, without the font
FIRST_REQUESTS = 12  # without the font
WARM_VISIT = 25_000
WARM_REQUESTS = 3
FONT = 30_000
DRAGGING = 16_000
NOT_OF_PAGES = ("admin", "account", "ext", "htm*-4*")
OF_THE_ADMIN = {"js/order.js", "js/select_names.js"}


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The folder and the table of names that `collectstatic` makes, without the admin's own files."""
    data = tmp_path_factory.mktemp("data")
    needed = {"PATH": os.environ["PATH"], "DATA_DIR": str(data), "SECRET_KEY": "x", "HTTPS": "False"}
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", *(f"--ignore={name}" for name in NOT_OF_PAGES)],
        cwd=TOP,
        env=needed,
        check=True,
        capture_output=True,
        timeout=300,
    )
    return data / "static", json.loads((data / "static/staticfiles.json").read_text())["paths"]


def weight_of(collected, name):
    """Bytes of a file as it is sent to a browser that knows gzip only, which is the heaviest case."""
    folder, names = collected
    return (folder / f"{names[name]}.gz").stat().st_size


def test_bootstrap_has_every_rule_that_a_page_may_use():
    """If this fails, run `make bootstrap`."""
    ran = subprocess.run([sys.executable, ".ci/bootstrap/cut.py", "--missing"], cwd=TOP, capture_output=True, text=True)

    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout


def test_every_script_of_ours_is_in_the_bundle_or_in_the_admin():
    ours = {f"js/{path.name}" for path in (TOP / "static/js").glob("*.js")}

    bundled = {name for name in [*bundles.SCRIPTS, *bundles.BOARD_SCRIPTS] if name.startswith("js/")}
    assert bundled | OF_THE_ADMIN == ours


def test_pages_load_scripts_and_styles_through_the_bundles_only():
    pages = [path for path in (TOP / "templates").rglob("*.html") if "admin" not in path.parts]
    own = [path.name for path in pages if re.search(r"<script src=\"\{% static|rel=\"stylesheet\"", path.read_text())]

    assert sorted(own) == ["css.html", "standalone.html"]  # the tag itself, and the error pages, which need no table


def test_the_error_pages_load_the_styles_of_the_bundle():
    loaded = re.findall(r"get_static_prefix %\}([^\"]+\.css)", (TOP / "templates/standalone.html").read_text())

    assert loaded == bundles.STYLES


@pytest.mark.sweep
def test_the_bundle_has_each_source_whole_and_in_order(collected):
    folder, names = collected
    script = (folder / names["js/pages.js"]).read_text()
    places = [script.find((folder / name).read_text()) for name in bundles.SCRIPTS]

    assert places[0] == 0
    assert places == sorted(places)
    assert -1 not in places


@pytest.mark.sweep
def test_the_bundle_names_the_font_by_its_hash(collected):
    folder, names = collected
    sheet = (folder / names["css/pages.css"]).read_text()

    assert f"../{names['vendor/inter/inter-latin.woff2']}" in sheet


def test_the_font_is_small():
    assert (TOP / "static/vendor/inter/inter-latin.woff2").stat().st_size <= FONT


@pytest.mark.sweep
@pytest.mark.django_db
def test_the_first_visit_and_the_next_ones_stay_within_the_budget(collected, client_of, rep):
    """The page with the most on it. What has a hash in its name is fetched once."""
    page = client_of(rep).get(opportunity_in(DEVELOP, owner=rep).get_absolute_url())
    html = page.content.decode()
    loaded = re.findall(r"<(?:link rel=\"stylesheet\" href|script src)=\"/static/([^\"]+)\"", html)
    rules = page.headers["Speculation-Rules"].strip('"').removeprefix(settings.STATIC_URL)
    own = len(gzip.compress(page.content))

    assert sorted(loaded) == ["css/pages.css", "js/pages.js"]
    assert 1 + len([*loaded, rules]) <= FIRST_REQUESTS
    assert own + sum(weight_of(collected, name) for name in [*loaded, rules]) <= FIRST_VISIT
    assert own <= WARM_VISIT


@pytest.mark.sweep
@pytest.mark.django_db
def test_the_first_visit_of_the_board_stays_within_the_budget(collected, client_of, rep):
    """Two hundred cards. The script that drags them comes with the pointer."""
    for name in (QUALIFY, DEVELOP, PROPOSE, CLOSE):
        copies(opportunity_in(name, owner=rep, name="Fleet telematics for Nordlys"), 55)

    page = client_of(rep).get("/opportunities/board/")
    loaded = re.findall(r"<(?:link rel=\"stylesheet\" href|script src)=\"/static/([^\"]+)\"", page.content.decode())
    own = len(gzip.compress(page.content))

    assert sorted(loaded) == ["css/pages.css", "js/boards.js", "js/pages.js"]
    assert own + sum(weight_of(collected, name) for name in loaded) <= FIRST_VISIT
    assert weight_of(collected, "vendor/sortablejs/sortable.min.js") <= DRAGGING
    assert own <= WARM_VISIT


def test_make_dev_loads_the_sources(client, settings):
    settings.PIPELINE = settings.PIPELINE | {"PIPELINE_ENABLED": False}

    html = client.get("/user/login/").content.decode()

    assert re.findall(r"src=\"/static/([^\"]+)\" defer", html) == bundles.SCRIPTS
