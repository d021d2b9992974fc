from django.urls import path

from opportunities.handing_over import absences, views

urlpatterns = [
    path("hand-over/", views.hand_over, name="hand_over"),
    path("hand-over/from/<int:user>/", views.hand_over_from, name="hand_over_from"),
    path("hand-over/<int:hand_over>/", views.hand_over_report, name="hand_over_report"),
    path("hand-over/<int:hand_over>/undo/", views.hand_over_undo, name="hand_over_undo"),
    path("absences/", absences.absences, name="absences"),
    path("absences/<int:absence>/end/", absences.absence_remove, name="absence_remove"),
]
