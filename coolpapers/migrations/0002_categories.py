"""The category rows follow the taxonomy; codes that it no longer has stay, since papers may stand in them."""

from django.db import migrations

from coolpapers.taxonomy import CATEGORIES


def follow_taxonomy(apps, schema_editor):
    Category = apps.get_model("coolpapers", "Category")
    Category.objects.bulk_create(
        [Category(code=code, name=category.name) for code, category in CATEGORIES.items()],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name"],
    )


class Migration(migrations.Migration):
    dependencies = [("coolpapers", "0001_store")]
    operations = [migrations.RunPython(follow_taxonomy, migrations.RunPython.noop)]
