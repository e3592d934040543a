"""The folder of an embedded index: which generation answers, and who may write.

    <folder>/current         JSON: the generation in use and the schema it was built with; replaced, never written into
    <folder>/generation-…/   one index each; those not named by `current` are left over from a swap or a killed rebuild
    <folder>/write.lock      held by the one process that writes (flock: the kernel takes it from a killed one)

Nothing here knows what an index is made of.
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coolpapers.locks import lock_file
from search.engines.base import EngineUnavailable, IndexBusy, RebuildNeeded
from search.sentences import Sentence

WHAT = _("search index")
NOT_BUILT = _("The {index} has not been built yet (manage.py search_index rebuild).")
BUILDING = _("The {index} is being built: search answers when that is done.")
OUTDATED = _("The {index} was built by another version of this program (manage.py search_index rebuild).")
UNWRITABLE = "The search index can't be written: is its disk full, or its folder somebody else's?"
BUSY = "Somebody else is writing to the search index: try again later."
_PREFIX = "generation-"
_FRESH = 120.0  # seconds: a folder in which nothing was made for so long is what a killed rebuild left


class Generations:
    """One folder, and indexes of one schema; `what` names them in sentences for readers."""

    def __init__(self, folder: Path, schema: str, *, what: Sentence = WHAT) -> None:
        self._folder = folder
        self._pointer = folder / "current"
        self._schema = schema
        self._what = what

    def current(self) -> Path:
        """The folder of the generation in use; raises RebuildNeeded."""
        try:
            return self._pointed_to()
        except RebuildNeeded as error:
            if self.is_replacing():
                raise RebuildNeeded(format_lazy(BUILDING, index=self._what)) from error
            raise

    def is_replacing(self) -> bool:
        """Whether another generation is being built just now, as far as can be seen without asking who builds."""
        try:
            used = json.loads(self._pointer.read_bytes())["generation"] if self._pointer.exists() else ""
            others = [path for path in self._folder.glob(f"{_PREFIX}*") if path.name != used]
            return any(time.time() - path.stat().st_mtime < _FRESH for path in others)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _pointed_to(self) -> Path:
        try:
            pointer = json.loads(self._pointer.read_bytes())
            name, schema = pointer["generation"], pointer["schema"]
        except FileNotFoundError:
            raise RebuildNeeded(format_lazy(NOT_BUILT, index=self._what)) from None
        except (ValueError, KeyError, TypeError) as error:
            raise RebuildNeeded(format_lazy(NOT_BUILT, index=self._what)) from error
        if schema != self._schema:
            raise RebuildNeeded(format_lazy(OUTDATED, index=self._what))
        return self._folder / str(name)

    def stamp(self, generation: Path) -> tuple[object, ...]:
        """Changes with every swap and with every commit, if a commit replaces meta.json, as tantivy's does."""
        return _stamp(self._pointer), _stamp(generation / "meta.json")

    @contextmanager
    def alone(self, *, timeout: float) -> Iterator[None]:
        """Nobody else writes inside; waits for those who do, then raises IndexBusy."""
        with ExitStack() as held:
            with writable():
                self._folder.mkdir(parents=True, exist_ok=True)
                held.enter_context(lock_file(self._folder / "write.lock", timeout=timeout, busy=IndexBusy(BUSY)))
            yield

    @contextmanager
    def replacing(self) -> Iterator[Path]:
        """A new folder to build in; it answers when the block ends well and is removed when it does not.

        Only for who is `alone`. Whatever earlier rebuilds left is removed first: it may be what fills the disk.
        """
        self._remove_unused()
        new = self._folder / f"{_PREFIX}{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        try:
            with writable():
                new.mkdir()
            yield new
            with writable():
                self._point_to(new)
        finally:
            self._remove_unused()

    def _point_to(self, generation: Path) -> None:
        """On disk when this returns: only then may the old generation be removed."""
        replace_json(self._pointer, {"generation": generation.name, "schema": self._schema})

    def _remove_unused(self) -> None:
        """Every generation that the pointer does not name, whatever the schema."""
        try:
            used = json.loads(self._pointer.read_bytes())["generation"]
        except (OSError, ValueError, KeyError, TypeError):
            used = None
        for path in self._folder.glob(f"{_PREFIX}*"):
            if path.name != used:
                shutil.rmtree(path, ignore_errors=True)


def replace_json(path: Path, value: object) -> None:
    """The file holds the old value or the new one, and the new one for good when this returns."""
    draft = path.with_suffix(".new")
    with draft.open("w") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def writable() -> Iterator[None]:
    """What the disk raises inside, as EngineUnavailable."""
    try:
        yield
    except OSError as error:
        raise EngineUnavailable(UNWRITABLE) from error


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
