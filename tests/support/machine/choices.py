"""What the operations of the machine choose from: people, pages that are out of date, values and rows."""

from hypothesis import strategies as st

from tests.support import factories, reference_model
from tests.support.machine.names import ACCOUNTS, COMPETITORS, CONTACTS, DETAILS, NEW_COMPETITOR, NO_ROLE, PEOPLE

VALUES = {
    "contact": [None, *CONTACTS],
    "account": [None, *ACCOUNTS],
    "purchase_timeframe": [None, "immediate", "unknown"],
    "estimated_budget": [None, 0, 5],
    "purchase_process": [None, "committee"],
    "customer_need": [None, " \u200b", "Trucks"],
    "proposed_solution": [None, "Sensors"],
    "decision_date": [None, factories.TODAY],
    **{name: [False, True] for name in sorted(reference_model.TICKS)},
}
OTHERS = {
    "name": ["Fleet", "Fleet of lorries", "Vans"],
    "estimated_revenue": [None, 1500, 2500],
    "description": [None, "Call", "Write"],
    "rating": ["warm", "hot"],
}


def some_of(values, most=3):
    pairs = [(name, value) for name, choices in values.items() for value in choices]
    return st.lists(st.sampled_from(pairs), max_size=most).map(dict)


which = st.integers(0, 5)
users = st.sampled_from(["owner"] * 14 + ["rep", "mate", "mate", "manager", "manager", *PEOPLE])
users_who_lead = st.sampled_from(["owner"] * 4 + ["manager"] * 5 + ["root", "lead", "mate", "outsider"])
ages = st.sampled_from([0] * 8 + [1, 2, 5])  # by how many changes the page is out of date
versions = st.sampled_from(["shown"] * 14 + [None, "x", "999999"])
stages = st.integers(0, reference_model.LAST)
named_stages = st.sampled_from(["shown"] * 18 + [None, "x", *range(reference_model.LAST + 1)])
reasons = st.sampled_from(["They said so."] * 5 + [""])
tables = st.sampled_from(sorted(DETAILS))
ADDABLE = {
    "stakeholder": CONTACTS,
    "competitor": [*COMPETITORS, NEW_COMPETITOR],
    "team_member": ["rep", "mate", "manager", "no_role"],
}
DETAIL_CHOICES = {
    "role": ["account_manager", "delivery"],
    "roles": [NO_ROLE, ("decision_maker",), ("champion",), ("decision_maker", "champion")],
    "attitude": ["unknown", "supporter", "opponent"],
    "influence": ["unknown", "high"],
    "threat": ["", "low", "high"],
    "note": ["", "", "Kind", "Cheap"],
}
table_and_subject = st.one_of([st.tuples(st.just(table), st.sampled_from(names)) for table, names in ADDABLE.items()])


def details_for(table, choices):
    """The details of a child row, such as a role and a note, chosen by numbers."""
    columns = [DETAIL_CHOICES[column] for column in DETAILS[table]]
    return tuple(values[choice % len(values)] for values, choice in zip(columns, choices, strict=False))


detail_choices = st.tuples(*[st.integers(0, 3)] * 4)
rarely = st.sampled_from([False, False, True])
