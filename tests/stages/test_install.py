"""The process that ships, against the table of the specification."""

import pytest

from stages import gates, install, vocabulary, write_guard
from stages.models import LostGate, Process, Stage, Step
from stages.vocabulary import Kind
from tests.support import db_assertions, factories

pytestmark = pytest.mark.django_db

# stage, nb, probability, [(step, nb, field, kind, required, evidence)]
TABLE = [
    (
        ("Qualify", "Kvalifiser", 20),
        [
            ("Identify contact", "Identifiser kontakt", "contact", Kind.CONTACT, True, ""),
            ("Identify account", "Identifiser forretningsforbindelse", "account", Kind.ACCOUNT, True, ""),
            ("Purchase timeframe", "Tidsperiode for kjøp", "purchase_timeframe", Kind.CHOICE, True, ""),
            ("Estimated budget", "Beregnet budsjett", "estimated_budget", Kind.MONEY, True, ""),
            ("Purchase process", "Kjøpsprosess", "purchase_process", Kind.CHOICE, True, ""),
            (
                "Identify decision maker",
                "Identifiser beslutningstaker",
                "decision_maker_identified",
                Kind.TICK,
                True,
                "decision_maker",
            ),
        ],
    ),
    (
        ("Develop", "Utvikle", 40),
        [
            ("Customer need", "Kundebehov", "customer_need", Kind.TEXT, True, ""),
            ("Proposed solution", "Foreslått løsning", "proposed_solution", Kind.TEXT, True, ""),
            (
                "Identify stakeholders",
                "Identifiser interessenter",
                "stakeholders_identified",
                Kind.TICK,
                True,
                "stakeholder",
            ),
            (
                "Identify competitors",
                "Identifiser konkurrenter",
                "competitors_identified",
                Kind.TICK,
                True,
                "competitor",
            ),
        ],
    ),
    (
        ("Propose", "Foreslå", 60),
        [
            ("Identify sales team", "Identifiser salgsteam", "sales_team_identified", Kind.TICK, True, "team_member"),
            ("Develop proposal", "Utarbeid forslag", "proposal_developed", Kind.TICK, False, ""),
            (
                "Complete internal review",
                "Fullfør intern gjennomgang",
                "internal_review_completed",
                Kind.TICK,
                True,
                "",
            ),
            ("Present proposal", "Presenter forslag", "proposal_presented", Kind.TICK, True, ""),
        ],
    ),
    (
        ("Close", "Lukk", 80),
        [
            ("Complete final proposal", "Fullfør endelig forslag", "final_proposal_completed", Kind.TICK, True, ""),
            ("Present final proposal", "Presenter endelig forslag", "final_proposal_presented", Kind.TICK, True, ""),
            ("Confirm decision date", "Bekreft beslutningsdato", "decision_date", Kind.DATE, True, ""),
            ("Send thank you", "Send takk", "thank_you_sent", Kind.TICK, True, ""),
            ("File debrief", "Arkiver oppsummering", "debrief_filed", Kind.TICK, True, ""),
        ],
    ),
]


def shipped():
    return Process.objects.get(key="opportunity-sales-process")


def test_the_shipped_process_is_the_one_of_the_specification():
    found = [
        (
            (stage.name_en, stage.name_nb, stage.probability),
            [
                (
                    step.name_en,
                    step.name_nb,
                    step.field,
                    vocabulary.fields()[step.field].kind,
                    step.required,
                    step.evidence,
                )
                for step in gates.steps_in_use(stage)
            ],
        )
        for stage in shipped().stages.order_by("order")
    ]

    assert found == TABLE


def test_the_shipped_process_is_the_default_and_asks_for_everything_before_an_opportunity_is_lost():
    process = shipped()

    assert (process.name_en, process.name_nb) == ("Opportunity Sales Process", "Salgsprosess for salgsmulighet")
    assert process.is_default
    assert process.lost_gate == LostGate.COMPLETE


def test_every_text_of_the_shipped_process_has_both_languages_and_every_stage_its_guidance():
    process = shipped()
    for row in (process, *process.stages.all(), *Step.objects.filter(stage__process=process)):
        assert row.name_en
        assert row.name_nb
    for stage in process.stages.all():
        assert stage.guidance_en
        assert stage.guidance_nb
        assert stage.target_days
    for step in Step.objects.filter(stage__process=process):
        assert step.help_en
        assert step.help_nb


def test_every_step_of_the_shipped_process_is_valid():
    for step in Step.objects.all():
        step.full_clean()


def test_installing_again_changes_nothing():
    with db_assertions.unchanged():
        install.install(Process, Stage, Step)


def test_installing_does_not_undo_what_managers_changed():
    Process.objects.update(name_en="Our own way")
    factories.change_step("contact", required=False)

    with db_assertions.unchanged():
        install.install(Process, Stage, Step)


def test_installing_beside_another_default_process_leaves_that_one_the_default():
    with write_guard.changing_every():
        Step.objects.all().delete()
        Stage.objects.all().delete()
    Process.objects.all().delete()
    ours = Process.objects.create(name_en="Tenders", is_default=True)

    with write_guard.changing_every():
        install.install(Process, Stage, Step)

    assert not shipped().is_default
    assert Process.objects.get(is_default=True) == ours
