"""A second process of a demo, whose steps rest on files, notes and tasks. Those of the shipped process do not."""

from stages import designing
from stages.models import PipelinePhase, Process, Stage, Step

AGREEMENT = "Service agreement"

STAGES = (
    (
        "Scope",
        "Omfang",
        40,
        "Develop",
        (
            ("customer_need", "", "What they need serviced", "Hva de trenger service på"),
            ("proposal_developed", "proposal_file", "Write the agreement", "Skriv avtalen"),
        ),
    ),
    (
        "Sign",
        "Signer",
        70,
        "Close",
        (
            ("proposal_presented", "meeting_note", "Go through the agreement", "Gå gjennom avtalen"),
            ("internal_review_completed", "task", "Plan the first visit", "Planlegg første besøk"),
        ),
    ),
)
"""Each stage with its names, its probability, its pipeline phase and its steps.

A step has a field, an evidence and two names.
"""


def make() -> None:
    process = Process.objects.create(name_en=AGREEMENT, name_nb="Serviceavtale")
    with designing.changing(process.pk):
        for order, (name_en, name_nb, probability, phase, steps) in enumerate(STAGES, start=1):
            columns = {"name_en": name_en, "name_nb": name_nb, "probability": probability}
            columns["phase"] = PipelinePhase.objects.filter(name_en=phase).first()
            stage = Stage.objects.create(process=process, order=order, **columns)
            for place, (field, evidence, step_en, step_nb) in enumerate(steps, start=1):
                Step.objects.create(
                    stage=stage, order=place, field=field, evidence=evidence, name_en=step_en, name_nb=step_nb
                )
