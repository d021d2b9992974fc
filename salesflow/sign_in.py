"""The rules for passwords, and our forms of the pages that allauth has for signing in."""

PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_FORMS = {
    "login": "salesflow.users.forms.SignInForm",
    "reauthenticate": "salesflow.users.forms.ConfirmForm",
    "reset_password": "salesflow.users.forms.ResetPasswordForm",
}
SECOND_FACTOR_FORMS = {
    "authenticate": "salesflow.users.forms.CodeForm",
    "reauthenticate": "salesflow.users.forms.ConfirmByCodeForm",
    "activate_totp": "salesflow.users.forms.ActivateForm",
}
