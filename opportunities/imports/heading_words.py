"""What other systems and people call the fields, in English and Norwegian, besides our own labels.

Each entry is compared folded: without case, accents and signs. The exports of Dynamics 365, Salesforce, HubSpot,
Pipedrive and SuperOffice use these words.
"""

LEFT_OUT = (
    "(Do Not Modify) Row Checksum",
    "(Do Not Modify) Modified On",
    "(Ikke endre) Kontrollsum for rad",
    "(Ikke endre) Endret",
)
"""The columns of an export of Dynamics that mean nothing here."""

OF_OPPORTUNITIES = {
    "external_id": (
        *("(Do Not Modify) Opportunity", "(Ikke endre) Salgsmulighet", "opportunity id", "deal id", "record id"),
        *("deal - id", "id", "external id", "salgs-id", "salgsnummer", "sak-id", "referanse", "reference", "crm id"),
        *("saksnr", "saksnummer"),
    ),
    "name": (
        *("topic", "opportunity", "opportunity name", "deal name", "deal - title", "deal", "title", "subject"),
        *("navn", "emne", "tittel", "salg", "salgsnavn", "salgsmulighet", "mulighet", "tilbud", "prosjekt", "product"),
    ),
    "account": (
        *("account name", "potential customer", "customer", "company", "company name", "associated company"),
        *("deal - organization", "organization", "organisation", "client", "kunde", "kundenavn", "firma", "firmanavn"),
        *("selskap", "bedrift", "konto", "kontonavn", "organisasjon", "potensiell kunde"),
    ),
    "contact": (
        *("contact name", "contact person", "primary contact", "associated contact", "deal - contact person", "person"),
        *("kontaktperson", "kontaktnavn", "primærkontakt"),
    ),
    "contact_email": (
        *("email", "e-mail", "contact email", "e-mail address", "mail", "e-post", "epost", "e-postadresse"),
        *("kontakt e-post", "kontaktens e-post"),
    ),
    "owner": (
        *("opportunity owner", "deal owner", "deal - owner", "sales agent", "sales rep", "salesperson", "assigned to"),
        *("responsible", "selger", "ansvarlig", "saksbehandler", "kundeansvarlig", "our contact", "vår kontakt"),
    ),
    "process": (
        "pipeline",
        "sales process",
        "deal - pipeline",
        "pipeline name",
        "salgsprosess",
        "salgstype",
        "sale type",
    ),
    "stage": (
        *("deal stage", "deal - stage", "sales stage", "pipeline stage", "pipeline phase", "step", "phase"),
        *("salgsfase", "forløpsfase", "trinn", "salgstrinn", "steg", "stadium"),
    ),
    "status": ("deal - status", "state", "deal status", "outcome", "tilstand", "utfall"),
    "status_reason": (
        *("reason", "lost reason", "deal - lost reason", "closed lost reason", "closed won reason", "loss reason"),
        *("årsak", "tapsårsak", "tapsgrunn", "grunn", "årsak til tap"),
    ),
    "estimated_revenue": (
        *("est. revenue", "estimated value", "expected revenue", "budget amount", "potential revenue"),
        *("est. omsetning", "estimert omsetning", "forventet omsetning", "estimert verdi"),
    ),
    "amount": (
        *(
            "deal amount",
            "deal - value",
            "deal value",
            "value",
            "sum",
            "close value",
            "total",
            "total value",
            "revenue",
        ),
        *("beløp", "verdi", "omsetning", "totalbeløp", "ordreverdi", "salgssum", "pris", "price", "kontraktsverdi"),
    ),
    "actual_revenue": ("won amount", "faktisk omsetning", "faktisk beløp", "faktisk verdi", "actual value"),
    "currency": ("deal - currency", "currency code", "deal currency", "valuta", "valutakode", "currency iso code"),
    "estimated_close_date": (
        *("est. close date", "expected close date", "deal - expected close date", "close by", "forecast close"),
        *("estimert lukkedato", "forventet lukkedato", "forventet avslutning", "beregnet avslutningsdato"),
    ),
    "close_date": ("closing date", "lukkedato", "sluttdato", "avslutningsdato", "salgsdato", "sale date"),
    "closed_on": (
        *("actual close date", "closed date", "won date", "date closed", "deal - won time", "deal - deal closed on"),
        *("faktisk lukkedato", "faktisk avslutningsdato", "lukket", "lukket dato", "avsluttet", "vunnet dato"),
    ),
    "probability": (
        *("deal probability", "deal - probability", "win probability", "likelihood", "chance"),
        *("sannsynlighet", "sannsynlighet %", "sjanse"),
    ),
    "created_on": (
        *("create date", "created date", "created on", "date created", "creation date", "deal - deal created"),
        *(
            "opprettet",
            "opprettet dato",
            "opprettelsesdato",
            "registrert",
            "registrert dato",
            "engage date",
            "start date",
        ),
    ),
    "stage_entered_on": (
        *("last stage change date", "stage entered", "date entered stage", "stage since", "active stage started on"),
        *("i fasen siden", "fase endret", "fase fra"),
    ),
    "next_step": ("next activity", "next action", "neste aktivitet", "neste handling", "oppfølging"),
    "next_step_due": (
        "next activity date",
        "deal - next activity date",
        "next step date",
        "neste aktivitet dato",
        "frist",
    ),
    "competitor": ("competitors", "main competitor", "konkurrenter", "hovedkonkurrent"),
    "close_description": ("closing comments", "loss description", "kommentar til avslutning", "beskrivelse av tap"),
    "note": ("notes", "comment", "comments", "remarks", "notater", "kommentar", "kommentarer", "merknad"),
    "description": ("deal description", "details", "beskrivelse", "detaljer"),
    "customer_need": ("need", "needs", "behov", "pain points"),
    "estimated_budget": ("budget", "budsjett", "kundens budsjett"),
    "rating": ("temperature", "rangering"),
    "forecast_category": ("forecast", "prognose"),
}

