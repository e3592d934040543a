"""The admin's pages of venues, and the site's, at 200 editions and 100,000 papers: the median of 15 visits each, in ms.

    DATA_DIR=$(mktemp -d) python -m bench.admin

Fills an empty folder with made-up editions first; then asks the site in this process, as somebody who is signed in.
"""

import os
import statistics
import sys
import time

EDITIONS, PAPERS, VENUES, VISITS = 200, 500, 20, 15


def fill() -> None:
    """20 venues with ten editions each, 500 papers and three runs to an edition, some with a mismatch."""
    from coolpapers.clock import get_clock
    from coolpapers.models import Edition, Venue
    from ingest.models import Run
    from ingest.record import PaperRecord, Place
    from ingest.store import save_records

    for number in range(EDITIONS):
        name, year = f"VENUE{chr(65 + number % VENUES)}", 2000 + number // VENUES
        save_records(
            records=[
                PaperRecord(
                    key=f"p{number}-{place}@{name}.{year}",
                    branch="venue",
                    title=f"A Study {number} of the {place}th Thing and Others",
                    abstract="We study things at some length. " * 20,
                    authors=("Ada Author", f"Bob Writer{place}"),
                    place=Place(name, year, ("Oral", "Poster")[place % 2], place),
                    ordinal=year * 10**8 + 999_999 - place,
                )
                for place in range(PAPERS)
            ]
        )
    now = get_clock().now()
    fields = {"source": "cvf", "fields": {"conference": "CVPR2024"}, "expected": PAPERS, "pulled": now}
    Edition.objects.update(**fields)
    Edition.objects.filter(venue__in=Venue.objects.all()[:2]).update(expected=PAPERS + 1)
    for edition in Edition.objects.all():
        for _ in range(3):
            Run.objects.create(
                job="pull-venue",
                edition=edition,
                arguments={"source": "cvf", "fields": {"conference": "CVPR2024"}},
                state="done",
                asked=now,
                not_before=now,
                ended=now,
            )


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coolpapers.settings")
    os.environ |= {"SEARCH_URL": "", "ALLOWED_HOSTS": "testserver"}
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    from coolpapers.models import Edition, Paper

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if Paper.objects.exists():
        sys.exit("The folder holds papers already: name an empty one by DATA_DIR.")
    fill()
    client = Client()
    client.force_login(User.objects.create_superuser("bench"))
    edition = Edition.objects.select_related("venue").first()
    assert edition is not None
    run = edition.runs.latest("pk")
    pages = {
        "the admin's first page": "/admin/",
        "venues": "/admin/coolpapers/venue/",
        "a venue": f"/admin/coolpapers/venue/{edition.venue.pk}/change/",
        "editions": "/admin/coolpapers/edition/",
        "editions that are not whole": "/admin/coolpapers/edition/?papers=mismatch",
        "an edition": f"/admin/coolpapers/edition/{edition.pk}/change/",
        "a run": f"/admin/coolpapers/edition/{edition.pk}/run/{run.pk}/",
        "packs": "/admin/coolpapers/venue/packs/",
        "runs": "/admin/ingest/run/",
        "papers": "/admin/coolpapers/paper/",
        "/venue": "/venue",
        "/venue/<edition>": edition.get_absolute_url(),
        "/venue/latest": "/venue/latest",
    }
    print(f"{Edition.objects.count()} editions, {Paper.objects.count():,} papers")
    for name, address in pages.items():
        print(f"{name:30}{median_ms(client, address):8.1f} ms")


def median_ms(client: "object", address: str) -> float:
    """Of the visits after the first."""
    taken = []
    for visit in range(VISITS + 1):
        began = time.perf_counter()
        answer = client.get(address)  # type: ignore[attr-defined]
        if visit:
            taken.append((time.perf_counter() - began) * 1_000)
        assert answer.status_code == 200, (address, answer.status_code)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
