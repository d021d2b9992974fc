"""The app with the site map, the admin site and the checks of the installation."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.core.checks import Tags, register

from salesflow.checks import check_journal_mode


class SalesflowConfig(AppConfig):
    name = "salesflow"
    default = True

    def ready(self) -> None:
        register(check_journal_mode, Tags.database)


class AdminConfig(admin_apps.AdminConfig):
    """Django's admin with our admin site: its permissions and its sign-in page."""

    default_site = "salesflow.site.Site"
    default = False
