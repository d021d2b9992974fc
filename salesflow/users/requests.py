"""The types of requests."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from salesflow.users.models import User


class SignedInRequest(HttpRequest):
    """What a view gets that LoginRequiredMiddleware guards: never anonymous."""

    user: User
    htmx: HtmxDetails
