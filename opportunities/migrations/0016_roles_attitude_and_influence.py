"""A stakeholder has several roles, an attitude and an influence. The role of each becomes the first of its roles.

The history calls the column `roles`, too: its old and new values are those of the one role. Going back keeps the role
that decides, or else the first.
"""

import itertools

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Cast

import opportunities.models.columns

BATCH = 1000
NONE = "stakeholder"
OTHERS = ("decision_maker", "champion", "economic_buyer", "technical_buyer", "end_user", "influencer")
COMBINATIONS = [
    NONE,
    *(",".join(some) for size in range(1, len(OTHERS) + 1) for some in itertools.combinations(OTHERS, size)),
]
ROLES = [
    ("stakeholder", "Stakeholder"),
    ("decision_maker", "Decision maker"),
    ("champion", "Champion"),
    ("economic_buyer", "Economic buyer"),
    ("technical_buyer", "Technical buyer"),
    ("end_user", "End user"),
    ("influencer", "Influencer"),
]
ATTITUDES = [("supporter", "Supporter"), ("neutral", "Neutral"), ("opponent", "Opponent"), ("unknown", "Unknown")]
INFLUENCES = [("high", "High"), ("medium", "Medium"), ("low", "Low"), ("unknown", "Unknown")]


def rename_in_history(apps, schema_editor):
    _rename(apps, "role", "roles")


def rename_back_in_history(apps, schema_editor):
    _rename(apps, "roles", "role")


def _rename(apps, old, new):
    """Renames the column in the events that list a stakeholder. SQLite cannot search inside JSON, so it searches text."""
    events = apps.get_model("opportunities", "Event").objects
    logged = events.annotate(logged=Cast("children", models.TextField())).order_by("pk")
    found = logged.filter(logged__contains='"table": "stakeholder"').only("children")
    last = 0
    while batch := list(found.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        for event in batch:
            _rename_in(event, old, new)
        events.bulk_update(batch, ["children"])


def _rename_in(event, old, new):
    for row in event.children:
        if row["table"] == "stakeholder":
            for change in row["changes"]:
                if change["field"] == old:
                    change["field"] = new
                    change["old"], change["new"] = (_first(change[side], new) for side in ("old", "new"))


def _first(roles, column):
    """One role has room for one."""
    return roles.split(",")[0] if roles and column == "role" else roles


def keep_first(apps, schema_editor):
    """The decision maker is the first of the roles, where a stakeholder is one."""
    stakeholders = apps.get_model("opportunities", "Stakeholder").objects
    for roles in COMBINATIONS:
        if "," in roles:
            stakeholders.filter(roles=roles).update(roles=roles.split(",")[0])


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0015_last_look")]
    operations = [
        migrations.RunPython(rename_in_history, rename_back_in_history, elidable=False),
        migrations.RenameField("stakeholder", "role", "roles"),
        migrations.AlterField(
            "stakeholder",
            "roles",
            opportunities.models.columns.ChoicesField(
                choices=ROLES, default=("stakeholder",), max_length=100, verbose_name="roles"
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, keep_first, elidable=False),
        migrations.AddField(
            "stakeholder",
            "attitude",
            models.CharField(choices=ATTITUDES, default="unknown", max_length=10, verbose_name="attitude"),
        ),
        migrations.AddField(
            "stakeholder",
            "influence",
            models.CharField(choices=INFLUENCES, default="unknown", max_length=10, verbose_name="influence"),
        ),
        migrations.AddConstraint(
            "stakeholder",
            models.CheckConstraint(
                condition=Q(roles__in=COMBINATIONS),
                name="the_roles_of_a_stakeholder_are_known",
                violation_error_message="Choose one of the roles listed.",
            ),
        ),
        migrations.AddConstraint(
            "stakeholder",
            models.CheckConstraint(
                condition=Q(attitude__in=[name for name, _label in ATTITUDES]),
                name="the_attitude_of_a_stakeholder_is_known",
                violation_error_message="Choose one of the attitudes listed.",
            ),
        ),
        migrations.AddConstraint(
            "stakeholder",
            models.CheckConstraint(
                condition=Q(influence__in=[name for name, _label in INFLUENCES]),
                name="the_influence_of_a_stakeholder_is_known",
                violation_error_message="Choose one of the levels listed.",
            ),
        ),
    ]
