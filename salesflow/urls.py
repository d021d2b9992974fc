"""The site map."""

from django.contrib import admin
from django.urls import include, path

from salesflow import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("user/", include("salesflow.users.urls")),
    path("admin/", admin.site.urls),
    path("", include("opportunities.urls")),
]
