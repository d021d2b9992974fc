"""The export of everything: accounts, contacts, opportunities and their history, as files that the import reads back.

The external id of a row is its address here, so a file that comes back to this installation changes what it has, and
one that goes to another installation creates it.
"""
