"""Texts of packages that lack a Norwegian translation or have a bad one.

No module imports this file. `make messages` gathers these texts into our catalogue, which is searched before those of
the packages. A test lists those that can be removed because the package has the same translation now.
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

# Not in Django's Norwegian --------------------------------------------------------------------------------------------

_("Added:")
_("Changed:")
_("Deleted:")
ngettext_lazy("entry", "entries")

_("Breadcrumbs")
_("Sidebar")
_("Skip to main content")
_("Start typing to filter…")
_("Filter navigation items")
_("Select all objects on this page for an action")
_("Select this object for an action - {}")
_("Model name")
_("Add link")
_("Change or view list link")
_("Hide counts")
_("Show counts")
_("View selected %(model)s")
_("Thanks for spending some quality time with the web site today.")

ngettext_lazy(
    "This password is too short. It must contain at least %d character.",
    "This password is too short. It must contain at least %d characters.",
)

# Norwegian of packages that is not good enough ------------------------------------------------------------------------

_("This field is required.")
_("date joined")
_("Add another %(verbose_name)s")
_("Set password")
_("Set password: %s")
pgettext_lazy("field label", "Login")
_("Forgot your password?")

# "for 2 minutter siden": without "for" it fits into no sentence.
_("%(delta)s ago")
ngettext_lazy("an hour ago", "%(count)s hours ago")
ngettext_lazy("a minute ago", "%(count)s minutes ago")
ngettext_lazy("a second ago", "%(count)s seconds ago")
