from django.urls import path

from opportunities.help_pages import views

urlpatterns = [
    path("help/", views.help_pages, name="help_pages"),
    path("keys/", views.keys, name="keys"),
    path("help/<int:process>/<int:stage>/", views.help_stage, name="help_stage"),
]
