"""What the server logs: one line for each entry, on its error output."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
        "null": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # An unknown host is a mistake of the sender. Logging it would let a stranger fill the log.
        "django.security.DisallowedHost": {"handlers": ["null"], "propagate": False},
        "django.request": {"level": "ERROR"},  # not warnings: the page shows them to the user
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
