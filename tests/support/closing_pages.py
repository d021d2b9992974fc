"""What the tests of the pages that close and reopen post, and what they read from these pages."""

import re

from django.urls import reverse

from tests.support.factories import CLOSE, reason, stage
from tests.support.pages import Form, drawn_for

TODAY = "2026-11-20"


def url(name, opportunity):
    return reverse(name, args=[opportunity.pk])


def winning(opportunity, **more):
    return {**drawn_for(opportunity), "actual_revenue": "450 000", "closed_on": TODAY, **more}


def losing(opportunity, why="canceled", **more):
    return {**drawn_for(opportunity), "reason": reason(why).pk, "closed_on": TODAY, **more}


def reopening(opportunity, **more):
    return {**drawn_for(opportunity), "reason": "More", "to_stage": stage(CLOSE).pk, **more}


def field_link(opportunity, stage_name, field):
    return f'href="{opportunity.get_absolute_url()}?stage={stage(stage_name).pk}#id_{field}"'


def html(response):
    return response.content.decode()


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", html(response)).split())


def form_page(opportunity, outcome):
    return f"{url('close', opportunity)}?outcome={outcome}"


def chosen(response):
    """The outcome that the page marks as chosen."""
    found = re.search(r'\?outcome=(\w+)"\s+aria-current="true"', html(response))
    return found and found[1]


def buttons(response, opportunity, outcome):
    return Form(response, url(f"close_as_{outcome}", opportunity)).buttons
