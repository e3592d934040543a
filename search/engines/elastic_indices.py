"""Which index in Elasticsearch answers, which are written, and how one is built beside and swapped in.

    coolpapers          alias: what is searched; one index
    coolpapers-write    alias: the same index, to be written
    coolpapers-next     alias: the index that is being built, also to be written; there only meanwhile
    coolpapers-7 …      the indices, numbered; each says in its `_meta` what it was made from

Guarantees: an index is only made here, never by a write (`require_alias`); what this program did not make is neither
searched nor deleted; two cannot build at once, for both would make the same number; one `_aliases` call swaps. A build
that was killed is known by its beat, and removed by the next one.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from elasticsearch import Elasticsearch

from search.engines.base import EngineUnavailable, IndexBusy, RebuildNeeded
from search.engines.elastic_cluster import ADMIN_TIMEOUT, NOT_BUILT, Cluster
from search.engines.elastic_schema import DELETIONS_KEPT, FINGERPRINT, new_index

OURS = "coolpapers"  # the key in an index's `_meta` that says who made it
BEAT = 15.0  # seconds between the signs of life of a build
DEAD = 120.0  # seconds without one
SETTLE = 0.2  # seconds until no search is on its way to an index that no alias names
TICK = 0.5  # seconds: by the clock of its engine, which moves every 0.2, a deletion is then over
LINGER = 5.0  # seconds at most that searches in an index are waited for before it is deleted

BUILDING = _("The search index is being built: search answers when that is done.")
OUTDATED = _("The search index was built by another version of this program (manage.py search_index rebuild).")
FOREIGN = _("“{name}” in Elasticsearch was not made by this program: let SEARCH_URL end in another name, or remove it.")
SEVERAL = _("“{name}” in Elasticsearch names more than one index: leave the right one, or rebuild under another name.")
OTHER_BUILD = "The search index is being built by another version of this program: changes wait until that is done."
BUSY = "Somebody else is building the search index: try again later."
LOST = "The index that was being built was taken away, or stood still for too long: build it again."


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Index:
    """An index and its `_meta` of ours; None of one that another program made."""

    name: str
    meta: Mapping[str, Any] | None
    aliases: frozenset[str] = frozenset()

    @property
    def is_current(self) -> bool:
        """Made by this version of the program."""
        return self.meta is not None and self.meta.get("schema") == FINGERPRINT

    @property
    def is_beating(self) -> bool:
        return self.meta is not None and time.time() - float(self.meta.get("beat", 0)) < DEAD


class Indices:
    """The indices under one prefix. Methods raise EngineUnavailable."""

    def __init__(self, cluster: Cluster, replicas: int) -> None:
        self.cluster = cluster
        self._replicas = replicas
        self.read = cluster.address.prefix
        self.write = f"{self.read}-write"
        self.next = f"{self.read}-next"

    # --- What there is --------------------------------------------------------------------------------------------
    def look(self, timeout: float = ADMIN_TIMEOUT, *, hurried: bool = False) -> list[Index]:
        """All that the aliases name, and what stands under their names."""
        return self._get(",".join((self.read, self.write, self.next)), timeout, hurried=hurried)

    def _get(self, names: str, timeout: float = ADMIN_TIMEOUT, *, hurried: bool = False) -> list[Index]:
        found = self.cluster.call(
            lambda client: client.indices.get(
                index=names,
                features=["aliases", "mappings"],
                ignore_unavailable=True,
                allow_no_indices=True,
                expand_wildcards="open",
                filter_path=["*.aliases", "*.mappings._meta"],
            ),
            timeout=timeout,
            hurried=hurried,
        )
        return [
            Index(name, (told.get("mappings", {}).get("_meta") or {}).get(OURS), frozenset(told.get("aliases", {})))
            for name, told in cast(Mapping[str, Any], found.body or {}).items()
        ]

    def named(self, alias: str, among: list[Index]) -> Index | None:
        """The one index behind an alias; raises where something else stands there."""
        if any(index.name == alias for index in among):
            raise EngineUnavailable(format_lazy(FOREIGN, name=alias))
        found = [index for index in among if alias in index.aliases]
        if len(found) > 1:
            raise EngineUnavailable(format_lazy(SEVERAL, name=alias))
        if found and found[0].meta is None:
            raise EngineUnavailable(format_lazy(FOREIGN, name=alias))
        return found[0] if found else None

    def building(self, among: list[Index]) -> Index | None:
        """The index that is being built, if somebody still does."""
        index = self.named(self.next, among)
        return index if index is not None and index.is_beating else None

    def in_use(self, among: list[Index]) -> Index:
        """The index that answers; raises RebuildNeeded."""
        index = self.named(self.read, among)
        if index is None:
            raise RebuildNeeded(BUILDING if self.building(among) else NOT_BUILT)
        if not index.is_current:
            raise RebuildNeeded(OUTDATED)
        return index

    def written(self) -> dict[str, Index]:
        """Alias → index, of what a change must reach: the one that answers and the one that is being built."""
        among = self.look()
        self.in_use(among)
        current, building = self.named(self.write, among), self.building(among)
        if current is None:
            raise RebuildNeeded(NOT_BUILT)
        if not current.is_current:
            raise RebuildNeeded(OUTDATED)
        if building is None:
            return {self.write: current}
        if not building.is_current:
            raise EngineUnavailable(OTHER_BUILD)
        return {self.write: current, self.next: building}

    def drop(self) -> None:
        """Remove all of them."""
        for index in self._get(f"{self.read}-*"):
            if index.meta is not None and self._number(index.name):
                self._delete(index.name)

    # --- Building -------------------------------------------------------------------------------------------------
    @contextmanager
    def replacing(self, timeout: float) -> Iterator["Build"]:
        """A new index to fill. It answers when the block ends well and is removed when it does not."""
        build = self._begin(timeout)
        try:
            yield build
            build.beat(at_once=True)
            self._swap(build)
        except BaseException:
            with suppress(EngineUnavailable):
                self._delete(build.name)
            raise
        self._retire(build)

    def _begin(self, timeout: float) -> "Build":
        deadline = time.monotonic() + timeout
        while True:
            among = self._get(f"{self.read},{self.write},{self.read}-*")
            old = self.named(self.read, among)
            ours = [index for index in among if index.meta is not None and self._number(index.name)]
            if not any(index.is_beating for index in ours if self.next in index.aliases):
                for index in ours:  # what killed builds left may be what fills the disk
                    if not index.aliases & {self.read, self.write}:
                        self._delete(index.name)
                number = max([0, *(self._number(index.name) for index in among)]) + 1
                meta = {"schema": FINGERPRINT, "beat": time.time()}
                if old is not None and old.meta is not None:
                    meta |= {name: old.meta[name] for name in ("recipe", "coming", "mark") if name in old.meta}
                name = f"{self.read}-{number}"
                if self._create(name, meta):
                    return Build(self, name, old)
            if time.monotonic() > deadline:
                raise IndexBusy(BUSY)
            time.sleep(min(1.0, max(deadline - time.monotonic(), 0.05)))

    def _number(self, name: str) -> int:
        rest = name.removeprefix(f"{self.read}-")
        return int(rest) if rest != name and rest.isascii() and rest.isdecimal() else 0

    def _create(self, name: str, meta: Mapping[str, Any]) -> bool:
        body = new_index({OURS: meta})
        aliases: dict[str, Any] = {self.next: {}}
        told = self.cluster.call(
            lambda client: client.options(ignore_status=400).indices.create(
                index=name, settings=body["settings"], mappings=body["mappings"], aliases=aliases
            )
        )
        if "error" not in told:
            return True
        if told["error"]["type"] == "resource_already_exists_exception":
            return False
        raise EngineUnavailable(f"Elasticsearch makes no index “{name}”: {told['error'].get('reason', told['error'])}")

    def _swap(self, build: "Build") -> None:
        """Both aliases to the new index."""
        old = build.old.name if build.old else None
        gone = [{"remove": {"index": old, "alias": alias}} for alias in (self.read, self.write)] if old else []
        come = [{"add": {"index": build.name, "alias": alias}} for alias in (self.read, self.write)]
        actions: list[dict[str, Any]] = [
            *gone,
            *come,
            {"remove": {"index": build.name, "alias": self.next, "must_exist": True}},
        ]
        self.cluster.call(lambda client: client.indices.update_aliases(actions=actions))

    def _retire(self, build: "Build") -> None:
        """Remove the old index, when no search is in it any more. What stays is removed by the next build."""
        if build.old is None:
            return
        name = build.old.name
        try:
            self.cluster.call(lambda client: _wait_until_unused(client, name))
            self._delete(name)
        except EngineUnavailable as error:
            log.warning("The old index “%s” is not removed: %s", name, error)

    def _delete(self, name: str) -> None:
        self.cluster.call(lambda client: client.options(ignore_status=404).indices.delete(index=name))

    def settle(self, name: str) -> None:
        """What was filled can be searched, and is copied to other nodes, which is waited for a minute."""
        self.cluster.call(lambda client: client.indices.refresh(index=name), timeout=600)
        if self._replicas:
            copies = {"number_of_replicas": self._replicas}
            self.cluster.call(lambda client: client.indices.put_settings(index=name, settings=copies))
            self.cluster.call(
                lambda client: client.options(ignore_status=408).cluster.health(
                    index=name, wait_for_status="green", timeout="60s"
                ),
                timeout=90,
            )

    def forget_deletions(self, name: str) -> None:
        """What the store has can be written again, though it was deleted here a moment ago."""
        for kept in ("0s", DELETIONS_KEPT):
            wanted = {"gc_deletes": kept}
            self.cluster.call(lambda client, wanted=wanted: client.indices.put_settings(index=name, settings=wanted))  # type: ignore[misc]
            time.sleep(TICK)
            self.cluster.call(lambda client: client.indices.refresh(index=name))

    def note(self, name: str, meta: Mapping[str, Any]) -> None:
        """Write an index's `_meta` of ours."""
        self.cluster.call(lambda client: client.indices.put_mapping(index=name, meta={OURS: dict(meta)}))


class Build:
    """An index that is being filled, beside `old`."""

    def __init__(self, indices: Indices, name: str, old: Index | None) -> None:
        self.name = name
        self.old = old
        self._indices = indices
        self._beaten = time.monotonic()

    def beat(self, *, at_once: bool = False) -> None:
        """Say that somebody still builds; raises where others must have thought that nobody does."""
        silent = time.monotonic() - self._beaten
        if silent < BEAT and not at_once:
            return
        index = next((one for one in self._indices.look() if one.name == self.name), None)
        if silent > DEAD * 0.75 or index is None or index.meta is None:
            raise EngineUnavailable(LOST)
        self._indices.note(self.name, {**index.meta, "beat": time.time()})
        self._beaten = time.monotonic()


def _wait_until_unused(client: Elasticsearch, name: str) -> None:
    until = time.monotonic() + LINGER
    time.sleep(SETTLE)
    while time.monotonic() < until:
        told = client.indices.stats(index=name, metric="search", filter_path="**.query_current")
        if not any(index["total"]["search"]["query_current"] for index in told.get("indices", {}).values()):
            return
        time.sleep(SETTLE)
