"""Six more reasons for Lost. “Canceled” comes after them, unless a manager has changed it since it was installed."""

from django.db import migrations

from opportunities.status_reasons import install


def install_reasons(apps, schema_editor):
    reasons, versions = (apps.get_model("opportunities", name) for name in ("StatusReason", "HistoricalStatusReason"))
    install(reasons)
    canceled = reasons.objects.filter(key="canceled", order=1)
    canceled.exclude(pk__in=versions.objects.values("id")).update(order=9)


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0005_close_request_answers")]
    operations = [migrations.RunPython(install_reasons, migrations.RunPython.noop, elidable=False)]
