"""How many random examples a property is tried with."""

import os

QUICK = os.environ.get("QUICK") == "1"


def examples(number):
    """This many, and in `make quick` a fifth of them: most faults fail one of the first."""
    return number // 5 if QUICK else number


def sweep_examples(number):
    """This many, or with SWEEP=full 1,000."""
    return 1000 if os.environ.get("SWEEP") == "full" else examples(number)
