from django.urls import path

from opportunities.full_export import views

urlpatterns = [
    path("export/", views.full_export, name="full_export"),
    path("export/download/", views.full_export_download, name="full_export_download"),
]
