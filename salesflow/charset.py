"""The key by which `salesflow.wsgi` marks a request in another charset than UTF-8. Imports nothing of Django."""

OTHER_CHARSET = "salesflow.other_charset"  # a key of the WSGI environment
