"""Three steps of the Opportunity Sales Process shipped without a help text. They get one where it is still empty.

A step that a manager renamed, or that has a text in either language, stays as it is. A step with a history gets a
version of it, by nobody. A step without a history was never changed: its history begins with its first change.
"""

from django.db import migrations
from django.utils import timezone

HELP = {
    ("proposal_developed", "Develop proposal"): (
        "Write the proposal: what, when and at what price. Tick it when a colleague can read it.",
        "Skriv forslaget: hva, når og til hvilken pris. Merk som fullført når en kollega kan lese det.",
    ),
    ("final_proposal_completed", "Complete final proposal"): (
        "Put the customer’s answers into the proposal. Tick it when price and terms are final.",
        "Ta kundens svar inn i forslaget. Merk som fullført når pris og vilkår er endelige.",
    ),
    ("final_proposal_presented", "Present final proposal"): (
        "Give the final proposal to those who decide. Tick it when they have it in writing.",
        "Legg det endelige forslaget frem for dem som bestemmer. Merk som fullført når de har det skriftlig.",
    ),
}


def fill_help(apps, schema_editor):
    steps, versions = apps.get_model("stages", "Step"), apps.get_model("stages", "HistoricalStep")
    for (field, name), (help_en, help_nb) in HELP.items():
        empty = {"field": field, "name_en": name, "help_en": "", "help_nb": ""}
        for step in steps.objects.filter(stage__process__key="opportunity-sales-process", **empty):
            steps.objects.filter(pk=step.pk).update(help_en=help_en, help_nb=help_nb)
            if versions.objects.filter(id=step.pk).exists():
                step.refresh_from_db()
                columns = {column.attname: getattr(step, column.attname) for column in step._meta.concrete_fields}
                versions.objects.create(**columns, history_date=timezone.now(), history_type="~")


class Migration(migrations.Migration):
    dependencies = [("stages", "0002_opportunity_sales_process")]
    operations = [migrations.RunPython(fill_help, migrations.RunPython.noop, elidable=False)]
