from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('digests', '0001_digests'),
    ]

    operations = [
        migrations.AddField(
            model_name='subscription',
            name='language',
            field=models.CharField(default='en', help_text='of its messages: in which it was asked for', max_length=15),
        ),
    ]
