"""Checks that the Norwegian texts are complete and compiled.

Run it from the top folder. It changes no file: it gathers the texts in a copy. Exits 1 with a list of what is missing.
Without gettext it says so and passes, except in CI.
"""

import gettext
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOOLS = ("xgettext", "msgmerge", "msgattrib", "msgfmt", "msguniq")
SOURCES = ("manage.py", "salesflow", "stages", "opportunities", "templates", "locale")
CATALOGUES = Path("locale/nb/LC_MESSAGES")


def main() -> int:
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        print(f"Translations are not checked: gettext is not installed ({', '.join(missing)}).")
        return 1 if os.environ.get("CI") == "true" else 0
    problems = [*incomplete(), *stale()]
    print("\n".join(problems) or "Translations are complete.")
    return 1 if problems else 0


def incomplete() -> list[str]:
    """Each text of the source without a finished translation."""
    with tempfile.TemporaryDirectory() as copy:
        for source in SOURCES:
            if Path(source).exists():
                copy_of(Path(source), Path(copy) / source)
        (Path(copy) / CATALOGUES).mkdir(parents=True, exist_ok=True)
        gather(copy)
        return [
            f"{CATALOGUES / catalogue.name}: {what}: {text}"
            for catalogue in sorted((Path(copy) / CATALOGUES).glob("*.po"))
            for what, only in (("not translated", "--untranslated"), ("fuzzy", "--only-fuzzy"))
            for text in texts(catalogue, only)
        ]


def copy_of(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def gather(folder: str) -> None:
    """Updates the catalogues in this folder from its sources."""
    command = [sys.executable, "manage.py", "makemessages", "--locale", "nb", "--no-obsolete", "--verbosity", "0"]
    environment = os.environ | {"DATA_DIR": str(Path(folder) / "var")}
    subprocess.run(command, cwd=folder, env=environment, check=True)


def texts(catalogue: Path, only: str) -> list[str]:
    """The English text of each entry that msgattrib selects."""
    picked = run("msgattrib", only, "--no-obsolete", "--no-wrap", "--no-location", str(catalogue))
    return [line.removeprefix("msgid ") for line in picked.splitlines() if line.startswith("msgid ")][1:]


def stale() -> list[str]:
    """Each compiled catalogue that does not match its source."""
    return [
        f"{compiled}: missing or stale, run make messages"
        for source in sorted(CATALOGUES.glob("*.po"))
        for compiled in [source.with_suffix(".mo")]
        if not compiled.exists() or entries(compiled) != compile_anew(source)
    ]


def compile_anew(source: Path) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder) / "new.mo"
        run("msgfmt", "--check-format", "--output-file", str(compiled), str(source))
        return entries(compiled)


def entries(compiled: Path) -> dict:
    with compiled.open("rb") as file:
        return gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
