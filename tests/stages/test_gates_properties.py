"""The gates compared with a simple model, for random definitions and records."""

from types import SimpleNamespace

from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from stages import gates, vocabulary

TICKS, TEXTS, EVIDENCE = ("a", "b"), ("t", "u"), ("e", "f")
UNKNOWN = "unknown"


def fields():
    ticks = {name: vocabulary.Field(label=name, kind=vocabulary.FieldKind.TICK) for name in TICKS}
    return ticks | {name: vocabulary.Field(label=name, kind=vocabulary.FieldKind.TEXT) for name in TEXTS}


def evidence():
    return {name: _evidence(name) for name in EVIDENCE}


def _evidence(name):
    return vocabulary.Evidence(
        label=name, is_there=lambda record: getattr(record, f"has_{name}"), missing=name, tick_when=name
    )


letter_vocabulary = override_settings(STEP_VOCABULARY=__name__)

texts = st.one_of(st.none(), st.just(0), st.text(alphabet=" \t\u200b\u00a0\u2065\u2800x", max_size=3))
records = st.fixed_dictionaries(
    {name: st.booleans() for name in (*TICKS, "has_e", "has_f")} | dict.fromkeys(TEXTS, texts)
)
steps = st.builds(
    SimpleNamespace,
    field=st.sampled_from([*TICKS, *TEXTS, UNKNOWN]),
    evidence=st.sampled_from(["", "", *EVIDENCE, UNKNOWN]),
    required=st.booleans(),
    is_archived=st.booleans(),
)
processes = st.lists(st.lists(steps, max_size=4), max_size=4)


def model_filled(value):
    """The texts of these records consist of spaces, invisible characters and x."""
    if isinstance(value, str):
        return "x" in value
    return value is not None and value is not False


def model_met(step, record):
    if step.field == UNKNOWN or step.evidence == UNKNOWN:
        return False
    return model_filled(record[step.field]) and (not step.evidence or record[f"has_{step.evidence}"])


def built(process):
    pk = 0
    for number, stage_steps in enumerate(process):
        for step in stage_steps:
            pk += 1
            step.pk = pk
        yield SimpleNamespace(pk=number, steps=SimpleNamespace(all=lambda steps=stage_steps: steps))


@given(processes, records, st.frozensets(st.integers(1, 16)))
def test_the_gate_lists_exactly_the_steps_that_the_model_lists(process, record, waived):
    stages = list(built(process))
    expected = [
        step.pk
        for stage_steps in process
        for step in stage_steps
        if step.required and not step.is_archived and step.pk not in waived and not model_met(step, record)
    ]
    with letter_vocabulary:
        found = gates.unmet(stages, SimpleNamespace(**record), waived)
        ready = gates.readiness(stages, SimpleNamespace(**record), waived)
        assert all(each.sentence for each in found)

    assert [each.step.pk for each in found] == expected
    assert sum(stage.required - stage.met for stage in ready.values()) == len(expected)


@given(processes, records, st.sampled_from([*TICKS, "has_e", "has_f"]))
def test_a_tick_or_evidence_never_makes_another_step_unmet(process, record, more):
    stages = list(built(process))
    with letter_vocabulary:
        less = {each.step.pk for each in gates.unmet(stages, SimpleNamespace(**record | {more: False}))}
        full = {each.step.pk for each in gates.unmet(stages, SimpleNamespace(**record | {more: True}))}

    assert full <= less
