"""The names of the users, the customers, the fields and the addresses that the operations use, and two days."""

import datetime

from tests.support import factories, reference_model

# The users. The rules treat as a manager a superuser, and the lead of the unit that all belong to, who does not see all
# by right. The last three may see no opportunity.
PEOPLE = ("rep", "mate", "manager", "root", "lead", "outsider", "no_role", "anonymous")
ROLE_IN_MODEL = {"root": "manager", "lead": "manager"}

CONTACTS, ACCOUNTS, COMPETITORS = list(reference_model.ACCOUNT_OF), ["Havbris", "Fjordlast"], ["Rival", "Other rival"]
NEW_COMPETITOR = "New competitor"  # is created in a picker

GENERAL = {"name": "Fleet", "estimated_revenue": None, "description": None, "rating": "warm"}
NONE_KNOWN = "no_known_competitors"

# The columns of each child table besides the subject, and their defaults.
DETAILS = {
    "stakeholder": ("roles", "attitude", "influence", "note"),
    "competitor": ("threat", "note"),
    "team_member": ("role",),
}
DEFAULT_DETAILS = {
    "stakeholder": ((), "unknown", "unknown", ""),
    "competitor": ("", ""),
    "team_member": ("account_manager",),
}
DECIDES, NO_ROLE = "decision_maker", ("stakeholder",)  # the model has the first apart; the other is no role
RELATIONS = {
    "stakeholder": ("stakeholders", "contact"),
    "competitor": ("competitor_links", "competitor"),
    "team_member": ("team_members", "user"),
}

DEBRIEF = ("went_well", "went_badly", "why", "price_gap")


POSTED = {
    *("opportunity_new", "opportunity_copy", "opportunity_edit", "opportunity_seen", "news_seen"),
    *("save", "answer", "advance", "jump", "go_back", "finish", "hold", "resume", "board_move", "list_cell"),
    *("bulk_runs", "bulk_run"),
    *("close_as_won", "close_as_lost", "reopen"),
    *("take_back_close_request", "approve_close_request", "decline_close_request"),
    *("waive", "ask_for_waiver", "take_back_waiver_request", "approve_waiver_request", "decline_waiver_request"),
    *("withdraw_waiver", "add_evidence", "no_known_competitors", "sell_alone"),
    *(f"{row}_{act}" for row in ("stakeholder", "competitor", "team_member") for act in ("add", "edit", "remove")),
    *(f"{row}_{act}" for row in ("note", "task", "debrief", "presentation") for act in ("add", "edit", "remove")),
    *("note_pin", "task_done", "next_step_plan", "next_step_postpone"),
    *("attachment_add", "attachment_version", "attachment_edit", "attachment_remove"),
    *("mail_write", "mail_write_for"),
    *("account_merge", "contact_merge", "competitor_merge", "merge_undo"),
    *("person_erase", "person_accept", "passage_decide", "competitor_new", "competitor_page_edit"),
    *("set_digest", "make_calendar", "end_calendar"),
    *(f"opportunities_opportunity_{page}" for page in ("change", "changelist", "delete")),  # of the admin
}
"""The names of the addresses that the operations post to. A post to any other fails."""


def address_of(contact):
    """What is typed for a contact without an address."""
    return f"{contact.lower().replace(' ', '.')}@example.com"


# Days that are past, and future, in every time zone.
PAST_DAY = datetime.datetime.now(datetime.UTC).date() - factories.DAY
FUTURE_DAY = PAST_DAY + 7 * factories.DAY
