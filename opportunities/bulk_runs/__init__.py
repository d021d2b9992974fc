"""One act on many opportunities: what it will do, the run itself, and how it is put back.

`making` stores a run with its rows, `expected` says what it would do now, `acts` does it to one row, `running` does the
rows one after the other, `reasons` says why one was refused.
"""
