"""Changes to indices in Elasticsearch: in bulk, with every paper's own result read.

Guarantees: a paper's newest revision wins, whoever writes last (external versions); a change reaches the index that
answers and the one that is being built; what the engine is too busy for is sent again, later and later; what it rejects
is told by paper, with its reason. Raises EngineUnavailable where a change may not have arrived: then all of it is to be
sent again, which does no harm.
"""

import base64
import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from search.document import Document
from search.embeddings import Floats
from search.engines.base import EngineUnavailable
from search.engines.elastic_cluster import READ_ONLY, WAITS, Cluster, sentence_for
from search.engines.fields import as_fields

CHUNK = 1_000  # papers in one request, at most
CHUNK_BYTES = 8_000_000
TRIES = 5  # of what the engine is too busy for
WAIT, LONGEST_WAIT = 0.2, 5.0  # seconds before the second try, doubled each time
TIMEOUT = 60.0  # seconds for one request
AGAIN = (429, 500, 502, 503, 504)
DELETED = (1 << 63) - 2  # the version of a deletion: above any revision that a late writer may have read

Action = dict[str, Any]
log = logging.getLogger(__name__)


class Gone(Exception):
    """The alias that was to be written names nothing any more."""


def put_action(paper_id: int, revision: int, fields: Mapping[str, Any]) -> Action:
    """Hold a paper, unless a newer revision of it is held; the same revision is written again."""
    versioned = {"version": revision, "version_type": "external_gte"}
    return {"_op_type": "index", "_id": str(paper_id), **versioned, "_source": fields}


def delete_action(paper_id: int) -> Action:
    """Hold a paper no longer, and take no state of it as long as the deletion is remembered."""
    return {"_op_type": "delete", "_id": str(paper_id), "version": DELETED, "version_type": "external_gte"}


@dataclass(frozen=True, slots=True)
class Sent:
    """Of the papers sent: which were rejected, with the reason, and of which a newer state or a deletion was there."""

    rejected: dict[int, str] = field(default_factory=dict)
    newer: set[int] = field(default_factory=set)


def send(cluster: Cluster, alias: str, actions: Iterable[Action]) -> Sent:
    """Every paper's own result. Raises EngineUnavailable, and Gone where the alias is none."""
    return cluster.call(lambda client: _send(client, alias, actions), timeout=TIMEOUT)


def _send(client: Elasticsearch, alias: str, actions: Iterable[Action]) -> Sent:
    sent = Sent()
    results = streaming_bulk(
        client,
        actions,
        chunk_size=CHUNK,
        max_chunk_bytes=CHUNK_BYTES,
        raise_on_error=False,
        max_retries=TRIES - 1,
        initial_backoff=WAIT,
        max_backoff=LONGEST_WAIT,
        retry_on_status=AGAIN,
        index=alias,
        require_alias=True,
        timeout="5s",  # for a shard that is on no node
        filter_path=["errors", "items.*._id", "items.*.status", "items.*.error.type", "items.*.error.reason",
                     "items.*.error.caused_by.reason"],
    )  # fmt: skip
    for went_well, item in results:
        if not went_well:
            ((_, told),) = item.items()
            _read(told, sent)
    if sent.rejected:
        count, first = len(sent.rejected), next(iter(sent.rejected.items()))
        log.warning("%d papers are rejected by the index, the first: %s", count, first)
    return sent


def _read(told: Mapping[str, Any], sent: Sent) -> None:
    """One paper's result that is no success. That there was nothing to forget is none either, and no failure."""
    paper_id, status, error = int(told["_id"]), int(told["status"]), told.get("error") or {}
    kind, reason = str(error.get("type", "")), str(error.get("reason", ""))
    if status == 404 and not kind:
        return
    if kind == "version_conflict_engine_exception":
        sent.newer.add(paper_id)
        return
    if kind == "index_not_found_exception":
        raise Gone
    if kind == "cluster_block_exception":
        raise EngineUnavailable(READ_ONLY)
    if status in AGAIN and status != 500:
        raise EngineUnavailable(sentence_for(status, kind))
    cause = str((error.get("caused_by") or {}).get("reason", ""))
    sent.rejected[paper_id] = f"{kind}: {cause or reason}"[:300]  # a reason alone repeats the field's whole value


# --- Documents and their vectors ---------------------------------------------------------------------------------
def codes_field(recipe: str) -> str:
    """Where a recipe's vectors lie as they came, to be read again."""
    return f"codes_{recipe}"


def vector_field(recipe: str) -> str:
    """Where a recipe's vectors lie to be looked through."""
    return f"vector_{recipe}"


def with_codes(codes: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a paper's vectors: `codes_…` → what is held there."""
    fields: dict[str, Any] = dict(codes)
    for name, packed in codes.items():
        fields[vector_field(name.removeprefix("codes_"))] = base64.b64decode(packed).hex()
    return fields


def unpack(codes: Sequence[str]) -> Floats:
    """Rows of length 1, of what `codes_…` holds."""
    rows = np.array([np.frombuffer(base64.b64decode(packed), np.int8) for packed in codes], np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def pack(codes: "np.ndarray[tuple[int], np.dtype[np.int8]]") -> str:
    return base64.b64encode(np.ascontiguousarray(codes).tobytes()).decode()


def held(cluster: Cluster, index: str, ids: Sequence[int], fields: Sequence[str]) -> dict[int, dict[str, Any]]:
    """Those of the papers that an index holds: these fields of what it was given (all but vectors: `["*"]`)."""
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(ids), CHUNK):
        for one in _asked(cluster, index, ids[start : start + CHUNK], fields):
            if one.get("found"):
                found[int(one["_id"])] = one.get("_source", {})
    return found


def _asked(cluster: Cluster, index: str, ids: Sequence[int], fields: Sequence[str]) -> list[Mapping[str, Any]]:
    """What is told of each paper, no failure: Elasticsearch tells those one by one, in an answer that is well."""
    for wait in (0.0, *WAITS):
        time.sleep(wait)
        told = cluster.call(
            lambda client: client.mget(
                index=index,
                ids=[str(paper_id) for paper_id in ids],
                source_includes=list(fields),
                filter_path=["docs._id", "docs._source", "docs.found", "docs.error.type"],
            ),
            timeout=TIMEOUT,
        ).get("docs", [])
        failed = next((str(one["error"].get("type", "")) for one in told if "error" in one), None)
        if failed is None:
            return list(told)
    raise EngineUnavailable(sentence_for(503, str(failed)))


def vectors_held(
    cluster: Cluster, index: str, recipes: Sequence[str], documents: Sequence[Document]
) -> dict[int, dict[str, Any]]:
    """The vectors that an index holds of the documents: by paper, `codes_…` → what is held there."""
    names = [codes_field(recipe) for recipe in recipes]
    return held(cluster, index, [document.paper_id for document in documents], names) if names else {}


def put_actions(documents: Sequence[Document], vectors: Mapping[int, Mapping[str, Any]]) -> Iterator[Action]:
    """Documents with their vectors, as `vectors_held` gives them."""
    for document in documents:
        codes = vectors.get(document.paper_id, {})
        yield put_action(document.paper_id, document.revision, {**as_fields(document), **with_codes(codes)})
