"""Installs the status reasons that ship with the product, for the migration and for tests."""

from typing import Any

SHIPPED: list[dict[str, Any]] = [
    {"key": "in_progress", "status": "open", "order": 1, "name_en": "In progress", "name_nb": "Pågår"},
    {"key": "on_hold", "status": "open", "order": 2, "name_en": "On hold", "name_nb": "På vent"},
    {"key": "won", "status": "won", "order": 1, "name_en": "Won", "name_nb": "Vunnet"},
    {"key": "canceled", "status": "lost", "order": 1, "name_en": "Canceled", "name_nb": "Avbrutt"},
    {
        "key": "out_sold",
        "status": "lost",
        "order": 2,
        "name_en": "Out-sold",
        "name_nb": "Tapt til konkurrent",
        "asks_competitor": True,
    },
]


def install(reason_model: Any) -> None:
    """Creates the reasons that do not exist. Takes the model as an argument, because a migration has its own."""
    for reason in SHIPPED:
        reason_model.objects.get_or_create(key=reason["key"], defaults=reason)
