from typing import Any

from allauth.account import forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
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


def _ask_for_code(form: Any) -> None:
    """A field for a code, with our label, focused when the page opens."""
    field = form.fields["code"]
    field.label = _("Code")
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= {"autocomplete": "one-time-code", "inputmode": "numeric"}
    if not form.is_bound:
        field.widget.attrs["autofocus"] = True


class CodeForm(mfa_forms.AuthenticateForm):
    """allauth's form for the code at sign-in, with our label."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask_for_code(self)


class ConfirmByCodeForm(mfa_forms.ReauthenticateForm):
    """allauth's form for a code before a change of the second factor, with our label."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask_for_code(self)


class ActivateForm(totp_forms.ActivateTOTPForm):
    """allauth's form that turns the second factor on, with our label."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask_for_code(self)


class ConfirmForm(forms.ReauthenticateForm):
    """allauth's form for the password before a change of the second factor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].widget.attrs.pop("placeholder", None)
        if not self.is_bound:
            self.fields["password"].widget.attrs["autofocus"] = True


class ResetPasswordForm(forms.ResetPasswordForm):
    """allauth's form, but only adds a mail to the outbox. It does the same work for an unknown address."""

    def clean_email(self) -> str:
        """Does not look for an account: the worker does."""
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email = str(self.cleaned_data["email"])
        outbox.send(kind=mails.PASSWORD_RESET, at=timezone.now(), to=email)
        return email
