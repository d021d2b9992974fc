from django.urls import path

from opportunities.reports import views

urlpatterns = [path("funnel/", views.funnel, name="funnel")]
