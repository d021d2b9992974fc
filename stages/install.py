"""Installs the process that ships with the product, for the migration and for tests."""

import json
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).with_name("process.json")


def install(process_model: Any, stage_model: Any, step_model: Any) -> None:
    """Creates the Opportunity Sales Process, the default for new opportunities, unless it exists.

    Takes the models as arguments, because a migration has models of its own.
    """
    definition = json.loads(SHIPPED.read_text(encoding="utf-8"))
    stages = definition.pop("stages")
    if process_model.objects.filter(key=definition["key"]).exists():
        return
    is_default = not process_model.objects.filter(is_default=True).exists()
    process = process_model.objects.create(is_default=is_default, **definition)
    for order, stage in enumerate(stages, start=1):
        steps = stage.pop("steps")
        row = stage_model.objects.create(process=process, order=order, **stage)
        for number, step in enumerate(steps, start=1):
            step_model.objects.create(stage=row, order=number, **step)
