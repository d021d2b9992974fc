"""Brings opportunities, accounts and contacts in from a file. In this order:

1. `recognising.recognise(file)` says how the file is read, as a `Reading`. `recognising.read_anew` changes it as a
   person chose, `recognising.first_rows` shows how the file is read.
2. `headings.guess(reading.headings, samples, noun=…)` proposes a field of `fields.of(noun)` for each column.
   `samples` are some rows of `reading.rows.rows(file, reading)`.
3. `guesses.py` proposes the rest of the `Mapping`: `date_order`, `decimal_mark` and `probability` by the content, and
   what each value of the stage, status, owner and reason columns means. `mapping.shape(headings)` is the key under
   which the mapping is remembered; `mapping.sources` lists the values that it must explain.
4. `typed_rows.typed_rows(reading.rows.rows(file, reading), reading.headings, mapping)` reads each row: its values by
   the name of their field, its problems, its fingerprint.

Nothing here opens a table or writes. A cell that cannot be read is a `Problem` of its row, a file a `CannotBeRead`.
"""
