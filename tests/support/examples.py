"""How many random examples a property is tried with."""

import os

QUICK = os.environ.get("QUICK") == "1"


def examples(number):
    """This many, and in `make quick` a fifth of them: most faults fail one of the first."""
    return number // 5 if QUICK else number


REPORT_SETS = os.environ.get("REPORT_SETS")
"""A part of a sweep over the reports: so many random sets, others for each `--hypothesis-seed`."""


def report_sets(number):
    """This many, or with SWEEP=full 1,000; or REPORT_SETS."""
    return int(REPORT_SETS or (1000 if os.environ.get("SWEEP") == "full" else examples(number)))
