"""Reads settings from the environment. A value that cannot be used raises ImproperlyConfigured with one sentence."""

import re
import warnings
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.ipv6 import is_valid_ipv6_address

ON = ("true", "on", "yes", "y", "1")
LARGEST_PORT = 65_535
OFF = ("false", "off", "no", "n", "0")

DATABASES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")

_UNREADABLE = (ValueError, KeyError, AttributeError, TypeError, Warning, ImproperlyConfigured)  # what environ raises
_HOST = re.compile(r"\*|\.?[\w-]+(\.[\w-]+)*|\[[0-9a-fA-F:.]+\]")
_ORIGIN = re.compile(r"https?://[\w*.\[\]:-]+")
_SITE = re.compile(r"https?://(\[(?P<ipv6>[0-9a-fA-F:.]+)\]|[\w-]+(\.[\w-]+)*)(:(?P<port>[0-9]{1,5}))?")


def of_file(path: Path) -> environ.Env:
    """The environment, with what only the file sets."""
    env = environ.Env()
    env.read_env(path)
    return env


def of_tests() -> environ.Env:
    """The environment, with what tests need. Tests do not read .env, so that they run the same on every machine."""
    env = environ.Env()
    env.ENVIRON.setdefault("SECRET_KEY", "used by tests only")
    env.ENVIRON.setdefault("HTTPS", "False")
    return env


def switch(env: environ.Env, name: str, *, default: bool) -> bool:
    """Reads on or off. An empty value counts as not set. Refuses an unknown word, because it could mean either."""
    word = env.str(name, default="").strip().lower()
    if word in ON:
        return True
    if word in OFF:
        return False
    if word:
        raise ImproperlyConfigured(f"{name}={word} is neither on nor off. Write {name}=True or {name}=False.")
    return default


def number(env: environ.Env, name: str, *, default: int, among: range | None = None) -> int:
    """Reads a whole number that is not negative, and one of `among`."""
    digits = env.str(name, default="").strip() or str(default)
    if not (digits.isascii() and digits.isdecimal()):
        raise ImproperlyConfigured(f"{name}={digits} is not a whole number, such as {default}.")
    if among is not None and int(digits) not in among:
        raise ImproperlyConfigured(f"{name}={digits} is not a number from {among[0]} to {among[-1]}.")
    return int(digits)


def folder(env: environ.Env, name: str, *, default: Path) -> Path:
    """Reads a folder for private files, and makes it if it does not exist."""
    path = Path(env.str(name, default="").strip() or default)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError) as fault:
        raise ImproperlyConfigured(f"{name}={path} is not a folder, and cannot be made: {fault}") from fault
    return path


def words(env: environ.Env, name: str, *, default: list[str]) -> list[str]:
    """Reads a list separated by commas, without the blanks around its words."""
    return [word.strip() for word in env.str(name, default="").split(",") if word.strip()] or default


def hosts(env: environ.Env, name: str, *, default: list[str]) -> list[str]:
    """Reads a list of host names, as requests name them: without a scheme, a path or a port."""
    found = words(env, name, default=default)
    for host in found:
        if not _HOST.fullmatch(host):
            raise ImproperlyConfigured(f"{name}: {host} is not the name of a host, such as sales.example.com.")
    return found


def origins(env: environ.Env, name: str, *, default: list[str]) -> list[str]:
    """Reads a list of the addresses of sites, each with its scheme."""
    found = words(env, name, default=default)
    for origin in found:
        if not _ORIGIN.fullmatch(origin):
            raise ImproperlyConfigured(f"{name}: {origin} is not the address of a site, such as https://example.com.")
    return found


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


def currency(env: environ.Env, name: str, *, default: str) -> str:
    """Reads the code of a currency."""
    typed = env.str(name, default="").strip() or default
    code = typed.upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise ImproperlyConfigured(f"{name}={typed} is not the code of a currency, such as {default}.")
    return code


def country(env: environ.Env, name: str, *, default: str) -> str:
    """Reads the code of a country."""
    typed = env.str(name, default="").strip() or default
    code = typed.upper()
    if not re.fullmatch("[A-Z]{2}", code):
        raise ImproperlyConfigured(f"{name}={typed} is not the code of a country, such as {default}.")
    return code


def database(env: environ.Env, name: str, *, default: str) -> dict[str, Any]:
    """Reads the address of a database. The refusal does not repeat the address: it may hold a password."""
    try:
        with warnings.catch_warnings(action="error"):  # a part of the address that would be ignored
            read: dict[str, Any] = env.db_url_config(env.str(name, default="").strip() or default)
    except _UNREADABLE:
        read = {}
    if read.get("ENGINE") not in DATABASES or not read["NAME"]:
        raise ImproperlyConfigured(
            f"{name} is not the address of a database. Write it like postgres://user:password@host:5432/salesflow."
        )
    return read


def mail_server(env: environ.Env, name: str, *, default: str) -> dict[str, Any]:
    """Reads the address of a mail server. The refusal does not repeat the address: it may hold a password."""
    try:
        read: dict[str, Any] = env.email_url_config(env.str(name, default="").strip() or default)
    except _UNREADABLE:
        read = {}
    if not read or (read["EMAIL_BACKEND"].endswith("smtp.EmailBackend") and not read["EMAIL_HOST"]):
        raise ImproperlyConfigured(
            f"{name} is not the address of a mail server. Write it like smtp+tls://user:password@host:587."
        )
    return read


def base_url(env: environ.Env, *, https: bool, default: str) -> str:
    """Reads the address of the site, for links in mails. With https no default can be right, so it is required."""
    address = env.str("BASE_URL", default="").strip().rstrip("/")
    if not address and https:
        raise ImproperlyConfigured(
            "BASE_URL is missing: links in mails need the address of the site, such as "
            "BASE_URL=https://sales.example.com. For plain http on this machine set HTTPS=False."
        )
    address = address or default
    if not _is_site(address):
        raise ImproperlyConfigured(
            f"BASE_URL={address} is not the address of a site. Write it like https://sales.example.com, without a path."
        )
    if https and not address.startswith("https://"):
        raise ImproperlyConfigured(f"BASE_URL={address} must begin with https://, because HTTPS is on.")
    return address


def _is_site(address: str) -> bool:
    parts = _SITE.fullmatch(address)
    if not parts:
        return False
    ipv6, port = parts["ipv6"], parts["port"]
    return (ipv6 is None or is_valid_ipv6_address(ipv6)) and (port is None or 0 < int(port) <= LARGEST_PORT)
