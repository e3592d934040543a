"""`manage.py load_records FILE…`: papers from files into the store, of the JSONL format or of arXiv's bulk metadata."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from ingest.files import FORMATS, Line, read_records
from ingest.record import NotAccepted, PaperRecord
from ingest.store import SaveReport, save_records

SHOWN_ERRORS = 20


class Command(BaseCommand):
    help = "Load papers from files of lines, plain, .gz or .xz (formats: coolpapers/data/README.md, docs/sources.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--format", choices=FORMATS, default="jsonl", help="what a line is (default: %(default)s)")

    def handle(self, *, files: list[Path], verbosity: int, format: str, **options: Any) -> None:
        for path in files:
            if not path.is_file():
                raise CommandError(f"{path}: there is no such file.")
        self.bad = self.left_out = 0
        report = SaveReport()
        for path in files:
            with tqdm(
                total=path.stat().st_size, unit="B", unit_scale=True, desc=path.name, disable=verbosity == 0
            ) as bar:
                report += save_records(records=self._records(path, bar, format))
        if verbosity:
            self.stdout.write(self._summary(report))

    def _records(self, path: Path, bar: "tqdm[Any]", form: str) -> Iterator[PaperRecord]:
        """The good records of a file; the others are reported and counted."""
        for line in read_records(path, told=lambda position: bar.update(position - bar.n), form=form):
            if line.record is not None:
                yield line.record
            elif isinstance(line.error, NotAccepted):
                self.left_out += 1
            else:
                self.bad += 1
                self._tell_bad(line)

    def _tell_bad(self, line: Line) -> None:
        """The first bad lines by name, above the progress bar."""
        with tqdm.external_write_mode():
            if self.bad <= SHOWN_ERRORS:
                self.stderr.write(f"{line.path}:{line.number}: {line.error}")
            elif self.bad == SHOWN_ERRORS + 1:
                self.stderr.write("… more bad lines are counted, not shown.")

    def _summary(self, report: SaveReport) -> str:
        parts = [f"{report.new:,} new", f"{report.changed:,} changed", f"{report.same:,} already here"]
        if self.left_out:
            parts.append(f"{self.left_out:,} not accepted by their venue, left out")
        parts.append(f"{self.bad:,} bad line{'' if self.bad == 1 else 's'}")
        nothing = " Nothing changed." if report.total and not report.new and not report.changed else ""
        return f"{report.total:,} records: {', '.join(parts)}.{nothing}"
