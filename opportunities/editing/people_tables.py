"""The child tables of the people and companies of an opportunity: entries of the registry `children`."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from opportunities.editing.child_table import ChildTable, ChildTexts, StoredCount
from opportunities.models import OpportunityCompetitor, Stakeholder, TeamMember

STAKEHOLDER = ChildTable(
    model=Stakeholder,
    relation="stakeholders",
    name="stakeholder",
    subject="contact",
    logged=("roles", "attitude", "influence", "note"),
    counts=(
        StoredCount(
            evidence="stakeholder",
            column="stakeholder_count",
            text=ngettext_lazy("%(count)d stakeholder", "%(count)d stakeholders", "count"),
        ),
        StoredCount(
            evidence="decision_maker",
            column="decision_maker_count",
            text=ngettext_lazy("%(count)d decision maker", "%(count)d decision makers", "count"),
            where={"roles": Stakeholder.Role.DECISION_MAKER},
        ),
    ),
    listed_with="contact__account",
    tab="stakeholders",
    is_edited=True,
    says=ChildTexts(
        title=_("Stakeholders"),
        added=_("Added the stakeholder %(name)s"),
        removed=_("Removed the stakeholder %(name)s"),
        add_title=_("Add a stakeholder"),
        add_button=_("Add stakeholder"),
        removal=_("%(name)s (%(roles)s) will no longer be a stakeholder of this opportunity. The contact stays."),
        none_yet=_("Nobody yet. Who has a say in the customer’s decision?"),
    ),
)

COMPETITOR = ChildTable(
    model=OpportunityCompetitor,
    relation="competitor_links",
    name="competitor",
    subject="competitor",
    logged=("threat", "note"),
    counts=(
        StoredCount(
            evidence="competitor",
            column="competitor_count",
            text=ngettext_lazy("%(count)d competitor", "%(count)d competitors", "count"),
            denied_by="no_known_competitors",
        ),
    ),
    listed_with="competitor",
    tab="competitors",
    is_edited=True,
    says=ChildTexts(
        title=_("Competitors"),
        added=_("Added the competitor %(name)s"),
        removed=_("Removed the competitor %(name)s"),
        add_title=_("Add a competitor"),
        add_button=_("Add competitor"),
        removal=_(
            "%(name)s will no longer be a competitor on this opportunity. The note goes with it, the competitor stays."
        ),
        none_yet=_("None yet. Who else is the customer talking to?"),
    ),
)

TEAM_MEMBER = ChildTable(
    model=TeamMember,
    relation="team_members",
    name="team_member",
    subject="user",
    logged=("role",),
    counts=(
        StoredCount(
            evidence="team_member",
            column="team_count",
            text=ngettext_lazy("%(count)d team member", "%(count)d team members", "count"),
        ),
    ),
    listed_with="user",
    tab="team",
    is_edited=True,
    says=ChildTexts(
        title=_("Sales team"),
        added=_("Added %(name)s to the sales team"),
        removed=_("Removed %(name)s from the sales team"),
        add_title=_("Add to the sales team"),
        add_button=_("Add to the team"),
        removal=_("%(name)s (%(roles)s) will leave the sales team of this opportunity."),
        none_yet=_("Nobody yet. Who works on this with you?"),
        add_hint=_("Everyone on the sales team can see and change the opportunity."),
        led_by=_("The owner, %(owner)s, and managers change the sales team."),
    ),
    is_led=True,
)
