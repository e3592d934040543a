"""`manage.py venue_pack export|import|list`: venues as files (ingest.packs).

Exit codes: 0 done; 1 a pack was not taken in, and then nothing of it was written; 2 what was asked for makes no sense.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coolpapers.models import Edition, Venue
from ingest.pack_form import LIMIT, BadPack, Pack, read_pack
from ingest.packs import PackReport, apply_pack, check_pack, find_venue, shipped_pack, shipped_packs, write_pack

ALL = "all"


class Command(BaseCommand):
    help = "Write a venue with its editions to a file, take one in, or list what there is (docs/venues.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True, metavar="{export,import,list}")
        out = what.add_parser("export", help="a venue of this site as a pack")
        out.add_argument("venue", metavar="VENUE", help="such as COLM")
        out.add_argument("--output", type=Path, metavar="FILE", help="without it, what is written is printed")
        take = what.add_parser("import", help="make or update a venue and its editions; nothing is pulled or deleted")
        which = take.add_mutually_exclusive_group(required=True)
        which.add_argument("file", nargs="?", type=Path, metavar="FILE")
        which.add_argument("--shipped", nargs="+", metavar="NAME", help=f"packs of this version, or `{ALL}`")
        take.add_argument("--dry-run", action="store_true", help="tell what would change, write nothing")
        what.add_parser("list", help="the packs of this version, and the venues here")

    def handle(self, **options: Any) -> None:
        {"export": self.export, "import": self.take, "list": self.list}[options["what"]](options)

    def export(self, options: dict[str, Any]) -> None:
        """What this version's own import would not take is told."""
        name, output = options["venue"], options["output"]
        venue = find_venue(name)
        if venue is None:
            raise CommandError(f"There is no venue {name} here: `venue_pack list` shows them.", returncode=2)
        text = write_pack(venue)
        try:
            problems = check_pack(read_pack(text.encode()))
        except BadPack as error:
            problems = list(error.problems)
        for problem in problems:
            self.stderr.write(f"Look: {problem}")
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{output} can't be written: {error}", returncode=2) from error

    def take(self, options: dict[str, Any]) -> None:
        """Pack by pack; those that can be taken in are."""
        refused = []
        for pack in self.packs(options):
            try:
                self.tell(pack, apply_pack(pack, dry_run=options["dry_run"]))
            except BadPack as error:
                refused.append(pack.code)
                self.stderr.write("\n".join(f"{pack.code}: {problem}" for problem in error.problems))
        if refused:
            raise CommandError(f"Not taken in: {', '.join(refused)}. Nothing of it was written.")
        if options["dry_run"]:
            self.stdout.write("That was a preview: nothing was written.")

    def packs(self, options: dict[str, Any]) -> list[Pack]:
        """Those that are wanted."""
        if options["shipped"] == [ALL]:
            return shipped_packs()
        if options["shipped"]:
            return [self.shipped(name) for name in options["shipped"]]
        try:
            with options["file"].open("rb") as file:
                return [read_pack(file.read(LIMIT + 1))]
        except OSError as error:
            raise CommandError(f"{options['file']} can't be read: {error}", returncode=2) from error
        except BadPack as error:
            raise CommandError(str(error)) from error

    def shipped(self, name: str) -> Pack:
        pack = shipped_pack(name)
        if pack is None:
            codes = ", ".join(pack.code for pack in shipped_packs())
            raise CommandError(f"This version ships no pack {name}. It has {codes}.", returncode=2)
        return pack

    def tell(self, pack: Pack, report: PackReport) -> None:
        for name in report.new:
            self.stdout.write(f"  new      {name}")
        for name, facts in report.changed:
            self.stdout.write(f"  changed  {name}: {', '.join(facts)}")
        counts = f"{len(report.new)} new, {len(report.changed)} changed, {len(report.same)} already here"
        self.stdout.write(f"{pack.code}: {counts}.")

    def list(self, options: dict[str, Any]) -> None:
        """A line a venue: editions of its pack, editions here, and how many of them hold papers."""
        packs = {pack.code.lower(): pack for pack in shipped_packs()}
        here = {venue.code.lower(): venue for venue in Venue.objects.all()}
        self.stdout.write(f"{'':16}{'shipped':>9}{'here':>6}{'with papers':>13}")
        for code in sorted(packs.keys() | here.keys()):
            pack, venue = packs.get(code), here.get(code)
            held = Edition.objects.holding_papers().filter(venue=venue).count() if venue else 0
            shipped = len(pack.editions) if pack else "-"
            editions = venue.editions.count() if venue else "-"
            name = venue.code if venue else pack.code if pack else ""
            self.stdout.write(f"{name:16}{shipped:>9}{editions:>6}{held if venue else '-':>13}")
