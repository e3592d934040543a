"""Many rows of one model written to the database, without an object for each.

Model.bulk_create costs some 40 µs a row before the database sees it; loading all of arXiv inserts six rows a paper.
Guarantees the same rows as bulk_create; no primary keys come back, no signal is sent. All names in the SQL are our own.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import Any

from django.db import connection, models

# Types whose values the database takes as they are; the others go through the field.
_PLAIN = (
    models.BigIntegerField,
    models.BooleanField,
    models.CharField,
    models.ForeignKey,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
    models.TextField,
)


def _adapter(field: "models.Field[Any, Any]") -> Callable[[Any], Any] | None:
    """What makes a value ready for the database; dates repeat within a batch, and are made ready once."""
    if isinstance(field, _PLAIN):
        return None
    prepare = partial(field.get_db_prep_save, connection=connection)
    return lru_cache(maxsize=2_048)(prepare) if isinstance(field, models.DateField) else prepare


def _adapted(row: Sequence[Any], adapters: Sequence[tuple[int, Callable[[Any], Any]]]) -> Sequence[Any]:
    values = list(row)
    for place, adapt in adapters:
        if values[place] is not None:
            values[place] = adapt(values[place])
    return values


def insert_rows(
    model: type[models.Model],
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    ignore_conflicts: bool = False,
    update: Sequence[str] = (),
) -> None:
    """Insert rows whose values stand in the order of `names` (field names; foreign keys by their value).

    A row that is there already is an error, or is left as it is (`ignore_conflicts`), or gets the new values of the
    fields in `update` (where the primary key is the same).
    """
    fields = [model._meta.get_field(name) for name in names]
    adapters = [(place, adapt) for place, f in enumerate(fields) if (adapt := _adapter(f)) is not None]  # type: ignore[arg-type]
    prepared = [_adapted(row, adapters) for row in rows]
    if not prepared:
        return
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)  # type: ignore[union-attr]
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})"  # noqa: S608
    if ignore_conflicts:
        sql += " ON CONFLICT DO NOTHING"
    elif update:
        assignments = ", ".join(f"{quote(name)} = EXCLUDED.{quote(name)}" for name in update)
        sql += f" ON CONFLICT ({quote(str(model._meta.pk.column))}) DO UPDATE SET {assignments}"
    with connection.cursor() as cursor:
        cursor.executemany(sql, prepared)


def update_rows(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Give rows new values: each is its primary key, then values in the order of `names`."""
    fields = [model._meta.get_field(name) for name in names]
    adapters = [(place, adapt) for place, f in enumerate(fields) if (adapt := _adapter(f)) is not None]  # type: ignore[arg-type]
    prepared = [[*_adapted(values, adapters), pk] for pk, *values in rows]
    if not prepared:
        return
    quote = connection.ops.quote_name
    assignments = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)  # type: ignore[union-attr]
    key = quote(str(model._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {quote(model._meta.db_table)} SET {assignments} WHERE {key} = %s", prepared)  # noqa: S608
