"""The style sheets and scripts of our pages. `collectstatic` writes each list into one file; the admin has its own.

`make dev` serves the files of the lists one by one. The tests' server writes them together for each answer.
"""

from pipeline.storage import PipelineMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLES = [
    "vendor/bootstrap/bootstrap.css",
    "css/tokens.css",
    "css/salesflow.css",
]

# A new script of our pages is a line here. They run in this order, after the page is read.
SCRIPTS = [
    "django_htmx/htmx-2.min.js",
    "js/focus.js",
    "js/fades.js",
    "js/picker.js",
    "js/toasts.js",
    "js/filters.js",
    "js/missing.js",
    "js/menu.js",
    "js/keys.js",
    "js/find.js",
    "js/way_back.js",
    "js/unsaved.js",
    "js/saves.js",
    "js/places.js",
    "js/tabs.js",
    "js/kept.js",
    "js/rows_keys.js",
    "js/cells.js",
    "js/cut.js",
    "js/ticks.js",
    "js/bulk_bar.js",
    "js/uploads.js",
    "js/live.js",
    "js/print.js",
]

# Of the board only. SortableJS is loaded when the pointer comes to the board.
BOARD_SCRIPTS = ["js/board.js", "js/board_drag.js"]

PIPELINE = {
    "PIPELINE_COLLECTOR_ENABLED": False,  # it would copy the sources to STATIC_ROOT
    "CSS_COMPRESSOR": None,  # whitenoise compresses
    "JS_COMPRESSOR": None,
    "DISABLE_WRAPPER": True,
    "STYLESHEETS": {"pages": {"source_filenames": STYLES, "output_filename": "css/pages.css"}},
    "JAVASCRIPT": {
        "pages": {"source_filenames": SCRIPTS, "output_filename": "js/pages.js"},
        "board": {"source_filenames": BOARD_SCRIPTS, "output_filename": "js/boards.js"},
    },
}


class BundledStorage(PipelineMixin, CompressedManifestStaticFilesStorage):
    """Writes the lists into one file each, then names, compresses and lists every file like whitenoise."""
