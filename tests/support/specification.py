"""The sales process of docs/process.md, as a table of stages and their steps."""

from stages.vocabulary import FieldKind

# stage, nb, probability, [(step, nb, field, kind, required, evidence)]
TABLE = [
    (
        ("Qualify", "Kvalifiser", 20),
        [
            ("Identify contact", "Identifiser kontakt", "contact", FieldKind.CONTACT, True, ""),
            ("Identify account", "Identifiser forretningsforbindelse", "account", FieldKind.ACCOUNT, True, ""),
            ("Purchase timeframe", "Tidsperiode for kjøp", "purchase_timeframe", FieldKind.CHOICE, True, ""),
            ("Estimated budget", "Beregnet budsjett", "estimated_budget", FieldKind.MONEY, True, ""),
            ("Purchase process", "Kjøpsprosess", "purchase_process", FieldKind.CHOICE, True, ""),
            (
                "Identify decision maker",
                "Identifiser beslutningstaker",
                "decision_maker_identified",
                FieldKind.TICK,
                True,
                "decision_maker",
            ),
        ],
    ),
    (
        ("Develop", "Utvikle", 40),
        [
            ("Customer need", "Kundebehov", "customer_need", FieldKind.TEXT, True, ""),
            ("Proposed solution", "Foreslått løsning", "proposed_solution", FieldKind.TEXT, True, ""),
            (
                "Identify stakeholders",
                "Identifiser interessenter",
                "stakeholders_identified",
                FieldKind.TICK,
                True,
                "stakeholder",
            ),
            (
                "Identify competitors",
                "Identifiser konkurrenter",
                "competitors_identified",
                FieldKind.TICK,
                True,
                "competitor",
            ),
        ],
    ),
    (
        ("Propose", "Foreslå", 60),
        [
            (
                "Identify sales team",
                "Identifiser salgsteam",
                "sales_team_identified",
                FieldKind.TICK,
                True,
                "team_member",
            ),
            ("Develop proposal", "Utarbeid forslag", "proposal_developed", FieldKind.TICK, False, ""),
            (
                "Complete internal review",
                "Fullfør intern gjennomgang",
                "internal_review_completed",
                FieldKind.TICK,
                True,
                "",
            ),
            ("Present proposal", "Presenter forslag", "proposal_presented", FieldKind.TICK, True, ""),
        ],
    ),
    (
        ("Close", "Lukk", 80),
        [
            (
                "Complete final proposal",
                "Fullfør endelig forslag",
                "final_proposal_completed",
                FieldKind.TICK,
                True,
                "",
            ),
            (
                "Present final proposal",
                "Presenter endelig forslag",
                "final_proposal_presented",
                FieldKind.TICK,
                True,
                "",
            ),
            ("Confirm decision date", "Bekreft beslutningsdato", "decision_date", FieldKind.DATE, True, ""),
            ("Send thank you", "Send takk", "thank_you_sent", FieldKind.TICK, True, ""),
            ("File debrief", "Arkiver oppsummering", "debrief_filed", FieldKind.TICK, True, ""),
        ],
    ),
]
