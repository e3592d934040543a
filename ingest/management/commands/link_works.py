"""`manage.py link_works`: find papers that are copies of one work, such as on arXiv and in proceedings; link them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from coolpapers.models import Paper
from ingest.works import link_works


class Command(BaseCommand):
    help = "Link the copies of one work among all venues' papers and arXiv's; what is in doubt waits in the admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and write nothing")

    def handle(self, *, dry_run: bool, verbosity: int, **options: Any) -> None:
        with tqdm(total=Paper.objects.count(), unit=" papers", disable=verbosity == 0) as bar:
            report = link_works(dry_run=dry_run, told=lambda papers: bar.update(papers))
        if verbosity:
            would = "would be " if dry_run else ""
            self.stdout.write(
                f"{report.compared:,} pairs compared: {report.linked:,} {would}linked, {report.waiting:,} in doubt."
            )
