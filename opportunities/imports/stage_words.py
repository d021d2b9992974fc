"""What other systems and people call the stages of a sale, in English and Norwegian, folded.

Each group has words for one stage. A value of a file means the stage here whose name is in the same group.
"""

GROUPS: tuple[frozenset[str], ...] = (
    frozenset(
        {
            *("qualify", "qualified", "qualification", "qualified to buy", "qualifying", "new", "lead", "lead in"),
            *("prospect", "prospecting", "discovery", "contact made", "appointment scheduled", "first contact"),
            *(
                "kvalifiser",
                "kvalifisere",
                "kvalifisert",
                "kvalifisering",
                "ny",
                "nytt",
                "nye",
                "emne",
                "forste kontakt",
            ),
            *("emne", "forste kontakt", "kontakt etablert", "mote avtalt", "prospekt", "identifisert"),
        }
    ),
    frozenset(
        {
            *("develop", "development", "developing", "needs analysis", "value proposition", "presentation", "demo"),
            *("demo scheduled", "presentation scheduled", "needs defined", "id decision makers", "perception analysis"),
            *("utvikle", "utvikling", "under utvikling", "behovsanalyse", "behov avklart", "behovsavklaring", "mote"),
            *("mote holdt", "demo holdt", "presentasjon", "losning", "dialog"),
        }
    ),
    frozenset(
        {
            *("propose", "proposal", "proposal made", "proposal sent", "proposal price quote", "quote", "quote sent"),
            *("offer", "offer sent", "decision maker bought in"),
            *("foresla", "forslag", "tilbud", "tilbud sendt", "tilbud gitt", "tilbud levert", "tilbudt", "pristilbud"),
        }
    ),
    frozenset(
        {
            *("close", "closing", "negotiation", "negotiation review", "negotiations started", "in negotiation"),
            *("contract", "contract sent", "verbal", "commit", "final negotiation"),
            *("lukk", "lukke", "lukking", "avslutning", "avslutte", "forhandling", "forhandlinger", "i forhandling"),
            *("kontrakt", "kontrakt sendt", "kontraktsforhandling", "muntlig ja", "til signering", "signering"),
        }
    ),
)


def alike(name: str) -> frozenset[str]:
    """The words for the same stage as this one, which is folded; empty if it is none of them."""
    return next((group for group in GROUPS if name in group), frozenset())
