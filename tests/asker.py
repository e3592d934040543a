"""A process that asks as a worker does, for tests of several at once.

python -m tests.asker SERVICE URL TIMES [INTERVAL] says `ready`, waits for a line, asks that often, tells a line each.
"""

import os
import sys

import django


def tell(said: str) -> None:
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()


def main(service: str, url: str, times: str, interval: str = "3") -> None:
    from coolpapers.clock import get_clock
    from ingest.fetch import FetchError, fetch
    from ingest.governor import Governor
    from ingest.turns import get_turns

    tell("ready")
    sys.stdin.readline()
    governor = Governor(get_turns(), get_clock(), float(interval))
    for _ in range(int(times)):
        try:
            tell(str(fetch(url, service=service, governor=governor).status))
        except FetchError as error:
            tell(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    main(*sys.argv[1:])
