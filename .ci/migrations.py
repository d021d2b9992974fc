"""Checks that no landed migration was changed.

Run it from the top folder. A landed migration is never changed, because databases exist that have applied it.
`.ci/migrations.sha256` lists each with its SHA-256. Exits 1 with a list of the files that differ, are missing, or are
not listed. List a new migration in the same commit:

    python .ci/migrations.py --list > .ci/migrations.sha256
"""

import hashlib
import sys
from pathlib import Path

PACKAGES = ("salesflow", "stages", "opportunities")
LANDED = Path(".ci/migrations.sha256")


def main() -> int:
    present = {str(file): digest(file) for file in files()}
    if sys.argv[1:] == ["--list"]:
        print("\n".join(f"{sha}  {file}" for file, sha in present.items()))
        return 0
    problems = differences(landed(), present)
    print("\n".join(problems) or "The migrations are those that have landed.")
    return 1 if problems else 0


def files() -> list[Path]:
    found = [file for package in PACKAGES for file in Path(package).rglob("migrations/*.py")]
    return sorted(file for file in found if file.name != "__init__.py")


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def landed() -> dict[str, str]:
    """The SHA-256 of each listed file."""
    lines = LANDED.read_text().splitlines() if LANDED.exists() else []
    return {file: sha for sha, _, file in (line.partition("  ") for line in lines)}


def differences(landed: dict[str, str], present: dict[str, str]) -> list[str]:
    gone = [f"{file}: has landed and is gone" for file in landed.keys() - present.keys()]
    unlisted = [f"{file}: is not listed in {LANDED}" for file in present.keys() - landed.keys()]
    changed = [
        f"{file}: has landed and was changed"
        for file in landed.keys() & present.keys()
        if landed[file] != present[file]
    ]
    return sorted(gone + unlisted + changed)


if __name__ == "__main__":
    sys.exit(main())
