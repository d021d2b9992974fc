"""The mails about an account. Each is written when it is sent, in the language of the user."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from salesflow.mail.models import OutboxMail
from salesflow.users.models import User

PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a kind of mail


def password_reset(request: OutboxMail) -> EmailMessage | None:
    """The mail to the active user with the typed address; None without one. It goes to the stored address."""
    user = User.objects.filter(email__iexact=request.to, email__gt="", is_active=True).first()
    if user is None:
        return None
    with translation.override(user.language):
        return EmailMessage(_("Choose a new Salesflow password"), _reset_text(user), to=[user.email])


def _reset_text(user: User) -> str:
    text = _(
        "Hello %(person)s,\n"
        "\n"
        "a new password was asked for, for your Salesflow account. Your user name is %(username)s.\n"
        "Open this link to choose a new password:\n"
        "\n"
        "%(link)s\n"
        "\n"
        "The link works once, within %(days)d days. If you did not ask for it, you need not do anything: your password "
        "stays as it is.\n"
    )
    days = settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
    return text % {"person": user, "username": user.username, "link": _reset_link(user), "days": days}


def _reset_link(user: User) -> str:
    page = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
    )
    return f"{settings.BASE_URL}{page}"
