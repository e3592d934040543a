"""`python -m bench.exporting SITE`: what 1,000 papers cost as a file in each format, as a feed and as a page.

SITE: a running site with the shipped papers. Each address is asked once before, then nine times, compressed; medians.
The list is a search that finds some 2,900 papers, the costliest list there is.
"""

import argparse
import statistics
import time
import urllib.request

QUERY = "query=the+OR+of+OR+a&show=1000"
TIMES = 9
FORMATS = ("bibtex", "ris", "csl", "markdown", "csv", "ids")


def ask(address: str) -> tuple[float, int]:
    """Seconds and compressed bytes of an answer."""
    start = time.perf_counter()
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        size = len(answer.read())
    return time.perf_counter() - start, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("site")
    site = parser.parse_args().site.rstrip("/")
    addresses = {name: f"/search/export?{QUERY}&format={name}" for name in FORMATS}
    for label, path in {**addresses, "Atom": f"/search/feed?{QUERY}", "page": f"/search?{QUERY}"}.items():
        ask(site + path)
        answers = [ask(site + path) for _ in range(TIMES)]
        seconds = statistics.median(taken for taken, _size in answers)
        print(f"{label:10} {1000 * seconds:6.0f} ms {answers[0][1] / 1000:7.0f} kB by gzip", flush=True)


if __name__ == "__main__":
    main()
