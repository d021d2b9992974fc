"""One list per noun. A URL's name is the name of its view and of its template."""

from django.urls import path

from opportunities.views import (
    closing,
    competitors,
    funnel,
    moves,
    my_day,
    opportunities,
    opportunity,
    pausing,
    picker,
    stakeholders,
    team,
    waiving,
)

OPPORTUNITIES = [
    path("", my_day.my_day, name="my_day"),
    path("opportunities/", opportunities.opportunity_list, name="opportunity_list"),
    path("opportunities/new/", opportunities.opportunity_new, name="opportunity_new"),
    path("opportunities/<int:pk>/", opportunity.opportunity, name="opportunity"),
    path("opportunities/<int:pk>/edit/", opportunities.opportunity_edit, name="opportunity_edit"),
]

MOVES = [
    path("opportunities/<int:pk>/save/", moves.save, name="save"),
    path("opportunities/<int:pk>/advance/", moves.advance, name="advance"),
    path("opportunities/<int:pk>/jump/", moves.jump, name="jump"),
    path("opportunities/<int:pk>/back/", moves.go_back, name="go_back"),
    path("opportunities/<int:pk>/finish/", moves.finish, name="finish"),
]

CLOSING = [
    path("opportunities/<int:pk>/close/", closing.close, name="close"),
    path("opportunities/<int:pk>/close/won/", closing.close_as_won, name="close_as_won"),
    path("opportunities/<int:pk>/close/lost/", closing.close_as_lost, name="close_as_lost"),
    path("opportunities/<int:pk>/reopen/", closing.reopen, name="reopen"),
]

PAUSING = [
    path("opportunities/<int:pk>/hold/", pausing.hold, name="hold"),
    path("opportunities/<int:pk>/resume/", pausing.resume, name="resume"),
]

WAIVING = [
    path("opportunities/<int:pk>/waive/<int:step>/", waiving.waive, name="waive"),
    path("opportunities/<int:pk>/ask/", waiving.ask_manager, name="ask_manager"),
    path("opportunities/<int:pk>/decline/", waiving.decline_request, name="decline_request"),
]

STAKEHOLDERS = [
    path("opportunities/<int:pk>/stakeholders/add/", stakeholders.stakeholder_add, name="stakeholder_add"),
    path("opportunities/<int:pk>/stakeholders/<int:row>/", stakeholders.stakeholder_edit, name="stakeholder_edit"),
    path(
        "opportunities/<int:pk>/stakeholders/<int:row>/remove/",
        stakeholders.stakeholder_remove,
        name="stakeholder_remove",
    ),
]

COMPETITORS = [
    path("opportunities/<int:pk>/competitors/add/", competitors.competitor_add, name="competitor_add"),
    path("opportunities/<int:pk>/competitors/none/", competitors.no_known_competitors, name="no_known_competitors"),
    path("opportunities/<int:pk>/competitors/<int:row>/", competitors.competitor_edit, name="competitor_edit"),
    path(
        "opportunities/<int:pk>/competitors/<int:row>/remove/",
        competitors.competitor_remove,
        name="competitor_remove",
    ),
]

TEAM = [
    path("opportunities/<int:pk>/team/add/", team.team_member_add, name="team_member_add"),
    path("opportunities/<int:pk>/team/alone/", team.sell_alone, name="sell_alone"),
    path("opportunities/<int:pk>/team/<int:row>/", team.team_member_edit, name="team_member_edit"),
    path("opportunities/<int:pk>/team/<int:row>/remove/", team.team_member_remove, name="team_member_remove"),
]

FUNNEL = [path("funnel/", funnel.funnel, name="funnel")]

PICKER = [path("pick/<slug:what>/", picker.picker, name="picker")]

urlpatterns = OPPORTUNITIES + MOVES + CLOSING + PAUSING + WAIVING + STAKEHOLDERS + COMPETITORS + TEAM + FUNNEL + PICKER
