from django.urls import path

from opportunities.pipeline.bulk import refused_file, views

urlpatterns = [
    path("opportunities/bulk/", views.bulk_runs, name="bulk_runs"),
    path("opportunities/bulk/<int:run>/", views.bulk_run, name="bulk_run"),
    path("opportunities/bulk/<int:run>/stop/", views.bulk_stop, name="bulk_stop"),
    path("opportunities/bulk/<int:run>/on/", views.bulk_go_on, name="bulk_go_on"),
    path("opportunities/bulk/<int:run>/back/", views.bulk_put_back, name="bulk_put_back"),
    path("opportunities/bulk/<int:run>/refused/", refused_file.bulk_refused, name="bulk_refused"),
]
