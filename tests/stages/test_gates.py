"""When a gate opens. The tests use simple objects instead of rows: no database, no opportunity."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import translation

from stages import gates
from stages.gates import Readiness, UnmetReason
from stages.vocabulary import Evidence, Field, FieldKind


@dataclass
class StepStub:
    pk: int
    field: str
    required: bool = True
    evidence: str = ""
    is_archived: bool = False


@dataclass
class Steps:
    rows: list[StepStub]

    def all(self):
        return self.rows


@dataclass
class StageStub:
    pk: int
    steps: Steps = field(default_factory=lambda: Steps([]))


def stage(pk, *steps):
    return StageStub(pk, Steps(list(steps)))


def fields():
    """The vocabulary of these tests: a house for sale with a buyer, a price and a survey."""
    return {
        "buyer": Field(label="buyer", kind=FieldKind.CONTACT, attribute="buyer_id"),
        "price": Field(label="price", kind=FieldKind.MONEY),
        "need": Field(label="need", kind=FieldKind.TEXT),
        "surveyed": Field(label="surveyed", kind=FieldKind.TICK),
    }


def evidence():
    return {
        "survey": Evidence(
            label="a survey",
            is_there=lambda record: record.surveys > 0,
            missing="no survey is on file yet",
            tick_when="Tick it when there is a survey.",
        )
    }


@pytest.fixture(autouse=True)
def _house_vocabulary(settings):
    settings.STEP_VOCABULARY = __name__


def house(**answers):
    return SimpleNamespace(**{"buyer_id": None, "price": None, "need": "", "surveyed": False, "surveys": 0, **answers})


def missing(*stages, record, waived=()):
    return [(each.step.field, each.why) for each in gates.unmet(stages, record, waived)]


# Filled

FILLED = [0, 0.0, Decimal(0), Decimal(-1), True, 1, "0", "x", " x ", "é", "一", "\N{ZERO WIDTH SPACE}x", "-", "☃"]
FILLED += [datetime.date(2026, 3, 2), "a\N{COMBINING ACUTE ACCENT}"]

BLANKS = {
    "nothing": "",
    "space": " ",
    "tab": "\t",
    "new lines": "\r\n\n",
    "NUL": "\x00",
    "escape": "\x1b",
    "delete": "\x7f",
    "next line": "\x85",
    "no-break space": "\u00a0",
    "ogham space": "\u1680",
    "em space": "\u2003",
    "narrow no-break space": "\u202f",
    "ideographic space": "\u3000",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "soft hyphen": "\u00ad",
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "right-to-left mark": "\u200f",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "bidi override": "\u202e",
    "bidi isolate": "\u2066",
    "language tag": "\U000e0001",
    "all together": " \t\u00a0\u200b\u2028\ufeff\x00",
}


@pytest.mark.parametrize("value", FILLED, ids=repr)
def test_an_answer_including_zero_is_filled(value):
    assert gates.is_filled(value)


@pytest.mark.parametrize("value", BLANKS.values(), ids=BLANKS)
def test_a_text_of_blank_or_invisible_characters_is_not_filled(value):
    assert not gates.is_filled(value)


@pytest.mark.parametrize("value", [None, False])
def test_none_and_false_are_not_filled(value):
    assert not gates.is_filled(value)


# Unmet


def test_a_gate_opens_when_every_required_step_is_met():
    qualify = stage(1, StepStub(1, "buyer"), StepStub(2, "price"), StepStub(3, "surveyed", evidence="survey"))

    assert gates.unmet([qualify], house(buyer_id=7, price=Decimal(0), surveyed=True, surveys=1)) == []


def test_unmet_steps_are_listed_in_order_with_stage_and_reason():
    first, second = (
        stage(1, StepStub(2, "need"), StepStub(1, "surveyed", evidence="survey")),
        stage(2, StepStub(3, "price")),
    )

    found = gates.unmet([first, second], house(need=" "))

    assert [(each.stage.pk, each.step.pk, each.why) for each in found] == [
        (1, 2, UnmetReason.EMPTY),
        (1, 1, UnmetReason.NOT_TICKED),
        (2, 3, UnmetReason.EMPTY),
    ]


def test_an_answer_is_read_from_the_attribute_of_its_field():
    assert missing(stage(1, StepStub(1, "buyer")), record=house(buyer_id=None)) == [("buyer", UnmetReason.EMPTY)]
    assert missing(stage(1, StepStub(1, "buyer")), record=house(buyer_id=7)) == []


def test_an_optional_step_is_never_unmet():
    assert missing(stage(1, StepStub(1, "need", required=False)), record=house()) == []


def test_an_archived_step_is_never_unmet():
    assert missing(stage(1, StepStub(1, "need", is_archived=True)), record=house()) == []


def test_a_waived_step_counts_as_met():
    qualify = stage(1, StepStub(1, "need"), StepStub(2, "price"))

    assert missing(qualify, record=house(), waived={1}) == [("price", UnmetReason.EMPTY)]


def test_a_tick_without_its_evidence_is_unmet():
    qualify = stage(1, StepStub(1, "surveyed", evidence="survey"))

    assert missing(qualify, record=house(surveyed=True)) == [("surveyed", UnmetReason.NO_EVIDENCE)]


def test_evidence_without_the_tick_is_unmet():
    qualify = stage(1, StepStub(1, "surveyed", evidence="survey"))

    assert missing(qualify, record=house(surveys=2)) == [("surveyed", UnmetReason.NOT_TICKED)]


@pytest.mark.parametrize(
    "step",
    [
        StepStub(1, "colour"),
        StepStub(1, ""),
        StepStub(1, "surveyed", evidence="blessing"),
        StepStub(1, "pk"),
        StepStub(1, "__class__"),
    ],
    ids=str,
)
def test_a_step_with_an_unknown_field_or_evidence_is_unmet(step):
    (found,) = gates.unmet([stage(1, step)], house(surveyed=True, surveys=1))

    assert found.why is UnmetReason.UNKNOWN
    assert found.sentence == "asks for something this installation does not know"


@pytest.mark.parametrize(
    ("step", "record", "sentence"),
    [
        (StepStub(1, "need"), house(), "not filled in"),
        (StepStub(1, "surveyed"), house(), "not marked complete"),
        (StepStub(1, "surveyed", evidence="survey"), house(surveyed=True), "no survey is on file yet"),
    ],
)
def test_an_unmet_step_has_a_sentence(step, record, sentence):
    (found,) = gates.unmet([stage(1, step)], record)

    with translation.override("en"):
        assert found.sentence == sentence


def test_no_stages_and_stages_without_steps_have_nothing_unmet():
    assert gates.unmet([], house()) == []
    assert gates.unmet([stage(1)], house()) == []


# Readiness


def test_readiness_counts_met_required_and_waived_steps_per_stage():
    first = stage(
        1, StepStub(1, "need"), StepStub(2, "price"), StepStub(3, "buyer"), StepStub(4, "surveyed", required=False)
    )
    second = stage(2, StepStub(5, "surveyed"), StepStub(6, "colour"), StepStub(7, "need", is_archived=True))

    found = gates.readiness([first, second], house(price=0), waived={1})

    assert found == {1: Readiness(met=2, required=3, waived=1), 2: Readiness(met=0, required=2)}


def test_readiness_agrees_with_the_gate():
    qualify = stage(1, StepStub(1, "need"), StepStub(2, "price"))
    for record in (house(), house(need="x"), house(need="x", price=0)):
        for waived in ((), {1}, {2}, {1, 2}):
            ready = gates.readiness([qualify], record, waived)[1]
            assert (ready.met == ready.required) == (not gates.unmet([qualify], record, waived))
