from django.urls import URLPattern, path

from opportunities.customer_pages.accounts.pages import ACCOUNTS
from opportunities.customer_pages.accounts.views import account_page
from opportunities.customer_pages.competitors.pages import COMPETITORS
from opportunities.customer_pages.competitors.views import competitor_page
from opportunities.customer_pages.contacts.pages import CONTACTS
from opportunities.customer_pages.contacts.views import contact_page
from opportunities.customer_pages.merge_pages import views as merge_views
from opportunities.customer_pages.pages import CustomerPages
from opportunities.customer_pages.views import archiving, history, lists, writing


def _addresses(stem: str, pages: CustomerPages) -> list[URLPattern]:
    """The addresses that the nouns share."""
    given, names = {"pages": pages}, pages.names
    one = f"{stem}/<int:customer>/"
    return [
        path(f"{stem}/", lists.customer_list, given, name=names["list"]),
        path(f"{stem}/new/", writing.customer_new, given, name=names["new"]),
        path(f"{one}edit/", writing.customer_page_edit, given, name=names["page_edit"]),
        path(f"{one}archive/", archiving.customer_page_archive, given, name=names["page_archive"]),
        path(f"{one}history/", history.customer_page_history, given, name=names["page_history"]),
        path(f"{one}restore/", archiving.customer_page_restore, given, name=names["page_restore"]),
        path(f"{one}merge/", merge_views.customer_merge, {"noun": pages.noun}, name=f"{pages.noun}_merge"),
    ]


urlpatterns = [
    *_addresses("accounts", ACCOUNTS),
    path("accounts/<int:customer>/", account_page, name="account_page"),
    *_addresses("contacts", CONTACTS),
    path("contacts/<int:customer>/", contact_page, name="contact_page"),
    *_addresses("competitors", COMPETITORS),
    path("competitors/<int:customer>/", competitor_page, name="competitor_page"),
    path("duplicates/", merge_views.likely_duplicates, name="likely_duplicates"),
    path("merges/<int:merge>/", merge_views.merge_page, name="merge_page"),
    path("merges/<int:merge>/undo/", merge_views.merge_undo, name="merge_undo"),
]
