"""Installs the status reasons that ship with the product, for the migration and for tests."""

from typing import Any

from salesflow import folding

SHIPPED: list[dict[str, Any]] = [
    {"key": "in_progress", "status": "open", "order": 1, "name_en": "In progress", "name_nb": "Pågår"},
    {"key": "on_hold", "status": "open", "order": 2, "name_en": "On hold", "name_nb": "På vent"},
    {"key": "won", "status": "won", "order": 1, "name_en": "Won", "name_nb": "Vunnet"},
    {
        "key": "out_sold",
        "status": "lost",
        "order": 2,
        "name_en": "Out-sold",
        "name_nb": "Tapt til konkurrent",
        "asks_competitor": True,
    },
    {"key": "price", "status": "lost", "order": 3, "name_en": "Price", "name_nb": "Pris"},
    {"key": "timing", "status": "lost", "order": 4, "name_en": "Timing", "name_nb": "Tidspunkt"},
    {"key": "no_budget", "status": "lost", "order": 5, "name_en": "No budget", "name_nb": "Ikke budsjett"},
    {"key": "no_decision", "status": "lost", "order": 6, "name_en": "No decision", "name_nb": "Ingen beslutning"},
    {"key": "no_fit", "status": "lost", "order": 7, "name_en": "No fit", "name_nb": "Passer ikke"},
    {"key": "went_quiet", "status": "lost", "order": 8, "name_en": "Went quiet", "name_nb": "Svarer ikke"},
    {"key": "canceled", "status": "lost", "order": 9, "name_en": "Canceled", "name_nb": "Avbrutt"},
]


def install(reason_model: Any) -> None:
    """Creates the reasons that do not exist. Takes the model as an argument, because a migration has its own.

    A reason of the same status and name, in either language, that a manager has added takes the place of the shipped
    one: it gets the key and keeps everything else.
    """
    for reason in SHIPPED:
        if reason_model.objects.filter(key=reason["key"]).exists():
            continue
        named = _of_the_same_name(reason_model, reason)
        if named is None:
            reason_model.objects.create(**reason)
        else:
            reason_model.objects.filter(pk=named.pk).update(key=reason["key"])


def _of_the_same_name(reason_model: Any, reason: dict[str, Any]) -> Any:
    names = {folding.folded(reason["name_en"]), folding.folded(reason["name_nb"])}
    added = reason_model.objects.filter(status=reason["status"], key=None).order_by("is_archived", "pk")
    return next((row for row in added if names & {folding.folded(row.name_en), folding.folded(row.name_nb)}), None)
