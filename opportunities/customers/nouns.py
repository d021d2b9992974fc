"""The three nouns of customers, as addresses, merges and lists of all customers name them."""

from typing import Any

from opportunities.customers.models import Account, Competitor, Contact

MODELS: dict[str, type[Any]] = {"account": Account, "contact": Contact, "competitor": Competitor}
