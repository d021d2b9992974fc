"""Which separator and which quotation mark a CSV file has."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
"""The separators that are recognised. A person can choose any other character."""

SAMPLE_LINES, SAMPLE_LENGTH = 200, 20_000  # characters
LONGEST_WORD = 100  # characters; the time of `clevercsv` grows with the square of the length of a cell

_LONG_WORD = re.compile(rf"""([^,;\t|"'\\\r\n]{{{LONGEST_WORD}}})[^,;\t|"'\\\r\n]+""")
_SAID = re.compile(r"sep=(.)[\r\n]*", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    quote: str = '"'
    escape: str = ""


def said(first_line: str) -> str:
    """The separator that the first line names for spreadsheets, `sep=;`; empty if it is another line."""
    match = _SAID.fullmatch(first_line)
    return match[1] if match else ""


def dialect_of(lines: Iterator[str]) -> Dialect:
    """The dialect of a file whose lines begin like this."""
    sample = _sample(lines)
    if delimiter := said(sample.partition("\n")[0]):
        return Dialect(delimiter)
    from clevercsv.detect import Detector  # imported here, because it takes 0.3 seconds

    found = Detector().detect(sample, delimiters=DELIMITERS)
    if found is None:
        return Dialect(_most_frequent(sample))
    return Dialect(found.delimiter or "", found.quotechar or '"', found.escapechar or "")


def _sample(lines: Iterator[str]) -> str:
    """Whole lines from the beginning, with long words cut; of a line that is too long its beginning."""
    taken, length = list[str](), 0
    for line in itertools.islice(lines, SAMPLE_LINES):
        length += len(line)
        if taken and length > SAMPLE_LENGTH:
            break
        taken.append(line[:SAMPLE_LENGTH])
    return _LONG_WORD.sub(r"\1", "".join(taken))


def _most_frequent(sample: str) -> str:
    counts = {each: sample.count(each) for each in DELIMITERS}
    most = max(counts, key=lambda each: counts[each])
    return most if counts[most] else ""
