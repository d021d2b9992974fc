"""The queries that a request may make row by row. zeal fails a test for any other one."""

# Django and its admin read the session and the user twice in a request.
# The forms of the admin's inlines read the rows that they refer to one by one.
# The page of a unit reads the unit, its parent and its lead.
# An import makes the moves of one opportunity one after the other, and each row of a small file for itself.
# A move back with refused entries is made again without them, and reads the status reason again.
ALLOWED = [
    {"model": model, "field": "get()"}
    for model in (
        "sessions.Session",
        "users.Unit",
        "users.User",
        "customers.Account",
        "customers.Competitor",
        "customers.Contact",
        "opportunities.OpportunityCompetitor",
        "opportunities.Stakeholder",
        "opportunities.StatusReason",
        "opportunities.Task",
        "opportunities.TeamMember",
    )
]
ALLOWED += [{"model": "opportunities.ProcessInstance", "field": "visits"}]
ALLOWED += [{"model": "opportunities.ImportRow", "field": field} for field in ("opportunity", "contact", "account")]
