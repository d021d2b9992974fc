"""Cuts Bootstrap's style sheet down to what our pages use: `make bootstrap`.

Reads `bootstrap.min.css` beside this file, which is Bootstrap's own, and writes the rules that can match one of our
pages to `static/vendor/bootstrap/bootstrap.css`. A rule stays if every class that its selector needs is a word in a
template of ours, a template of crispy-forms that our forms render, a script, or a text of a Python module. So a few
rules too many stay, and none too few.

With `--missing` it writes nothing, and lists what the written file lacks.
"""

import ast
import itertools
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import tinycss2
from tinycss2.ast import AtRule, Node, QualifiedRule

HERE = Path(__file__).parent
TOP = HERE.parent.parent
WHOLE = HERE / "bootstrap.min.css"
CUT = TOP / "static/vendor/bootstrap/bootstrap.css"
OUR_STYLES = TOP / "static/css"
PACKAGES = ("salesflow", "stages", "opportunities")

# What no form of ours has. A form that uses one needs its name taken out of this list.
UNUSED_OF_CRISPY = (
    *("accordion", "betterform", "buttonholder", "carousel", "checkboxselectmultiple_inline", "display_form"),
    *("field_file", "field_with_buttons", "floating_field", "formactions", "inline_field", "modal"),
    *("prepended_appended", "radioselect_inline", "switch", "tab", "uneditable"),
)

WORD = re.compile(r"[A-Za-z][\w-]*")
VARIABLE = re.compile(r"(?<=[{;])(--[\w-]+):[^;}]*;?")
EMPTY_RULE = re.compile(r"[^{}]+\{\}")


def main() -> int:
    cut = "\n".join(needed_rules()) + "\n"
    if "--missing" in sys.argv:
        missing = sorted(statements(cut) - statements(CUT.read_text()))
        print("\n".join(missing) or "The written file has every rule of Bootstrap that our pages use.")
        return 1 if missing else 0
    CUT.write_text(cut)
    print(f"{CUT.relative_to(TOP)}: {len(cut):,} of {WHOLE.stat().st_size:,} bytes")
    return 0


def needed_rules() -> list[str]:
    """The banner with the licence, then the rules that stay, each on its line."""
    sheet = tinycss2.parse_stylesheet(WHOLE.read_text(), skip_whitespace=True)
    banner = next(node.serialize() for node in sheet if node.type == "comment")
    rules = [*kept(sheet, set(words_of_sources()))]
    while (fewer := without_unused(rules)) != rules:
        rules = fewer
    return [re.sub(r"\s+\*?\s*(?!/)", " ", banner), *rules]


def words_of_sources() -> Iterator[str]:
    ours = [*(TOP / "templates").rglob("*.html"), *(TOP / "static/js").glob("*.js")]
    of_crispy = (folder_of("crispy_bootstrap5") / "templates").rglob("*.html")
    for file in [*ours, *(file for file in of_crispy if not file.name.startswith(UNUSED_OF_CRISPY))]:
        yield from WORD.findall(file.read_text())
    packages = [*(TOP / package for package in PACKAGES), folder_of("crispy_forms"), folder_of("crispy_bootstrap5")]
    for module in [module for package in packages for module in package.rglob("*.py")]:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from WORD.findall(node.value)


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec and spec.origin, package
    return Path(spec.origin).parent


def kept(nodes: list[Node], words: set[str]) -> Iterator[str]:
    """The rules cut to the selectors whose classes are all among the words. `@media` keeps such rules within it."""
    for node in nodes:
        if isinstance(node, QualifiedRule):
            selectors = [selector for selector in split(node.prelude) if classes_of(selector) <= words]
            if selectors:
                yield f"{','.join(map(tinycss2.serialize, selectors))}{{{tinycss2.serialize(node.content)}}}"
        elif isinstance(node, AtRule) and node.at_keyword == "media":
            within = "".join(kept(rules_in(node), words))
            if within:
                yield f"@media{tinycss2.serialize(node.prelude)}{{{within}}}"
        elif isinstance(node, AtRule) and node.at_keyword == "keyframes":
            yield node.serialize()


def rules_in(media: AtRule) -> list[Node]:
    return tinycss2.parse_rule_list(media.content, skip_whitespace=True, skip_comments=True)


def split(prelude: list[Node]) -> list[list[Node]]:
    """The selectors of a rule."""
    selectors: list[list[Node]] = [[]]
    for node in prelude:
        if node == ",":
            selectors.append([])
        else:
            selectors[-1].append(node)
    return selectors


def classes_of(selector: list[Node]) -> set[str]:
    """The classes without which the selector matches nothing. A class within `:not()` is none of them."""
    pairs = itertools.pairwise(selector)
    return {node.value for before, node in pairs if before == "." and node.type == "ident"}


def without_unused(rules: list[str]) -> list[str]:
    """The rules without the variables that nothing reads, and without the `@keyframes` that nothing names."""
    text = "".join(rules)
    read = {*re.findall(r"var\((--[\w-]+)", text + "".join(file.read_text() for file in OUR_STYLES.glob("*.css")))}
    still = []
    for rule in rules:
        named = re.match(r"@keyframes ([\w-]+)", rule)
        if named and not re.search(rf"animation[^;}}]*\b{named[1]}\b", text):
            continue
        shorter = VARIABLE.sub(lambda found: found[0] if found[1] in read else "", rule)
        if fuller := EMPTY_RULE.sub("", EMPTY_RULE.sub("", shorter)):
            still.append(fuller)
    return still


def statements(css: str, around: str = "") -> set[str]:
    """Each declaration of the sheet with one selector and the media that it applies to."""
    found = set()
    for node in tinycss2.parse_stylesheet(css, skip_whitespace=True, skip_comments=True):
        if isinstance(node, QualifiedRule):
            declarations = tinycss2.parse_blocks_contents(node.content, skip_whitespace=True)
            selectors = map(tinycss2.serialize, split(node.prelude))
            found |= {f"{around}{one.strip()} {{ {each.serialize()} }}" for one in selectors for each in declarations}
        elif node.at_keyword == "media":
            media = f"@media{tinycss2.serialize(node.prelude)} "
            found |= statements(tinycss2.serialize(node.content), media)
        else:
            found.add(node.serialize())
    return found


if __name__ == "__main__":
    sys.exit(main())
