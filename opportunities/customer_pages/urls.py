from django.urls import path

from opportunities.customer_pages import views
from opportunities.customer_pages.merge_pages import views as merge_views

urlpatterns = [
    path("competitors/", views.competitor_list, name="competitor_list"),
    path("competitors/new/", views.competitor_new, name="competitor_new"),
    path("competitors/<int:competitor>/", views.competitor_page, name="competitor_page"),
    path("competitors/<int:competitor>/edit/", views.competitor_page_edit, name="competitor_page_edit"),
    *(
        path(f"{noun}s/<int:customer>/merge/", merge_views.customer_merge, {"noun": noun}, name=f"{noun}_merge")
        for noun in ("account", "contact", "competitor")
    ),
    path("duplicates/", merge_views.likely_duplicates, name="likely_duplicates"),
    path("merges/<int:merge>/", merge_views.merge_page, name="merge_page"),
    path("merges/<int:merge>/undo/", merge_views.merge_undo, name="merge_undo"),
]
