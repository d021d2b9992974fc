from django.urls import path

from opportunities.pipeline import cell_views, contacts, day_views, neighbours, news, reminders, tasks, views
from opportunities.pipeline.board import urls as board
from opportunities.pipeline.bulk import urls as bulk
from opportunities.pipeline.export.views import opportunity_export
from opportunities.pipeline.finding.views import find
from opportunities.pipeline.saved_views import views as saved_views

urlpatterns = [
    path("", views.my_day, name="my_day"),
    path("start/", views.start, name="start"),
    path("day/<int:pk>/", day_views.my_day_row, name="my_day_row"),
    path("day/<int:pk>/plan/", day_views.day_plan, name="day_plan"),
    path("day/<int:pk>/done/", day_views.day_done, name="day_done"),
    path("day/<int:pk>/postpone/", day_views.day_postpone, name="day_postpone"),
    path("day/<int:pk>/close-date/", day_views.day_close_date, name="day_close_date"),
    path("day/<int:pk>/answer/<int:step>/", day_views.day_answer, name="day_answer"),
    path("day/<int:pk>/advance/", day_views.day_advance, name="day_advance"),
    path("day/<int:pk>/finish/", day_views.day_finish, name="day_finish"),
    path("day/<int:pk>/resume/", day_views.day_resume, name="day_resume"),
    path("news/", news.news, name="news"),
    path("news/seen/", news.news_seen, name="news_seen"),
    path("tasks/", tasks.my_tasks, name="my_tasks"),
    path("tasks/digest/", reminders.set_digest, name="set_digest"),
    path("tasks/calendar/", reminders.make_calendar, name="make_calendar"),
    path("tasks/calendar/end/", reminders.end_calendar, name="end_calendar"),
    path("opportunities/<int:pk>/tasks/<int:row>/done/", tasks.task_done, name="task_done"),
    path(
        "opportunities/<int:pk>/stakeholders/<int:row>/opportunities/",
        contacts.stakeholder_opportunities,
        name="stakeholder_opportunities",
    ),
    path("feeds/<int:user>/<str:key>/tasks.ics", reminders.feed, name="calendar"),
    path("find/", find, name="find"),
    path("opportunities/<int:pk>/previous/", neighbours.previous_opportunity, name="previous_opportunity"),
    path("opportunities/<int:pk>/next/", neighbours.next_opportunity, name="next_opportunity"),
    path("opportunities/<int:pk>/row/", cell_views.list_row, name="list_row"),
    path("opportunities/<int:pk>/cell/<slug:name>/", cell_views.list_cell, name="list_cell"),
    *board.urlpatterns,
    path("opportunities/export/", opportunity_export, name="opportunity_export"),
    path("opportunities/", views.opportunity_list, name="opportunity_list"),
    path("opportunities/views/", saved_views.saved_views, name="saved_views"),
    path("opportunities/views/new/", saved_views.saved_view_new, name="saved_view_new"),
    path("opportunities/views/pinned/", saved_views.pinned_views, name="pinned_views"),
    path("opportunities/views/choose/", saved_views.view_choice, name="view_choice"),
    path("opportunities/views/columns/", saved_views.view_columns, name="view_columns"),
    path("opportunities/views/<int:view>/edit/", saved_views.saved_view_edit, name="saved_view_edit"),
    path("opportunities/views/<int:view>/update/", saved_views.saved_view_update, name="saved_view_update"),
    path("opportunities/views/<int:view>/delete/", saved_views.saved_view_delete, name="saved_view_delete"),
    path("opportunities/views/<int:view>/restore/", saved_views.saved_view_restore, name="saved_view_restore"),
    path("opportunities/filters/", views.opportunity_filters, name="opportunity_filters"),
    *bulk.urlpatterns,
]
