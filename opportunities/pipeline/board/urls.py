from django.urls import path

from opportunities.pipeline.board import moves, views

urlpatterns = [
    path("opportunities/board/", views.board, name="board"),
    path("opportunities/board/filters/", views.board_filters, name="board_filters"),
    path("opportunities/board/changes/", views.board_changes, name="board_changes"),
    path("opportunities/board/lanes/<int:stage>/", views.board_lane, name="board_lane"),
    path("opportunities/board/<int:pk>/", views.board_card, name="board_card"),
    path("opportunities/board/<int:pk>/move/", moves.board_move, name="board_move"),
]
