from django.urls import path

from opportunities.customer_pages.privacy import review, views

urlpatterns = [
    path("privacy/", views.privacy, name="privacy"),
    path("privacy/<int:contact>/", views.person, name="person"),
    path("privacy/<int:contact>/export/", views.person_export, name="person_export"),
    path("privacy/<int:contact>/erase/", views.person_erase, name="person_erase"),
    path("privacy/<int:contact>/review/", review.person_review, name="person_review"),
    path("privacy/<int:contact>/review/<int:passage>/", review.passage_decide, name="passage_decide"),
    path("privacy/<int:contact>/accept/", review.person_accept, name="person_accept"),
]
