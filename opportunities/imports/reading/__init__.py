"""Files into rows of cells: CSV, XLSX and ODS, recognised by their content.

    reading = recognising.recognise(file)               # kind, encoding, separator, sheet, header, headings
    reading = recognising.read_anew(file, reading, header=3)  # with what a person changed
    for row in rows.rows(file, reading):                # lazily
        row.number, row.cells, row.problem

A file is any binary file that can seek. Refusal: CannotBeRead, with a sentence. No table, no request.
"""
