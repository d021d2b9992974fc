"""What is held about one person, and how it is exported and erased. The person is a contact, never a user.

`person` says by which words a person is found, `text_columns` where the database has texts, `mentions` which of them
name the person. `holdings` is what an export has, `erasing` the one way to erase, `retention` who could be erased.
"""
