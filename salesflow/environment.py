"""Reads settings from the environment. A value that cannot be used stops the start with one sentence."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

ON = ("true", "on", "yes", "y", "1")
OFF = ("false", "off", "no", "n", "0")

_SITE = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[\w-]+(\.[\w-]+)*)(:[0-9]{1,5})?")


def switch(env: environ.Env, name: str, *, default: bool) -> bool:
    """Reads on or off. An empty value counts as not set; an unknown word is refused, because it could mean either."""
    word = env.str(name, default="").strip().lower()
    if word in ON:
        return True
    if word in OFF:
        return False
    if word:
        raise ImproperlyConfigured(f"{name}={word} is neither on nor off. Write {name}=True or {name}=False.")
    return default


def number(env: environ.Env, name: str, *, default: int) -> int:
    """Reads a whole number that is not negative."""
    digits = env.str(name, default="").strip() or str(default)
    if not (digits.isascii() and digits.isdecimal()):
        raise ImproperlyConfigured(f"{name}={digits} is not a whole number, such as {default}.")
    return int(digits)


def words(env: environ.Env, name: str, *, default: list[str]) -> list[str]:
    """Reads a list separated by commas, without the blanks around its words."""
    return [word.strip() for word in env.str(name, default="").split(",") if word.strip()] or default


def choice(env: environ.Env, name: str, *, among: list[str], default: str) -> str:
    """Reads one of the words allowed."""
    word = env.str(name, default="").strip() or default
    if word not in among:
        raise ImproperlyConfigured(f"{name}={word} is not known. Write one of: {', '.join(among)}.")
    return word


def time_zone(env: environ.Env, name: str, *, default: str) -> str:
    """Reads the name of a time zone."""
    zone = env.str(name, default="").strip() or default
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ImproperlyConfigured(f"{name}={zone} is not a time zone, such as {default}.") from unknown
    return zone


def base_url(env: environ.Env, *, https: bool, default: str) -> str:
    """Reads the address of the site, for links in mails. Behind https there is no default that could be right."""
    address = env.str("BASE_URL", default="").strip().rstrip("/")
    if not address and https:
        raise ImproperlyConfigured(
            "BASE_URL is missing: links in mails need the address of the site, such as "
            "BASE_URL=https://sales.example.com. For plain http on this machine set HTTPS=False."
        )
    address = address or default
    if not _SITE.fullmatch(address):
        raise ImproperlyConfigured(
            f"BASE_URL={address} is not the address of a site. Write it like https://sales.example.com, without a path."
        )
    if https and not address.startswith("https://"):
        raise ImproperlyConfigured(f"BASE_URL={address} must begin with https://, because HTTPS is on.")
    return address