OF_ACCOUNTS = {
    "external_id": (
        "(Do Not Modify) Account",
        "(Ikke endre) Konto",
        "account id",
        "company id",
        "record id",
        "id",
        "kunde-id",
    ),
    "name": (
        *("account", "account name", "company", "company name", "organization", "organization - name", "customer"),
        *("navn", "firma", "firmanavn", "kunde", "kundenavn", "selskap", "bedrift", "konto", "kontonavn"),
    ),
    "organisation_number": (
        *("organization number", "company number", "vat number", "registration number", "org nr", "org. no."),
        *("orgnr", "org.nr.", "organisasjonsnr", "organisasjonsnummer", "foretaksnummer"),
    ),
    "parent": ("parent account", "parent company", "subsidiary of", "overordnet", "morselskap", "konsern"),
    "industry": ("sector", "industry name", "bransje", "næring"),
    "website": ("web site", "url", "homepage", "domain", "company domain name", "nettsted", "hjemmeside", "nettside"),
    "phone": ("main phone", "phone number", "telephone", "telefon", "telefonnummer", "tlf", "tlf."),
    "street": ("address", "address 1", "billing street", "street address", "adresse", "gateadresse", "besøksadresse"),
    "postal_code": (
        "zip",
        "zip code",
        "zip/postal code",
        "postcode",
        "billing zip/postal code",
        "postnr",
        "postnummer",
    ),
    "city": ("town", "billing city", "by", "poststed", "sted"),
    "country": ("country/region", "billing country", "office location", "land"),
    "owner": ("account owner", "company owner", "responsible", "kundeansvarlig", "ansvarlig", "selger"),
    "description": ("notes", "comments", "beskrivelse", "notat", "notater", "kommentar"),
}

OF_CONTACTS = {
    "external_id": ("(Do Not Modify) Contact", "(Ikke endre) Kontakt", "contact id", "record id", "id", "kontakt-id"),
    "name": ("full name", "contact", "contact name", "person - name", "navn", "fullt navn", "kontakt", "kontaktperson"),
    "first_name": ("given name", "forename", "fornavn"),
    "last_name": ("surname", "family name", "etternavn"),
    "job_title": ("title", "position", "role", "stilling", "tittel", "stillingstittel", "rolle"),
    "account": (
        *("account name", "company", "company name", "organization", "person - organization", "customer"),
        *("kunde", "firma", "firmanavn", "selskap", "bedrift", "konto"),
    ),
    "email": ("email", "e-mail address", "email address", "mail", "person - email", "e-post", "epost", "e-postadresse"),
    "phone": (
        *("business phone", "mobile phone", "mobile", "phone number", "work phone", "person - phone", "telephone"),
        *("telefon", "telefonnummer", "mobil", "mobiltelefon", "tlf", "tlf."),
    ),
    "language": ("preferred language", "språk"),
    "do_not_contact": ("opted out", "email opt out", "do not email", "skal ikke kontaktes", "reservert"),
    "data_source": ("lead source", "source", "original source", "kilde"),
    "description": ("notes", "comments", "beskrivelse", "notat", "notater", "kommentar"),
}
