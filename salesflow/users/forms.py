from typing import Any

from allauth.account import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salesflow.mail import outbox
from salesflow.users import mails


class SignInForm(forms.LoginForm):
    """allauth's form, with our labels."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name or mail address")
        self.fields["login"].widget.attrs.pop("placeholder", None)  # it would repeat the label in other words
        if not self.is_bound:
            self.fields["login"].widget.attrs["autofocus"] = True
        self.fields["remember"].label = _("Remember me")


class ResetPasswordForm(forms.ResetPasswordForm):
    """allauth's form, but only adds a mail to the outbox. It does the same work for an unknown address."""

    def clean_email(self) -> str:
        """Does not look for an account: the worker does."""
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email = str(self.cleaned_data["email"])
        outbox.send(kind=mails.PASSWORD_RESET, at=timezone.now(), to=email)
        return email
