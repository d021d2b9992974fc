"""The fields of a form that say what the values of the file mean: one field for each value."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from opportunities.forms import fields
from opportunities.imports import guesses, scanning
from opportunities.imports.guesses import KnownPerson
from opportunities.imports.mapping import ON_HOLD, SKIP, StageMeaning
from opportunities.imports.mapping import Mapping as FileMapping
from opportunities.models import Opportunity, StatusReason
from salesflow import folding
from salesflow.users.models import User, able_to_own
from stages.models import Stage

OPEN, WON, LOST = Opportunity.Status.OPEN, Opportunity.Status.WON, Opportunity.Status.LOST
MOST_OFFERED = 200
"""People that are offered while one types a name. All are found."""

Choices = list[tuple[Any, Any]]


class Meaning(Protocol):
    """How the values of one column are mapped: the form field of a value, and what it writes into the mapping."""

    def field(self) -> forms.Field: ...

    def initial(self, mapping: FileMapping, value: str) -> Any: ...

    def entries(self, meanings: Mapping[str, Any]) -> dict[str, Any]: ...

    def recognised(self, values: Iterable[str]) -> Collection[str]:
        """The values for which a meaning is guessed, also those for which a person chose another one."""


def _not_chosen() -> tuple[str, str]:
    return "", _("Not chosen: rows with it are refused")


class StageMeanings:
    """A stage of a process, won, lost with a reason, or that the row is left out."""

    def __init__(self, stages: Sequence[Stage], reasons: Sequence[StatusReason], *, has_reasons: bool) -> None:
        """`has_reasons`: whether a column of the file says why deals were lost. Else the stage must say it."""
        self._stages = {str(stage.pk): stage for stage in stages}
        closings = _closings(reasons, has_reasons=has_reasons)
        self._closings = dict(closings)
        self._choices: Choices = [_not_chosen(), *_of_processes(stages), (_("Closed"), closings)]
        self._choices.append((SKIP, _("Leave the row out")))

    def field(self) -> forms.Field:
        return forms.ChoiceField(choices=self._choices, required=False)

    def initial(self, mapping: FileMapping, value: str) -> str:
        meaning = mapping.stages.get(value)
        if meaning is None:
            return ""
        if meaning.is_skipped:
            return SKIP
        if meaning.outcome:
            with_reason = f"{meaning.outcome}-{meaning.reason}"
            return with_reason if with_reason in self._closings else self._without_reason(meaning.outcome)
        return str(meaning.stage) if str(meaning.stage) in self._stages else ""

    def _without_reason(self, outcome: str) -> str:
        return outcome if outcome in self._closings else ""

    def entries(self, meanings: Mapping[str, Any]) -> dict[str, Any]:
        return {"stages": {value: self._meaning(chosen) for value, chosen in meanings.items()}}

    def recognised(self, values: Iterable[str]) -> Collection[str]:
        return guesses.stages(values, scanning.as_known(self._stages.values()))

    def _meaning(self, chosen: str) -> StageMeaning:
        if chosen == SKIP:
            return StageMeaning(is_skipped=True)
        if stage := self._stages.get(chosen):
            return StageMeaning(process=stage.process_id, stage=stage.pk)
        outcome, _sign, reason = chosen.partition("-")
        return StageMeaning(outcome=outcome, reason=int(reason) if reason else None)


def _of_processes(stages: Sequence[Stage]) -> Choices:
    """The stages, in groups by process if there are several."""
    groups = defaultdict[str, Choices](list)
    for stage in stages:
        groups[str(stage.process)].append((str(stage.pk), stage.name))
    return list(groups.items())


def _closings(reasons: Sequence[StatusReason], *, has_reasons: bool) -> Choices:
    lost = [
        (f"lost-{reason.pk}", _("Lost: %(reason)s") % {"reason": reason.name})
        for reason in reasons
        if reason.status == LOST
    ]
    of_file = [("lost", _("Lost, for the reason of its row"))] if has_reasons else []
    return [("won", str(WON.label)), *of_file, *lost]


class StatusMeanings:
    """Open, on hold, won, lost, or that the row is left out."""

    def field(self) -> forms.Field:
        open_one, *closed = Opportunity.Status.choices
        choices = [_not_chosen(), open_one, (ON_HOLD, _("Open, and on hold")), *closed, (SKIP, _("Leave the row out"))]
        return forms.ChoiceField(choices=choices, required=False)

    def initial(self, mapping: FileMapping, value: str) -> str:
        return mapping.statuses.get(value, "")

    def entries(self, meanings: Mapping[str, Any]) -> dict[str, Any]:
        return {"statuses": dict(meanings)}

    def recognised(self, values: Iterable[str]) -> Collection[str]:
        return guesses.statuses(values)


class ReasonMeanings:
    """Why an opportunity was closed, or that it is on hold."""

    def __init__(self, reasons: Sequence[StatusReason]) -> None:
        self._reasons = reasons
        closed = [(status, [each for each in reasons if each.status == status]) for status in (OPEN, WON, LOST)]
        groups = [(str(status.label), [(str(each.pk), each.name) for each in rows]) for status, rows in closed]
        self._choices: Choices = [_not_chosen(), *groups]

    def field(self) -> forms.Field:
        return forms.ChoiceField(choices=self._choices, required=False)

    def initial(self, mapping: FileMapping, value: str) -> str:
        chosen = mapping.reasons.get(value)
        return str(chosen) if chosen in {reason.pk for reason in self._reasons} else ""

    def entries(self, meanings: Mapping[str, Any]) -> dict[str, Any]:
        return {"reasons": {value: int(chosen) for value, chosen in meanings.items()}}

    def recognised(self, values: Iterable[str]) -> Collection[str]:
        return guesses.reasons(values, [(reason.pk, scanning.names_of(reason)) for reason in self._reasons])


class ProbabilityMeanings:
    """A percentage for each word."""

    def field(self) -> forms.Field:
        said = _("Write a whole number from 0 to 100.")
        messages = dict.fromkeys(("invalid", "min_value", "max_value"), said)
        return forms.IntegerField(min_value=0, max_value=100, required=False, error_messages=messages)

    def initial(self, mapping: FileMapping, value: str) -> Any:
        return mapping.probabilities.get(value)

    def entries(self, meanings: Mapping[str, Any]) -> dict[str, Any]:
        return {"probabilities": dict(meanings)}

    def recognised(self, values: Iterable[str]) -> Collection[str]:
        return ()


class PeopleByName:
    """The people who may own what is imported, by what a person types: a name, a username or an e-mail address."""

    def __init__(self, people: Iterable[User]) -> None:
        in_order = sorted(people, key=lambda person: folding.sort_text(str(person)))
        self._people = {person.pk: person for person in in_order}
        self._by_name = defaultdict[str, set[int]](set)
        for pk, person in self._people.items():
            for name in filter(None, (person.username, person.email, str(person))):
                self._by_name[folding.folded(name)].add(pk)

    @classmethod
    def all(cls) -> "PeopleByName":
        """One query."""
        active = able_to_own(User.objects.filter(is_active=True)).distinct()
        return cls(active.only("username", "email", "first_name", "last_name"))

    @property
    def offered(self) -> list[str]:
        return [self.name_of(pk) for pk in list(self._people)[:MOST_OFFERED]]

    def name_of(self, pk: int | None) -> str:
        """A name by which this person is found, and no other."""
        person = self._people.get(pk) if pk is not None else None
        if person is None:
            return ""
        return str(person) if len(self._by_name[folding.folded(str(person))]) == 1 else person.username

    def recognised(self, values: Iterable[str]) -> Collection[str]:
        """The values that are the name of one person."""
        known = [KnownPerson(pk, (each.username, each.email, str(each))) for pk, each in self._people.items()]
        return guesses.people(values, known)

    def find(self, typed: str) -> int:
        """Raises ValidationError if it is nobody, or several."""
        named = self._by_name.get(folding.folded(typed), set())
        if len(named) == 1:
            return next(iter(named))
        several = _("Several people have this name. Write the username or the e-mail address.")
        nobody = _("Nobody who may own opportunities is called that. Write a name, a username or an e-mail address.")
        raise ValidationError(several if named else nobody)


class PersonField(fields.LineField):
    """The name of a person. Its value is an id, or None."""

    def __init__(self, *, people: PeopleByName, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.people = people
        self.widget.attrs["list"] = "people"

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        return self.people.find(typed) if typed else None


class OwnerMeanings:
    """A person for each value."""

    def __init__(self, people: PeopleByName) -> None:
        self._people = people

    def field(self) -> forms.Field:
        field = PersonField(people=self._people, required=False)
        field.widget.attrs["placeholder"] = _("The owner below")
        return field

    def initial(self, mapping: FileMapping, value: str) -> str:
        return self._people.name_of(mapping.owners.get(value))

    def entries(self, meanings: Mapping[str, Any]) -> dict[str, Any]:
        return {"owners": dict(meanings)}

    def recognised(self, values: Iterable[str]) -> Collection[str]:
        return self._people.recognised(values)
