"""The floor of a measurement: pages that do nothing but read the session, the user and one indexed query.

What a page of ours costs is compared with the page here that shows as many rows.
"""

from django.contrib.auth.decorators import login_required
from django.db import connection, transaction
from django.db.models import Count, Sum
from django.http import HttpResponse, HttpResponseRedirect
from django.template import Context, Template
from django.urls import path

from opportunities.models import Opportunity

ROW = "<tr><td>{{ row.name }}<td>{{ row.estimated_revenue }}<td>{{ row.estimated_close_date }}<td>{{ row.next_step }}"
PAGE = "<!DOCTYPE html><html><head><title>Floor</title></head><body><p>{{ user }}</p>%s</body></html>"
RECORD = PAGE % f"<table>{ROW}</table><p>{{{{ row.description }}}}</p>"
TABLE = PAGE % f"<table>{{% for row in rows %}}{ROW}{{% endfor %}}</table>"
FIGURES = PAGE % "{% for row in rows %}<p>{{ row.active_stage }}: {{ row.count }}, {{ row.revenue }}</p>{% endfor %}"


def rendered(request, template, **context):
    return HttpResponse(Template(template).render(Context({"user": request.user, **context})))


@login_required
def record(request, pk):
    return rendered(request, RECORD, row=Opportunity.objects.get(pk=pk))


@login_required
def rows(request, count):
    found = Opportunity.objects.filter(status="open").order_by("-modified_at", "-pk")[:count]
    return rendered(request, TABLE, rows=found)


@login_required
def aggregate(request):
    figures = Opportunity.objects.filter(status="open").values("active_stage")
    return rendered(request, FIGURES, rows=figures.annotate(count=Count("pk"), revenue=Sum("estimated_revenue")))


@login_required
def move(request, pk):
    """Locks a row, writes one column of it, and redirects."""
    with transaction.atomic(), connection.cursor() as cursor:
        locked = Opportunity.objects.select_for_update().get(pk=pk)
        cursor.execute("UPDATE opportunities_opportunity SET next_step = %s WHERE id = %s", [locked.next_step, pk])
    return HttpResponseRedirect(f"/record/{pk}/", status=303)


urlpatterns = [
    path("record/<int:pk>/", record),
    path("rows/<int:count>/", rows),
    path("aggregate/", aggregate),
    path("move/<int:pk>/", move),
]
