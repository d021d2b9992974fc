"""Installs the mail templates that ship with the product, for the migration and for tests."""

from typing import Any

SHIPPED: list[dict[str, str]] = [
    {
        "key": "thank_you",
        "name_en": "Thank you",
        "name_nb": "Takk",
        "subject_en": "Thank you for your time",
        "subject_nb": "Takk for tiden",
        "body_en": (
            "Dear {first_name},\n"
            "\n"
            "Thank you for the good conversations, and for the time that you and your colleagues have given us.\n"
            "\n"
            "Please write or call if there is anything that we can help you with.\n"
            "\n"
            "Kind regards,\n"
            "{sender}"
        ),
        "body_nb": (
            "Hei {first_name},\n"
            "\n"
            "Takk for gode samtaler, og for tiden du og kollegene dine har gitt oss.\n"
            "\n"
            "Ta gjerne kontakt hvis det er noe vi kan hjelpe deg med.\n"
            "\n"
            "Vennlig hilsen\n"
            "{sender}"
        ),
    }
]


def install(template_model: Any) -> None:
    """Creates the templates that do not exist. Takes the model as an argument, because a migration has its own."""
    for template in SHIPPED:
        if not template_model.objects.filter(key=template["key"]).exists():
            template_model.objects.create(**template)
