"""The fake arXiv as a program: prints the settings that make a site use it, and serves until it is ended.

python -m tests.upstream --port 8099 --seed 7 --from 2026-03-01 --days 30 --clock /tmp/clock
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from tests.upstream.fault import FAULTS, SERVICES
from tests.upstream.schedule import at
from tests.upstream.server import FakeArxiv
from tests.upstream.story import Plot


def read_fault(text: str) -> dict[str, Any]:
    """`503-seconds@oai,every=3,seconds=20` or `429|truncated,chance=0.1,seed=4` → arguments of Switchboard.set."""
    named, *options = text.split(",")
    names, _, service = named.partition("@")
    rule: dict[str, Any] = {"faults": names.split("|"), "service": service}
    for option in options:
        name, _, value = option.partition("=")
        rule[name] = float(value) if "." in value else int(value)
    return rule


def _days(text: str) -> tuple[date, ...]:
    return tuple(date.fromisoformat(day) for day in text.split(",") if day)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _parser() -> argparse.ArgumentParser:
    faults = "\n".join(f"  {name:18} {fault.about}" for name, fault in FAULTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.upstream",
        description="A fake arXiv on loopback: API, OAI-PMH and feeds over a made-up month of real papers.",
        epilog=f"faults, of the services {', '.join(SERVICES)}:\n{faults}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same month")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2026, 3, 1), help="first day")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--papers-a-day", type=int, default=60)
    parser.add_argument("--background", type=int, default=2000, help="papers from before the first day")
    parser.add_argument("--texts", choices=("", "sample"), default="", help="sample: the shipped papers only")
    parser.add_argument("--oai-page", type=int, default=500, help="records of an OAI-PMH page")
    parser.add_argument("--clock", type=Path, help="the clock's file (CLOCK_FILE); made where there is none")
    parser.add_argument("--now", type=_instant, help="what a clock that is made says; default: the first day, 12:00")
    parser.add_argument("--lag-hours", type=float, default=11.5, help="how late metadata are on lagging days")
    parser.add_argument("--stale", action="store_true", help="late metadata carry the datestamp of their mailing")
    for name in ("holidays", "not-taken", "unpublished", "lagging", "bulk"):
        parser.add_argument(
            f"--{name}", type=_days, metavar="DAYS", help="YYYY-MM-DD,… instead of chosen ones; ''=none"
        )
    parser.add_argument("--fault", action="append", default=[], help="NAME[|NAME…][@SERVICE],next=N|every=K|chance=P,…")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    parser = _parser()
    options = vars(parser.parse_args(arguments))
    plot = Plot(**{name: options[name] for name in Plot.__dataclass_fields__})
    clock: Path | None = options["clock"]
    if clock and not clock.exists():
        clock.write_text((options["now"] or at(plot.first, 12)).isoformat())
    arxiv = FakeArxiv(plot, clock_file=clock, port=options["port"], oai_page=options["oai_page"])
    try:
        for text in options["fault"]:
            arxiv.faults.set(**read_fault(text))
    except (ValueError, TypeError) as error:
        parser.error(str(error))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: arxiv.closing.set())
    with arxiv:
        lines = arxiv.settings | ({"CLOCK_FILE": str(clock.resolve())} if clock else {})
        sys.stdout.write("".join(f"export {name}={value}\n" for name, value in lines.items()))
        sys.stdout.flush()
        arxiv.closing.wait()


if __name__ == "__main__":
    main()
