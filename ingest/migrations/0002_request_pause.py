from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0001_harvest"),
    ]

    operations = [
        migrations.AddField(
            model_name="request",
            name="pause",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="seconds to wait because of this answer"
            ),
        ),
    ]
