"""The open opportunities of each owner, and how many of them are late, slipped and stuck."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from opportunities import access
from opportunities.pipeline import reps
from opportunities.pipeline.conditions import ME
from opportunities.reports.cohorts import OPEN
from opportunities.reports.pipelines import Pipeline
from opportunities.reports.tables import Definition, Number, ReportColumn, Row, Table
from salesflow.users.models import User

MOST_OWNERS = 50
STUCK_IN_MY_DAY = gettext_lazy("Stuck in My day")
"""The name says which rule it is: the report Time has another, by days alone."""
OF_OWNER = tuple(
    ReportColumn(name, STUCK_IN_MY_DAY if name == "stuck" else label, state=state)
    for name, (label, _asked, state) in reps.FIGURES.items()
)

STUCK = Definition(
    STUCK_IN_MY_DAY,
    gettext_lazy(
        "As in the group Stuck of My day: more days in the stage than its target, or nothing planned; and neither "
        "late, slipped, due today nor ready to advance. Over the limit in the report Time is another figure: it counts "
        "by days alone, so late, slipped and ready deals count there, too, and those with nothing planned do not."
    ),
)
LATE = Definition(pgettext_lazy("opportunities", "Late"), gettext_lazy("The next step is overdue."))
SLIPPED = Definition(pgettext_lazy("opportunities", "Slipped"), gettext_lazy("The estimated close date has passed."))


def by_owner(pipeline: Pipeline) -> Table:
    """The owners whose opportunities the reader sees; only the reader, if the reader sees no others."""
    scope = pipeline.scope
    figures: dict[int, list[int]] = {}
    for owner, _stage, *counts in pipeline.counted:
        figures[owner] = [sum(pair) for pair in zip(figures.get(owner, [0] * len(counts)), counts, strict=True)]
    people = _owners(scope.reader, figures)
    return Table(
        key="owners",
        title=gettext_lazy("Per rep"),
        rows_are=gettext_lazy("Rep"),
        columns=OF_OWNER,
        rows=[_owner_row(person, figures[person.pk], scope.reader) for person in people],
        guide=_only_some(len(figures)) if len(people) == MOST_OWNERS < len(figures) else "",
        definitions=(LATE, SLIPPED, STUCK),
        empty=gettext_lazy("Nobody has an open deal."),
        is_small=True,
    )


def _owners(reader: User, figures: dict[int, list[int]]) -> list[User]:
    """Those with the most open opportunities, by name. One query."""
    shown = access.owners(reader) if access.sees_others(reader) else User.objects.filter(pk=reader.pk)
    people = list(shown.filter(pk__in=figures))
    most = sorted(people, key=lambda person: (-figures[person.pk][0], person.pk))[:MOST_OWNERS]
    return [person for person in people if person in most]


def _only_some(count: int) -> str:
    said = _("%(most)d of %(count)d: those with the most open deals.")
    return said % {"most": MOST_OWNERS, "count": count}


def _owner_row(person: User, counts: list[int], reader: User) -> Row:
    base = {"status": OPEN.value, "owner": ME if person == reader else str(person.pk)}
    asked = [filters for _label, filters, _state in reps.FIGURES.values()]
    figures = [Number(count, {**base, **more}) for count, more in zip(counts, asked, strict=True)]
    return Row(label=str(person), figures=figures, filters=base)
