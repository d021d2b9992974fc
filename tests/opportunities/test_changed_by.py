"""The sentence that says who changed an opportunity, in both languages."""

import datetime

import pytest
from django.utils import timezone, translation

from opportunities import changed_by
from opportunities.models import Event
from tests.support.factories import DEVELOP, stage

pytestmark = pytest.mark.django_db


def sentence_of(kind, by, reader, language):
    """The sentence about an event of this kind, made 3 minutes ago."""
    at = timezone.now() - datetime.timedelta(minutes=3)
    event = Event(kind=kind, by=by, at=at, to_stage=stage(DEVELOP))
    with translation.override(language):
        return changed_by.sentence(event, reader).replace("\xa0", " ")


@pytest.mark.parametrize("kind", Event.Kind)
def test_each_kind_of_event_has_one_sentence_for_the_reader_and_one_for_others(kind, rep, manager):
    for language, begin, end in (
        ("en", "You ", "in another window 3 minutes ago."),
        ("nb", "Du ", "for 3 minutter siden."),
    ):
        assert sentence_of(kind, rep, manager, language).startswith("Kari Nordmann ")
        assert sentence_of(kind, rep, manager, language).endswith(end.removeprefix("in another window "))
        assert sentence_of(kind, rep, rep, language).startswith(begin)
        assert sentence_of(kind, rep, rep, language).endswith(end)


@pytest.mark.parametrize(
    ("language", "kind", "by_another", "by_reader"),
    [
        (
            "en",
            "finished",
            "Kari Nordmann finished the process 3 minutes ago.",
            "You finished the process in another window 3 minutes ago.",
        ),
        (
            "nb",
            "finished",
            "Kari Nordmann fullførte prosessen for 3 minutter siden.",
            "Du fullførte prosessen i et annet vindu for 3 minutter siden.",
        ),
        (
            "nb",
            "advanced",
            "Kari Nordmann flyttet den til Utvikle for 3 minutter siden.",
            "Du flyttet den til Utvikle i et annet vindu for 3 minutter siden.",
        ),
        (
            "nb",
            "asked",
            "Kari Nordmann ba en salgsleder om å lukke den for 3 minutter siden.",
            "Du ba en salgsleder om å lukke den i et annet vindu for 3 minutter siden.",
        ),
    ],
)
def test_the_sentence_begins_with_the_user_who_made_the_change(rep, manager, language, kind, by_another, by_reader):
    assert sentence_of(kind, rep, manager, language) == by_another
    assert sentence_of(kind, rep, rep, language) == by_reader


def test_the_sentence_of_a_merge_says_of_what(rep, manager, subtests):
    event = Event(kind=Event.Kind.MERGED, by=rep, at=timezone.now(), merged={"noun": "contact"})
    for language, expected in (("en", "merged two contacts"), ("nb", "slo sammen to kontakter")):
        with subtests.test(language), translation.override(language):
            assert expected in changed_by.sentence(event, manager)
