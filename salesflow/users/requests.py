"""The types of requests."""

from django.http import HttpRequest

from salesflow.users.models import User


class SignedInRequest(HttpRequest):
    """The request of a view behind LoginRequiredMiddleware: its user is never anonymous."""

    user: User
