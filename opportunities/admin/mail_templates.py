from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import Field
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from opportunities.admin.form_fields import OurFields
from opportunities.models import MailTemplate
from opportunities.models.mail_placeholders import PLACEHOLDERS
from salesflow.users.added_once import AddedOnce
from salesflow.users.admin_base import CheckedAgain, ManagedByManagersOfAll, WithHistory, by_manager_of_all, tags
from salesflow.users.page_state import LocksRow
from salesflow.users.sorting import NamesInOrder
from stages.naming import WarnsOfUnclearNames


@admin.register(MailTemplate)
class MailTemplateAdmin(
    CheckedAgain, AddedOnce, LocksRow, WarnsOfUnclearNames, NamesInOrder, OurFields, ManagedByManagersOfAll, WithHistory
):
    """The page of a mail template. The validators of its texts refuse an unknown placeholder."""

    list_display = ("name_en", "name_nb", "marks")
    list_filter = ("is_archived",)
    fields = (("name_en", "name_nb"), "subject_en", "body_en", "subject_nb", "body_nb", "is_archived")
    actions = None

    def rows_to_compare(self, row: MailTemplate) -> QuerySet[MailTemplate]:
        return MailTemplate.objects.all()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return by_manager_of_all(request) and (obj is None or not obj.key)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The text says which placeholders there are."""
        field: Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name.startswith("body_"):
            listed = "; ".join(f"{{{name}}}: {meaning}" for name, meaning in PLACEHOLDERS.items())
            field.help_text = gettext("Placeholders: %(list)s.") % {"list": listed}
        return field

    @admin.display(description=gettext_lazy("remarks"))
    def marks(self, template: MailTemplate) -> SafeString:
        return tags(
            (bool(template.key), gettext("Ships with Salesflow")),
            (template.is_archived, gettext("Archived")),
        )
