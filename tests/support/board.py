"""The board as a browser without a script sees it: posts a move, and reads lanes and heads of an answer."""

import re

from django.urls import reverse

from tests.support.factories import stage
from tests.support.pages import drawn_for

BOARD = "/opportunities/board/"
HTMX = {"hx-request": "true", "hx-current-url": f"http://testserver{BOARD}"}


def move_address(opportunity):
    return reverse("board_move", args=[opportunity.pk])


def card_address(opportunity):
    return reverse("board_card", args=[opportunity.pk])


def target(to):
    return to if to == "finish" else str(stage(to).pk)


def drop(client, opportunity, to, named=None, **entries):
    """Posts what the script posts when a card is dropped on a lane, or `finish`."""
    posted = (named or drawn_for(opportunity)) | {"to": target(to)} | entries
    return client.post(move_address(opportunity), posted, headers=HTMX)


def lanes(response):
    """The names of the cards by lane."""
    found = {}
    for section in re.findall(r'<section class="lane".*?</section>', response.content.decode(), re.DOTALL):
        name = re.search(r"<h2>([^<]+) <", section)[1]
        found[name] = re.findall(r'data-open><span id="n\d+">([^<\n]+)', section)
    return found


def heads(response):
    """The lanes whose heads the response has."""
    return set(re.findall(r'id="head-[0-9]+" hx-swap-oob="true">\s*<h2>([^<]+) <', response.content.decode()))


def arrived(response):
    """The lane of each card of the response, by id."""
    found = re.findall(r'<li class="deal[^"]*" id="d([0-9]+)"[^>]*data-lane="([0-9]+)"', response.content.decode())
    return {int(pk): int(lane) for pk, lane in found}
