from django.db import migrations

from opportunities.status_reasons import install


def install_reasons(apps, schema_editor):
    install(apps.get_model("opportunities", "StatusReason"))


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0001_initial")]
    operations = [migrations.RunPython(install_reasons, migrations.RunPython.noop, elidable=False)]
