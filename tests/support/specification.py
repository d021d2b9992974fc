"""The sales process of docs/process.md, as a table of stages and their steps."""

from stages.vocabulary import Kind

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
