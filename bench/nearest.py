"""`python -m bench.nearest VECTORS.npy [--questions FILE.jsonl …] [--count 1000000]`: the nearest of so many vectors.

VECTORS.npy holds real vectors of the packaged model, one a row. They are filled up to the count with copies of them,
each with seeded noise of its own that leaves it a cosine of .80 to .95 to its original, evenly spread. The questions
are 200 of the "text" of the files' lines, evenly taken, encoded with the packaged model (which needs torch); without
files, other noisy copies.

Prints build time and disk; recall of the nearest 100 against float32; in a process of its own milliseconds for the
nearest 200, of all and of those that a filter allows; memory of that process and of a second one beside it. All is
written to a temporary folder and removed in the end.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384
NEAREST = 100  # compared with those of float32
LIMIT = 200  # timed
SHARES = (0.001, 0.01, 0.1, 0.5)  # of the papers, allowed by a filter
ROUNDS = 3
QUESTIONS = 200
Floats = NDArray[np.float32]


# --- Vectors -----------------------------------------------------------------------------------------------------
def noisy(vectors: Floats, random: np.random.Generator, least: float, most: float) -> Floats:
    """Copies with a cosine between these two to their originals."""
    noise = random.standard_normal(vectors.shape, np.float32)
    noise -= np.sum(noise * vectors, axis=1, keepdims=True) * vectors
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    cosine = random.uniform(least, most, (len(vectors), 1)).astype(np.float32)
    return cosine * vectors + np.sqrt(1 - cosine**2) * noise


def filled_up(vectors: Floats, count: int) -> Iterator[Floats]:
    """The vectors, then copies of them, as many as are wanted."""
    random = np.random.default_rng(0)
    yield vectors[:count]
    for start in range(len(vectors), count, len(vectors)):
        yield noisy(vectors[: count - start], random, 0.80, 0.95)


def encoded(files: list[Path], vectors: Floats) -> Floats:
    """The questions, (n, 384)."""
    if not files:
        return noisy(vectors[:: len(vectors) // QUESTIONS + 1], np.random.default_rng(1), 0.5, 0.6)
    from search.embeddings import query_vector

    texts = [json.loads(line)["text"] for path in files for line in path.read_text().splitlines()]
    return np.stack([query_vector(text) for text in texts[:: len(texts) // QUESTIONS or 1]])


class Float32:
    """The nearest of each question by float32, gathered part by part."""

    def __init__(self, questions: Floats) -> None:
        self._questions = questions
        self._values = np.full((len(questions), NEAREST), -np.inf, np.float32)
        self.ids = np.zeros((len(questions), NEAREST), np.int64)

    def see(self, part: Floats, first: int) -> None:
        values = np.hstack([self._values, self._questions @ part.T])
        ids = np.hstack([self.ids, np.broadcast_to(np.arange(first, first + len(part)), (len(values), len(part)))])
        best = np.argpartition(-values, NEAREST, axis=1)[:, :NEAREST]
        self._values, self.ids = np.take_along_axis(values, best, 1), np.take_along_axis(ids, best, 1)


# --- The index, in a process of its own --------------------------------------------------------------------------
def memory() -> dict[str, int]:
    """This process's, in MB: what it has in memory, its share of that, and what is its own."""
    path = Path("/proc/self/smaps_rollup")
    lines = [line.split() for line in path.read_text().splitlines()[1:]] if path.exists() else []
    sizes = {line[0]: int(line[1]) // 1024 for line in lines}
    own = sizes.get("Private_Clean:", 0) + sizes.get("Private_Dirty:", 0)
    return {"resident": sizes.get("Rss:", 0), "share": sizes.get("Pss:", 0), "own": own}


def serve(folder: Path) -> None:
    """Answer the questions beside the index; print what was measured, a line a step; stop when stdin closes."""
    from search.engines.nearest import Allowed, NearestIndex

    questions, bare = np.load(folder.parent / "questions.npy"), memory()
    index = NearestIndex(folder)
    recipe, count = index.state().recipe, index.state().papers
    assert recipe

    def timed(allowed: Allowed | None, asked: Floats) -> list[float]:
        taken = []
        for question in asked:
            begun = time.perf_counter()
            index.search(recipe, question, limit=LIMIT, allowed=allowed)
            taken.append((time.perf_counter() - begun) * 1e3)
        return taken

    first = timed(None, questions[:1])
    taken = {"all": timed(None, np.vstack([questions] * ROUNDS))}
    for share in SHARES:
        allowed = Allowed(np.random.default_rng(2).random(count) < share)
        timed(allowed, questions[:1])
        taken[f"{share:.1%} allowed"] = timed(allowed, questions)
    found = [index.search(recipe, question, limit=NEAREST)[0].tolist() for question in questions]
    print(json.dumps({"first": first, "taken": taken, "found": found, "bare": bare}), flush=True)
    sys.stdin.readline()
    print(json.dumps(memory()), flush=True)
    sys.stdin.read()


def start_server(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "bench.nearest", "--serve", str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def read_line(server: "subprocess.Popen[str]") -> dict[str, Any]:
    assert server.stdout
    return json.loads(server.stdout.readline())


# --- Measuring ---------------------------------------------------------------------------------------------------
def say(what: str, figure: str) -> None:
    print(f"{what:<48} {figure}", flush=True)


def quantiles(taken: list[float]) -> str:
    cuts = statistics.quantiles(taken, n=20)
    return f"median {statistics.median(taken):.1f} ms, p95 {cuts[-1]:.1f} ms, least {min(taken):.1f} ms"


def in_words(sizes: dict[str, int]) -> str:
    return ", ".join(f"{name} {size} MB" for name, size in sizes.items())


def build(folder: Path, vectors: Floats, count: int, questions: Floats) -> Float32:
    """The index, timed without what makes the vectors; what float32 finds."""
    from search.embeddings import PACKAGED, Recipe
    from search.engines.nearest import NearestIndex
    from search.vectors import Vectors

    exact, packed = Float32(questions), []
    for part in filled_up(vectors, count):
        first = sum(len(one.paper_ids) for one in packed)
        exact.see(part, first)
        scales = np.abs(part).max(axis=1) / 127
        codes = np.rint(part / scales[:, None]).astype(np.int8)
        packed.append(Vectors(np.arange(first, first + len(part)), codes, scales))
    begun = time.perf_counter()
    held = NearestIndex(folder).rebuild(Recipe(PACKAGED, "", DIMENSIONS, 256), packed, mark=1, timeout=1)
    assert held == count
    say("build", f"{time.perf_counter() - begun:.1f} s")
    blocks = sum(path.stat().st_blocks for path in folder.rglob("*"))
    say("disk", f"{blocks * 512 / 1e6:.0f} MB")
    return exact


def measure(folder: Path, vectors: Floats, count: int, questions: Floats) -> None:
    exact = build(folder / "index", vectors, count, questions)
    np.save(folder / "questions.npy", questions)
    servers = [start_server(folder / "index")]
    answers = read_line(servers[0])
    same = [len(set(found) & set(ids)) for found, ids in zip(answers["found"], exact.ids.tolist(), strict=True)]
    say(f"of float32's nearest {NEAREST}, found", f"{sum(same) / len(same) / NEAREST:.2%}")
    say(f"nearest {LIMIT}, first question of a process", f"{answers['first'][0]:.0f} ms")
    for what, taken in answers["taken"].items():
        say(f"nearest {LIMIT}, {what}", quantiles(taken))
    servers.append(start_server(folder / "index"))
    bare = read_line(servers[1])["bare"]
    say("memory of a process without the index", in_words(bare))
    for which, server in zip(("first", "second"), servers, strict=True):
        assert server.stdin
        server.stdin.write("\n")
        server.stdin.flush()
        say(f"memory of the {which} of two processes", in_words(read_line(server)))
    for server in servers:
        server.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("vectors", type=Path, nargs="?")
    parser.add_argument("--questions", type=Path, nargs="*", default=[])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coolpapers.settings")
    import django

    django.setup()
    if arguments.serve:
        serve(arguments.serve)
        return
    vectors = np.load(arguments.vectors).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    questions = encoded(arguments.questions, vectors)
    say("vectors, of which real; questions", f"{arguments.count:,}, {len(vectors):,}; {len(questions)}")
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), vectors, arguments.count, questions)


if __name__ == "__main__":
    main()
