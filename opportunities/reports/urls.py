from functools import partial

from django.urls import path

from opportunities.reports import views
from opportunities.reports.every import REPORTS

urlpatterns = [
    *(path(report.path, partial(views.show, report=report), name=report.name) for report in REPORTS),
    *(path(f"{report.path}csv/", partial(views.as_csv, report=report), name=report.csv_name) for report in REPORTS),
    *(
        path(f"{report.path}filters/", partial(views.filters, report=report), name=f"{report.name}_filters")
        for report in REPORTS
    ),
]
