"""The forms that ask a manager to close an opportunity as lost, and that answer it."""

from opportunities.customers.models import Competitor
from tests.support.closing_pages import url
from tests.support.factories import CompetitorFactory, ask, reason, reread
from tests.support.pages import Form


def lost_form(client, opportunity):
    return Form(client.get(f"{url('close', opportunity)}?outcome=lost"), url("close_as_lost", opportunity))


def answer_form(client, opportunity):
    return Form(client.get(url("close_request", opportunity)), url("approve_close_request", opportunity))


def text(response):
    return " ".join(response.content.decode().split())


def out_sold_to(name):
    """Why it was lost, with a link to the competitor."""
    return f'Out-sold, to <a href="{Competitor.objects.get(name=name).get_absolute_url()}">{name}</a>'


def asked(opportunity, rep, **more):
    given = {"reason": reason("out_sold"), "competitor": CompetitorFactory(name="Fleetwise")}
    more = {"description": "They bought a package.", **given, **more}
    ask(opportunity, by=rep, **more)
    return reread(opportunity)
