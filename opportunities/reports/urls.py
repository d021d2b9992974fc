from django.urls import path

from opportunities.reports import target_views, views

urlpatterns = [
    path("funnel/", views.funnel, name="funnel"),
    path("funnel/filters/", views.funnel_filters, name="funnel_filters"),
    path("reports/targets/", target_views.sales_targets, name="sales_targets"),
    path("reports/targets/people/<int:person>/", target_views.person_targets, name="person_targets"),
    path("reports/targets/units/<int:unit>/", target_views.unit_targets, name="unit_targets"),
]
