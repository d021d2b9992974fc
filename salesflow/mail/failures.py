"""Says why an attempt to send failed, as its row stores it."""

import smtplib
from typing import Any

from salesflow.mail.limits import TookTooLong
from salesflow.mail.models import Attempt

Why = Attempt.Why


def described(fault: Exception) -> dict[str, Any]:
    """The columns of an attempt that ended with this exception."""
    code = _code(fault)
    why = Why.REFUSED if code is not None else _without_answer(fault)
    return {"outcome": Attempt.Outcome.FAILED, "why": why, "code": code}


def _code(fault: Exception) -> int | None:
    """The code with which the mail server refused; None if it sent none. smtplib says -1 when it read none."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _sentence in fault.recipients.values()]
    else:
        codes = [fault.smtp_code] if isinstance(fault, smtplib.SMTPResponseException) else []
    return next((code for code in codes if 400 <= code <= 599), None)


def _without_answer(fault: Exception) -> Why:
    """The library smtplib turns a time-out into a lost connection, and keeps the time-out as its context."""
    if isinstance(fault, TookTooLong | TimeoutError) or isinstance(fault.__context__, TimeoutError):
        return Why.NO_ANSWER
    return Why.NO_CONNECTION if isinstance(fault, OSError | smtplib.SMTPException) else Why.OTHER
