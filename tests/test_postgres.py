"""The PostgreSQL that tests get (tests/postgres.py) is private, and leaves nothing behind."""

import psycopg
import pytest

from tests.postgres import Postgres, start_postgres


def test_it_asks_for_the_password(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url) as connection:
        (version,) = connection.execute("SELECT version()").fetchone() or ("",)
    assert version.startswith("PostgreSQL")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url.replace(postgres.password, "sesame"))


def test_nothing_of_it_is_left_when_it_is_stopped_with_a_reader_connected(postgres: Postgres) -> None:
    server = start_postgres()
    assert server.url != postgres.url
    reader = psycopg.connect(server.url)
    server.stop()
    reader.close()
    assert not server.data.exists()
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(server.url)
    assert postgres.answers()
