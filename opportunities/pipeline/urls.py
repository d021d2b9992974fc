from django.urls import path

from opportunities.pipeline import views

urlpatterns = [
    path("", views.my_day, name="my_day"),
    path("opportunities/", views.opportunity_list, name="opportunity_list"),
]
