"""Forms of venues and editions. What a source needs is filled in in fields named <source>-<field>, of which only the
chosen source's are looked at; `Edition.fields` keeps them."""

import re
from typing import Any

from django import forms
from django.db.models.functions import Lower
from django.utils.html import escape

from coolpapers.models import Edition, Venue, VenueName
from ingest.pack_form import CODE, LABEL, LIMIT, Pack, read_pack
from ingest.packs import shipped_pack, shipped_packs
from ingest.sources.base import Field, Source, check_fields
from ingest.sources.registry import SOURCES

TAKEN = {"search", "latest", "feed"}  # what addresses below /venue/ mean already


def check_code(code: str, *, but: Venue | None = None) -> str:
    """A venue's code or other name, which no other venue has; ValidationError."""
    if not re.fullmatch(CODE, code):
        raise forms.ValidationError("Write letters, digits, spaces, & and hyphens, and a letter first: USENIX-Sec.")
    if code.lower() in TAKEN:
        raise forms.ValidationError(f"/venue/{code.lower()} is a page of this site already: choose another name.")
    same = Venue.objects.filter(code__iexact=code)
    if (same.exclude(pk=but.pk) if but and but.pk else same).exists():
        raise forms.ValidationError(f"There is a venue {code} already.")
    names = VenueName.objects.filter(code__iexact=code).select_related("venue")
    if other := (names.exclude(venue=but) if but and but.pk else names).first():
        raise forms.ValidationError(f"{code} is another name of {other.venue.code} already.")
    return code


class VenueForm(forms.ModelForm):  # type: ignore[type-arg]
    """A venue."""

    class Meta:
        model = Venue
        fields = ("code", "name")
        help_texts = {
            "code": "As in the address /venue/COLM, and in what readers cite: COLM.",
            "name": "In full: Conference on Language Modeling.",
        }

    def clean_code(self) -> str:
        return check_code(str(self.cleaned_data["code"]).strip(), but=self.instance)


class NameForm(forms.ModelForm):  # type: ignore[type-arg]
    """Another name of a venue."""

    class Meta:
        model = VenueName
        fields = ("code",)

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).strip()
        venue = self.instance.venue if self.instance.venue_id else None
        held = VenueName.objects.filter(code__iexact=code, pk=self.instance.pk)
        return code if held else check_code(code, but=venue)


# --- Editions ----------------------------------------------------------------------------------------------------
def input_name(source: Source, field: Field) -> str:
    """Of a source's field in the form."""
    return f"{source.name}-{field.name}"


def form_field(source: Source, field: Field) -> forms.Field:
    """What an operator sees of it. It is never required here: of another source, nobody looks at it."""
    example = f" Example: {field.example}" if field.example and not field.choices else ""
    told: dict[str, Any] = {"label": field.label, "help_text": escape(f"{field.help}{example}"), "required": False}
    if field.choices:
        choices = [(choice, choice) for choice in field.choices]
        return forms.ChoiceField(choices=choices, initial=field.default or field.choices[0], **told)
    return forms.CharField(max_length=2_000, initial=field.default, widget=forms.TextInput({"size": 60}), **told)


class EditionForm(forms.ModelForm):  # type: ignore[type-arg]
    """An edition; `edition_form` adds the fields of sources."""

    source = forms.ChoiceField(
        required=False, help_text="Where its papers are pulled from. What it asks for appears below."
    )

    class Meta:
        model = Edition
        fields = ("venue", "year", "label", "also_of", "source", "expected", "every", "licence_note")
        help_texts = {
            "label": "Only where a year has several: Fall makes it FAST.2026-Fall.",
            "also_of": "Other venues that it belongs to: a joint LREC-COLING is also one of LREC and of COLING.",
            "expected": "Papers that it should have, as the conference says. Another number is shown as a warning.",
            "every": "Days from one pull to the next. Empty: it is only pulled when somebody asks.",
            "licence_note": "What its source allows, shown on the edition's page.",
        }
        widgets = {"licence_note": forms.Textarea({"rows": 2})}

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [
            (source.name, f"{source.label}{' (unverified)' if source.unverified else ''}") for source in _sources()
        ]
        self.fields["source"].choices = [("", "None: it is not pulled"), *choices]  # type: ignore[attr-defined]
        held = self.instance
        for source in _sources():
            for field in source.fields if source.name == held.source else ():
                self.initial[input_name(source, field)] = held.fields.get(field.name, field.default)

    def clean_label(self) -> str:
        label = str(self.cleaned_data["label"]).strip()
        if label and not re.fullmatch(LABEL, label):
            raise forms.ValidationError("Write letters and digits: Fall.")
        return label

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        venue, year, label = data.get("venue"), data.get("year"), data.get("label", "")
        if venue and year:
            same = Edition.objects.annotate(lower=Lower("label")).filter(venue=venue, year=year, lower=label.lower())
            if same.exclude(pk=self.instance.pk).exists():
                self.add_error(
                    "label", f"There is an edition {venue.code}.{year}{f'-{label}' if label else ''} already."
                )
        if venue and venue in data.get("also_of", ()):
            self.add_error("also_of", f"It is an edition of {venue.code} already: leave that out.")
        if source := SOURCES.get(data.get("source", "")):
            given = {field.name: data.get(input_name(source, field), "") for field in source.fields}
            values, wrong = check_fields(source, given)
            for name, why in wrong.items():
                self.add_error(f"{source.name}-{name}", why)
            self.instance.fields = values
        else:
            self.instance.fields = {}
        return data


def _sources() -> list[Source]:
    return list(SOURCES.values())


def edition_form() -> type[EditionForm]:
    """The form with the fields of all sources."""
    inputs = {input_name(source, field): form_field(source, field) for source in _sources() for field in source.fields}
    return type("EditionForm", (EditionForm,), inputs)


class PullForm(forms.Form):
    """What goes with a preview or a pull."""

    file = forms.FileField(required=False, help_text="The file with the papers, plain or packed by gzip, xz or zip.")


class PackForm(forms.Form):
    """A pack: one that is shipped, a file, or what was looked at before."""

    shipped = forms.ChoiceField(required=False, label="Shipped pack")
    file = forms.FileField(required=False, help_text="A .toml file, as Export gives it.")
    text = forms.CharField(required=False, max_length=LIMIT, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        packs = [(pack.code, f"{pack.code} ({len(pack.editions)} editions)") for pack in shipped_packs()]
        self.fields["shipped"].choices = [("", "Choose"), *packs]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not any(data.get(name) for name in ("shipped", "file", "text")):
            raise forms.ValidationError("Choose a pack, or give a file.")
        return data

    def pack(self) -> Pack:
        """What was given; raises BadPack."""
        data = self.cleaned_data
        if file := data.get("file"):
            return read_pack(file.read(LIMIT + 1))
        shipped = shipped_pack(data["shipped"]) if data.get("shipped") else None
        return shipped or read_pack(data["text"].encode())
