"""The types of requests."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from salesflow.users.models import User


class SignedInRequest(HttpRequest):
    """The request of a view behind LoginRequiredMiddleware: its user is never anonymous."""

    user: User
    htmx: HtmxDetails
