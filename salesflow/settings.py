"""All settings of Salesflow. Some take a long value from the module of its subject, such as `database` and `logs`.

Settings that differ between installations come from the environment, or from the file `.env` beside manage.py; the
environment wins. Without a SECRET_KEY, or with a value that cannot be used, the start fails. By default everything is
set for https, which needs a BASE_URL.
"""

import mimetypes
import os
from pathlib import Path

from csp.constants import NONE, SELF

from salesflow import bundles, database, environment, logs, repeated_queries, sign_in

BASE_DIR = Path(__file__).resolve().parent.parent

TESTING = "PYTEST_VERSION" in os.environ  # pytest sets this variable

env = environment.of_tests() if TESTING else environment.of_file(BASE_DIR / ".env")

# This installation ---------------------------------------------------------------------------------------------------

SECRET_KEY = env.str("SECRET_KEY")
DEBUG = environment.switch(env, "DEBUG", default=False)
ALLOWED_HOSTS = environment.hosts(env, "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = environment.origins(env, "CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = environment.switch(env, "HTTPS", default=True)
PROXIES = environment.number(env, "PROXIES", default=0)  # how many reverse proxies of ours are in front
# Links in mails start with this, never with the host of a request.
_here = f"http://localhost:{environment.number(env, 'PORT', default=8000)}"
BASE_URL = environment.base_url(env, https=HTTPS, default=_here)
# The files that the server writes are here: SQLite, static files, uploaded files.
DATA_DIR = environment.folder(env, "DATA_DIR", default=BASE_DIR / "var")

CURRENCY = environment.currency(env, "CURRENCY", default="NOK")
LANGUAGES = [("en", "English"), ("nb", "Norsk bokmål")]
LANGUAGE_CODE = environment.choice(env, "DEFAULT_LANGUAGE", among=[code for code, _name in LANGUAGES], default="en")
# The country of a phone number without a country code, and of a new account.
PHONENUMBER_DEFAULT_REGION = environment.country(env, "DEFAULT_COUNTRY", default="NO")
FISCAL_YEAR_FIRST_MONTH = environment.number(env, "FISCAL_YEAR_FIRST_MONTH", default=1, among=range(1, 13))
RETENTION_MONTHS = environment.number(env, "RETENTION_MONTHS", default=24)  # of people without activity
TIME_ZONE = environment.time_zone(env, "TIME_ZONE", default="Europe/Oslo")  # "today" is the organisation's date

# Applications --------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "salesflow",
    "salesflow.mail",
    "salesflow.users",
    "stages",
    "opportunities.customers",
    "opportunities",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_countries",
    "django_filters",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "pipeline",
    "simple_history",
    "salesflow.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
]

MIDDLEWARE = [
    # These five only add headers. They come first, so that every response gets them: files, redirects and refusals too.
    "salesflow.middleware.SecurityHeaders",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "salesflow.middleware.no_store",
    "salesflow.prefetch.forget_after_post",
    "salesflow.middleware.refuse_other_charsets",
    "salesflow.health.answer_before_the_host_check",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # adds bytes at random, so that the size of a page gives no secret away
    "salesflow.middleware.retry_after",
    "salesflow.middleware.refuse_unreadable",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "salesflow.middleware.norwegian_by_any_code",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "salesflow.middleware.SignInRequired",
    "salesflow.middleware.SecondFactorRequired",
    "salesflow.users.last_seen.track",
    "salesflow.prefetch.offer",
    "django.contrib.messages.middleware.MessageMiddleware",
    "salesflow.prefetch.touch_nothing",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

if TESTING:  # a page that queries row by row fails its test
    INSTALLED_APPS.append("zeal")
    MIDDLEWARE.append("zeal.middleware.zeal_middleware")
    ZEAL_ALLOWLIST = repeated_queries.ALLOWED

ROOT_URLCONF = "salesflow.urls"
WSGI_APPLICATION = "salesflow.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "opportunities.context_processors.rights",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

# What a step of a process may ask for, and the opportunities that a changed process affects. `stages` imports neither.
STEP_VOCABULARY = "opportunities.vocabulary"
PROCESS_RECORDS = "opportunities.editing.derived"

SIMPLE_HISTORY_REVERT_DISABLED = True  # its form ignores read-only fields

# Database ------------------------------------------------------------------------------------------------------------

_database = environment.database(env, "DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'salesflow.sqlite3'}")
DATABASES = {"default": database.with_options(_database)}
CACHES = database.CACHES

# Sign-in -------------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["salesflow.users.backends.OneHashBackend"]
AUTH_PASSWORD_VALIDATORS = sign_in.PASSWORD_VALIDATORS
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
ACCOUNT_ADAPTER = "salesflow.users.adapter.AccountAdapter"
ACCOUNT_FORMS = sign_in.ACCOUNT_FORMS
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
REQUIRE_SECOND_FACTOR_OF_MANAGERS = environment.switch(env, "REQUIRE_SECOND_FACTOR_OF_MANAGERS", default=False)
MFA_ADAPTER = "salesflow.users.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # managers write the addresses, so nobody verifies them
MFA_TOTP_TOLERANCE = 1  # a telephone whose clock differs by up to half a minute
MFA_FORMS = sign_in.SECOND_FACTOR_FORMS

# Languages and formats -----------------------------------------------------------------------------------------------

LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "salesflow.formats"
USE_THOUSAND_SEPARATOR = True  # for people; what machines read is unlocalised in the templates

# Static files --------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
_from_source = DEBUG or TESTING  # without collectstatic
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = _from_source
WHITENOISE_MIMETYPES = {".speculationrules": "application/speculationrules+json"}  # browsers ignore any other type
for _ending, _type in WHITENOISE_MIMETYPES.items():
    mimetypes.add_type(_type, _ending)  # for runserver
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "attachments": {
        "BACKEND": "salesflow.private_files.PrivateFiles",
        "OPTIONS": {"location": DATA_DIR / "attachments"},
    },
}
if not _from_source:
    STORAGES["staticfiles"] = {"BACKEND": "salesflow.bundles.BundledStorage"}
PIPELINE = bundles.PIPELINE | {"PIPELINE_ENABLED": not DEBUG}

# Limits of a request -------------------------------------------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # bytes of a form without its files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_HANDLERS = ["salesflow.uploads.Discarding"]
UPLOAD_MAX_BYTES = environment.number(env, "UPLOAD_MAX_MB", default=25) * 1024 * 1024  # of one file

# Security headers and cookies ----------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

WAY_BACK_COOKIE_NAME = "way_back"  # opportunities/way_back.py
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    WAY_BACK_COOKIE_NAME = "__Host-way_back"
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Mail and logs -------------------------------------------------------------------------------------------------------

vars().update(environment.mail_server(env, "EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10  # seconds to wait for each answer of the mail server
EMAIL_ATTEMPT_TIMEOUT = 60  # seconds for a whole attempt to send: EMAIL_TIMEOUT does not limit the number of answers
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Salesflow <salesflow@localhost>")

# A task wakes the worker, which then reads the outbox: `salesflow.mail`.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

LOGGING = logs.LOGGING
