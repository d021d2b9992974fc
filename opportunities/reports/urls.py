from django.urls import path

from opportunities.reports import views

urlpatterns = [
    path("funnel/", views.funnel, name="funnel"),
    path("funnel/filters/", views.funnel_filters, name="funnel_filters"),
]
