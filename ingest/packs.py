"""Venue packs: a venue with its editions as one TOML file, which another site can take in.

`check_pack` says what of a pack this version's sources would not take; `apply_pack` brings the store up to it in one
transaction, all or nothing, and `write_pack` is the way back. Reading a file: ingest.pack_form. Guarantees: taking in
what was written changes nothing; what a pack does not say stays as it is here; nothing is ever deleted or taken away;
no paper is touched and no pull is asked for. Errors: `BadPack`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from coolpapers.clock import get_clock
from coolpapers.models import Edition, Venue, VenueName
from ingest.pack_form import BadPack, Pack, PackEdition, name_of, pack_text, read_pack
from ingest.sources.base import check_fields
from ingest.sources.registry import SOURCES

SHIPPED = Path(__file__).parent / "data" / "packs"


@dataclass(slots=True)
class PackReport:
    """What a pack changes here, by name: `COLM`, `COLM.2025`, `name NIPS`; changed ones with what of them."""

    new: list[str] = field(default_factory=list)
    changed: list[tuple[str, list[str]]] = field(default_factory=list)
    same: list[str] = field(default_factory=list)


# --- Checking ----------------------------------------------------------------------------------------------------
def check_pack(pack: Pack) -> list[str]:
    """What this version's sources would not take of it; pure."""
    problems = []
    for place, edition in enumerate(pack.editions):
        path, name = f"editions[{place}]", name_of(pack, edition)
        if not edition.source:
            continue
        if (source := SOURCES.get(edition.source)) is None:
            has = ", ".join(SOURCES) or "none"
            problems.append(f"{path}.source: this version has no source {edition.source} for {name}. It has {has}.")
            continue
        _, wrong = check_fields(source, edition.fields)
        problems += (f"{path}.fields.{key}: {reason} ({name})" for key, reason in wrong.items())
    return problems


def find_venue(code: str) -> Venue | None:
    """The venue here, by any of its names."""
    return Venue.objects.filter(Q(code__iexact=code) | Q(names__code__iexact=code)).order_by("pk").first()


def _conflicts(pack: Pack) -> list[str]:
    """What of it another venue or edition here has already."""
    venue = Venue.objects.filter(code__iexact=pack.code).first()
    problems = []
    if venue is None and (other := find_venue(pack.code)):
        problems.append(
            f"code: {pack.code} is another name of {other} here. Write {other} as the code, or delete that name."
        )
    for name in pack.names:
        if (other := find_venue(name)) and other != venue:
            problems.append(
                f"names: {name} leads to {other} here. Leave it out of the pack, or delete or rename that one."
            )
    for place, edition in enumerate(pack.editions):
        problems += (f"editions[{place}]{problem}" for problem in _joint_conflicts(pack, edition, venue))
    return problems


def _joint_conflicts(pack: Pack, edition: PackEdition, venue: Venue | None) -> list[str]:
    """An address leads to one edition, whichever of its venues is asked for."""
    same = Edition.objects.select_related("venue").filter(year=edition.year, label__iexact=edition.label)
    problems = []
    if venue and (joint := same.filter(also_of=venue).first()):
        problems.append(f": {name_of(pack, edition)} is {joint} here, a joint edition. Leave it out of the pack.")
    for code in edition.also_of:
        if (other := find_venue(code)) is None:
            continue
        if other == venue:
            problems.append(f".also_of: {code} is the venue itself here. Leave it out.")
        elif own := same.filter(venue=other).first():
            problems.append(f".also_of: {own} is an edition of its own here. Leave {code} out of the pack.")
    return problems


# --- Taking in ---------------------------------------------------------------------------------------------------
def apply_pack(pack: Pack, *, dry_run: bool = False) -> PackReport:
    """Bring the venue and its editions here up to the pack, all or nothing; `dry_run`: tell what that would change.
    Raises BadPack where a source would not take it, or another venue has what is its."""
    if problems := check_pack(pack):
        raise BadPack(problems)
    with transaction.atomic():
        if problems := _conflicts(pack):
            raise BadPack(problems)
        report = PackReport()
        venue = _apply_venue(pack, report)
        for edition in pack.editions:
            _apply_edition(venue, edition, report)
        transaction.set_rollback(dry_run)
    return report


