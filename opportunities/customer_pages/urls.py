from django.urls import path

from opportunities.customer_pages import views

urlpatterns = [
    path("competitors/", views.competitor_list, name="competitor_list"),
    path("competitors/new/", views.competitor_new, name="competitor_new"),
    path("competitors/<int:competitor>/", views.competitor_page, name="competitor_page"),
    path("competitors/<int:competitor>/edit/", views.competitor_page_edit, name="competitor_page_edit"),
]
