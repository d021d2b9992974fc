from functools import partial

from django.urls import path

from opportunities.reports import target_views, views
from opportunities.reports.every import REPORTS

urlpatterns = [
    *(path(report.path, partial(views.show, report=report), name=report.name) for report in REPORTS),
    *(path(f"{report.path}csv/", partial(views.as_csv, report=report), name=report.csv_name) for report in REPORTS),
    *(
        path(f"{report.path}filters/", partial(views.filters, report=report), name=f"{report.name}_filters")
        for report in REPORTS
    ),
    path("reports/targets/", target_views.sales_targets, name="sales_targets"),
    path("reports/targets/people/<int:person>/", target_views.person_targets, name="person_targets"),
    path("reports/targets/units/<int:unit>/", target_views.unit_targets, name="unit_targets"),
]
