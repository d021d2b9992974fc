from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    name = "salesflow.users"
    label = "users"
    verbose_name = _("Users")

    def ready(self) -> None:
        from salesflow.mail import kinds
        from salesflow.users import mails

        kinds.register(mails.PASSWORD_RESET, mails.password_reset)
