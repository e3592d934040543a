"""`python -m bench.linking`: links between papers that manage.py link_works makes, against their abstracts.

In the data folder of DATA_DIR, whose papers are loaded and linked. Titles and authors link most papers; whether two
abstracts were made from one text is another witness. Prints how many of the pairs whose abstracts share SHARED of the
shorter one's runs of five words are linked (recall; copies of which no title is alike count as missed), how many links
the abstracts confirm, and all the others, to be looked at (precision).
"""

import os
from collections import Counter, defaultdict

SHARED, LEAST = 0.3, 12
COMMON = 6  # papers with one run: more say nothing


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coolpapers.settings")
    import django

    django.setup()
    from coolpapers.models import Paper
    from ingest.matching import runs
    from ingest.models import Copy, CopyState

    venues = dict(Paper.objects.filter(branch="venue").values_list("pk", "abstract"))
    with_run: dict[int, list[int]] = defaultdict(list)
    for pk, abstract in venues.items():
        for run in runs(abstract):
            with_run[hash(run)].append(pk)
    alike = set()
    for pk, abstract in Paper.objects.filter(branch="arxiv").order_by().values_list("pk", "abstract").iterator():
        counted: Counter[int] = Counter()
        own = runs(abstract)
        for run in own:
            if len(papers := with_run.get(hash(run), ())) <= COMMON:
                counted.update(papers)
        for other, shared in counted.items():
            if shared >= max(LEAST, SHARED * min(len(own), len(runs(venues[other])))):
                alike.add((min(pk, other), max(pk, other)))
    linked = Copy.objects.filter(state=CopyState.LINKED, one__branch="arxiv", other__branch="venue") | (
        Copy.objects.filter(state=CopyState.LINKED, one__branch="venue", other__branch="arxiv")
    )
    links = {(copy.one_id, copy.other_id): copy for copy in linked.select_related("one", "other")}
    print(f"{len(alike):,} pairs with abstracts alike, {len(alike & links.keys()):,} of them linked")
    print(f"{len(links):,} links, {len(links.keys() & alike):,} confirmed by abstracts; the others:")
    for pair in sorted(links.keys() - alike):
        copy = links[pair]
        print(f"{copy.why} {copy.one.key} {copy.other.key} | {copy.one.title} | {copy.other.title}")
        print(f"    {', '.join(copy.one.authors[:5])} | {', '.join(copy.other.authors[:5])}")


if __name__ == "__main__":
    main()
