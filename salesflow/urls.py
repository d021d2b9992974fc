"""All addresses of the site."""

from django.contrib import admin
from django.urls import include, path

from salesflow import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("user/", include("salesflow.users.urls")),
    path("admin/", admin.site.urls),
    path("", include("opportunities.urls")),
]

handler400 = "salesflow.error_pages.bad_request"
handler429 = "salesflow.error_pages.too_many_requests"
handler500 = "salesflow.error_pages.server_error"
