"""Checks that every template and every module prints row text escaped.

Run it from the top folder. Exits 1 with a list of the places that print text unescaped, or could. ALLOWED names the
exceptions, each with its reason.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("salesflow", "stages", "opportunities")

# What a file may use.
ALLOWED = {
    "opportunities/forms/filter_bar.py": {"StrictButton"},  # its text is written in the source
}

UNESCAPED_IN_TEMPLATES = re.compile(r"\|\s*safe(?:seq)?\b|\bautoescape\s+off\b")
UNESCAPED_IN_SCRIPTS = re.compile(
    r"(?<!swap: \")\b(?:inner|outer)HTML\b|\binsertAdjacentHTML\b|\bdocument\.write\b"
)  # the swap of an answer of ours is no text of a row

# These mark text as markup.
MARKING = {"mark_safe", "SafeString", "SafeText", "SafeData", "html_safe", "__html__"}
# These compile their text as a template, so that row text could call tags and read variables.
COMPILING = {"Template", "from_string"}
COMPILED_BY_CRISPY = {"HTML", "Fieldset", "Submit", "Button", "Hidden", "Reset", "BaseInput", "StrictButton"}
FORMATTING = {"format_html": 0, "format_html_join": 1}  # the index of the argument with the markup


def main() -> int:
    problems = [
        *in_files("templates", "html", UNESCAPED_IN_TEMPLATES),
        *in_files("static/js", "js", UNESCAPED_IN_SCRIPTS),
    ]
    for package in PACKAGES:
        for file in sorted(Path(package).rglob("*.py")):
            problems += [f"{file}:{problem}" for problem in in_python(file.read_text(), ALLOWED.get(str(file), set()))]
    print("\n".join(problems) or "All text is escaped.")
    return 1 if problems else 0


def in_files(folder: str, suffix: str, pattern: re.Pattern[str]) -> Iterator[str]:
    for file in sorted(Path(folder).rglob(f"*.{suffix}")):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if found := pattern.search(line):
                yield f"{file}:{number}: {found[0]} prints text unescaped"


def in_python(source: str, allowed: set[str]) -> Iterator[str]:
    """The problems of one module. Ignores types in annotations."""
    for node in ast.walk(ast.parse(source)):
        for name in used_by(node):
            if name not in allowed and (problem := problem_of(name, node)):
                yield f"{node.lineno}: {name} {problem}"


def used_by(node: ast.AST) -> Iterator[str]:
    """The names that a node calls, imports, defines, decorates with or inherits from."""
    if isinstance(node, ast.Call):
        yield last_part(node.func)
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.FunctionDef):
        yield node.name
    elif isinstance(node, ast.ClassDef):
        yield from map(last_part, [*node.bases, *node.decorator_list])


def last_part(expression: ast.expr) -> str:
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""


def problem_of(name: str, node: ast.AST) -> str:
    if name in MARKING - ({"SafeString"} if isinstance(node, ast.ImportFrom) else set()):
        return "marks text as markup"
    if name in COMPILING | COMPILED_BY_CRISPY and isinstance(node, ast.Call):
        return "reads its text as a template"
    if name in FORMATTING and isinstance(node, ast.Call) and not has_literal(node, FORMATTING[name]):
        return "is given markup that is not written in the source"
    return ""


def has_literal(call: ast.Call, position: int) -> bool:
    return len(call.args) > position and isinstance(call.args[position], ast.Constant)


if __name__ == "__main__":
    sys.exit(main())