def _apply_venue(pack: Pack, report: PackReport) -> Venue:
    venue = Venue.objects.filter(code__iexact=pack.code).first()
    if venue is None:
        venue = Venue.objects.create(code=pack.code, name=pack.name)
        report.new.append(str(venue))
    else:
        _update(venue, {"name": pack.name} if pack.name else {}, report)
    for name in pack.names:
        held = VenueName.objects.filter(code__iexact=name).exists()
        if not held:
            VenueName.objects.create(code=name, venue=venue)
        (report.same if held else report.new).append(f"name {name}")
    return venue


def _apply_edition(venue: Venue, told: PackEdition, report: PackReport) -> None:
    edition = Edition.objects.filter(venue=venue, year=told.year, label__iexact=told.label).first()
    if edition is None:
        now = get_clock().now()
        edition = Edition.objects.create(venue=venue, year=told.year, label=told.label, added=now, **_values(told))
        report.new.append(str(edition))
        edition.also_of.add(*_joined(told, report))
        return
    missing = [other for other in _joined(told, report) if other not in edition.also_of.all()]
    edition.also_of.add(*missing)
    values = _values(told)
    if values.get("source") == edition.source and _fields_meant(edition.source, edition.fields) == values["fields"]:
        del values["fields"]
    _update(edition, values, report, more=["also_of"] if missing else [])


def _values(told: PackEdition) -> dict[str, Any]:
    """What the pack says of the edition."""
    values: dict[str, Any] = {}
    if told.source:
        values |= {"source": told.source, "fields": _fields_meant(told.source, told.fields)}
    said = {"expected": told.expected, "every": told.every, "licence_note": told.licence_note}
    return values | {name: value for name, value in said.items() if value not in (None, "")}


def _fields_meant(source: str, fields: Mapping[str, object]) -> Mapping[str, object]:
    """With defaults; as they are where the source would not take them."""
    values, wrong = check_fields(SOURCES[source], fields)
    return fields if wrong else values


def _joined(told: PackEdition, report: PackReport) -> list[Venue]:
    """The other venues that it is an edition of; new ones without more than a code."""
    found = []
    for code in told.also_of:
        venue = find_venue(code)
        if venue is None:
            venue = Venue.objects.create(code=code)
            report.new.append(code)
        found.append(venue)
    return found


def _update(row: Venue | Edition, values: Mapping[str, Any], report: PackReport, more: Sequence[str] = ()) -> None:
    """Set what differs, and tell of it."""
    names = [name for name, value in values.items() if getattr(row, name) != value]
    for name in names:
        setattr(row, name, values[name])
    if names:
        row.save(update_fields=names)
    if names or more:
        report.changed.append((str(row), [*names, *more]))
    else:
        report.same.append(str(row))


# --- Writing, and what is shipped --------------------------------------------------------------------------------
def write_pack(venue: Venue) -> str:
    """The venue here as the text of a pack."""
    editions = venue.editions.prefetch_related("also_of").order_by("year", "label")
    names = tuple(venue.names.values_list("code", flat=True))
    return pack_text(Pack(venue.code, venue.name, names, tuple(_told(edition) for edition in editions)))


def _told(edition: Edition) -> PackEdition:
    return PackEdition(
        year=edition.year,
        label=edition.label,
        also_of=tuple(sorted(other.code for other in edition.also_of.all())),
        source=edition.source,
        fields={name: str(value) for name, value in edition.fields.items()} if edition.source else {},
        expected=edition.expected,
        every=edition.every,
        licence_note=edition.licence_note,
    )


def shipped_packs() -> list[Pack]:
    """Those that come with this version, by code."""
    return [read_pack(path.read_bytes()) for path in sorted(SHIPPED.glob("*.toml"))]


def shipped_pack(name: str) -> Pack | None:
    """The one of a venue, by any of its names."""
    wanted = name.lower()
    return next((pack for pack in shipped_packs() if wanted in map(str.lower, (pack.code, *pack.names))), None)
