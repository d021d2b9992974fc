"""A template filter that makes links of the web addresses in a text.

Django's `urlize` also links mail addresses and every word that ends like a domain, and opens www. over plain http.
"""

import re
from collections.abc import Iterator

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

ADDRESS = re.compile(r"(?<![\w@.:/])(?:https?://(?=[\w\[])|www\.(?=\w))[^\s<>\"“”«»]+", re.IGNORECASE)
BRACKETS = {")": "(", "]": "[", "}": "{"}
PUNCTUATION = ".,:;!?…'’"


@register.filter
def linked(text: str) -> SafeString:
    """The text, escaped, in which addresses that begin with http://, https:// or www. are links."""
    return format_html_join("", "{}", ((piece,) for piece in _pieces(text)))


def _pieces(text: str) -> Iterator[str]:
    """The links, which are escaped, and the text between them, which is not."""
    end = 0
    for found in ADDRESS.finditer(text):
        address = _without_punctuation(found[0])
        yield text[end : found.start()]
        yield _link(address)
        end = found.start() + len(address)
    yield text[end:]


def _link(address: str) -> SafeString:
    target = f"https://{address}" if address.lower().startswith("www.") else address
    return format_html('<a href="{}" rel="noopener noreferrer nofollow">{}</a>', target, address)


def _without_punctuation(address: str) -> str:
    """The address without what ends the sentence around it, such as a full stop or a bracket that closes none in it."""
    while address[-1] in PUNCTUATION or _closes_none(address):
        address = address[:-1]
    return address


def _closes_none(address: str) -> bool:
    last = address[-1]
    return last in BRACKETS and address.count(last) > address.count(BRACKETS[last])
