"""The second file of an import: what happened to each opportunity, and who belongs to it.

Each row is an entry about one opportunity, named by its external id. Without a column that says what it is, each row is
a stage that was entered.
"""
