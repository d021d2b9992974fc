"""The settings of the floor: the same database, sessions and users, and no more than Django's own middleware."""

from salesflow.settings import *  # noqa: F403

MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # allauth does not start without it
]
ROOT_URLCONF = "tests.bench.floor"
WSGI_APPLICATION = "tests.bench.floor_wsgi.application"
