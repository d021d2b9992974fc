"""Absences: on these days a deputy acts for a person. Adds and ends them.

absences.add(person=kari, deputy=ola, first_day=…, last_day=…, by=user, today=…)
absences.end(absence, today=…)
"""

import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from salesflow.users.models import User


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: datetime.date) -> "AbsenceQuerySet":
        """The absences that include that day."""
        return self.filter(first_day__lte=day, last_day__gte=day)

    def not_over(self, today: datetime.date) -> "AbsenceQuerySet":
        return self.filter(last_day__gte=today)


class Absence(models.Model):
    """The days on which a person is away, both included, and who acts for them. `access` says what a deputy may do."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="absences", verbose_name=gettext_lazy("person")
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="stands_in", verbose_name=gettext_lazy("deputy")
    )
    first_day = models.DateField(gettext_lazy("first day"))
    last_day = models.DateField(gettext_lazy("last day"))
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=gettext_lazy("entered by")
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("absence")
        verbose_name_plural = gettext_lazy("absences")
        ordering = ["first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(person=F("deputy")),
                name="deputy_is_another_person",
                violation_error_message=gettext_lazy("Choose another person as the deputy."),
            ),
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")),
                name="absence_ends_after_it_begins",
                violation_error_message=gettext_lazy("The last day is before the first day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.first_day} – {self.last_day}"


def add(
    *,
    person: "User",
    deputy: "User",
    first_day: datetime.date,
    last_day: datetime.date,
    by: "User",
    today: datetime.date,
) -> Absence:
    """Saves an absence. Raises ValidationError, with the field that it is about."""
    absence = Absence(person=person, deputy=deputy, first_day=first_day, last_day=last_day, set_by=by)
    _refuse_invalid(absence, today)
    with transaction.atomic():
        list(get_user_model().objects.select_for_update(no_key=True).filter(pk=person.pk).values_list("pk"))
        _refuse_overlap(absence)
        absence.save()
    return absence


def end(absence: Absence, *, today: datetime.date) -> None:
    """Ends an absence before this day. One that has not begun is removed. One that is over stays as it is."""
    with transaction.atomic():
        rows = Absence.objects.filter(pk=absence.pk)
        rows.filter(first_day__gte=today).delete()
        rows.not_over(today).update(last_day=today - datetime.timedelta(days=1))


def _refuse_invalid(absence: Absence, today: datetime.date) -> None:
    deputy = absence.deputy
    if absence.person_id == absence.deputy_id:
        raise ValidationError({"deputy": _("Choose another person as the deputy.")})
    if not (deputy.is_manager or deputy.is_salesperson):
        said = _("%(person)s may change no opportunity, so they cannot act for another person.")
        raise ValidationError({"deputy": said % {"person": deputy}})
    if absence.last_day < absence.first_day:
        raise ValidationError({"last_day": _("The last day is before the first day.")})
    if absence.last_day < today:
        raise ValidationError({"last_day": _("This day is past.")})


def _refuse_overlap(absence: Absence) -> None:
    """Refuses a second absence of the person on one of the days, which would have another deputy."""
    theirs = Absence.objects.filter(person=absence.person).select_related("deputy")
    found = theirs.filter(first_day__lte=absence.last_day, last_day__gte=absence.first_day).first()
    if found is not None:
        said = _("There is an absence from %(first)s until %(last)s already, with %(deputy)s as the deputy.")
        days = {"first": date_format(found.first_day), "last": date_format(found.last_day)}
        raise ValidationError({"first_day": said % {**days, "deputy": found.deputy}})
