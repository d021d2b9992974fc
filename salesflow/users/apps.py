from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    name = "salesflow.users"
    label = "users"
    verbose_name = _("Users")

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from salesflow.mail import kinds
        from salesflow.users import last_seen, mails

        kinds.register(mails.PASSWORD_RESET, mails.password_reset)
        user_logged_in.connect(last_seen.begin, dispatch_uid="last_seen")
