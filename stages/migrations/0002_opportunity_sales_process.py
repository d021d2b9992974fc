from django.db import migrations

from stages.install import install


def install_process(apps, schema_editor):
    install(*(apps.get_model("stages", name) for name in ("Process", "Stage", "Step")))


class Migration(migrations.Migration):
    dependencies = [("stages", "0001_initial")]
    operations = [migrations.RunPython(install_process, migrations.RunPython.noop, elidable=False)]
