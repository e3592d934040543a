"""What the templates need beyond Django's own tags. Loaded everywhere (settings.TEMPLATES)."""

from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coolpapers.framing import FRAMED_HOSTS
from coolpapers.languages import LANGUAGES, catalog_url, other_languages, tag_of
from coolpapers.rendering import render_text

register = template.Library()


@register.filter
def rendered(text: str) -> SafeString:
    """A title or an abstract as HTML: formulas as MathML, the rest escaped."""
    return render_text(text)


@register.simple_tag
def framed_hosts() -> str:
    """The hosts whose PDFs may be shown in a frame, with spaces between."""
    return " ".join(FRAMED_HOSTS)


@register.simple_tag
def language_tag() -> str:
    """The language of the page, as HTML calls it."""
    return tag_of(translation.get_language())


@register.filter
def in_english(text: str) -> str:
    """A text that is English in whatever language the page is: marked as such where that is another one."""
    if not text or translation.get_language() == settings.LANGUAGE_CODE:
        return text
    return format_html('<span lang="{}">{}</span>', tag_of(settings.LANGUAGE_CODE), text)


@register.simple_tag
def script_words() -> str:
    """The address of what scripts say in the page's language; "" where that is what stands in them."""
    return catalog_url(translation.get_language())


@register.inclusion_tag("_languages.html")
def language_choice() -> dict[str, Any]:
    """A button for each language that the page is not in."""
    now = translation.get_language()
    return {"others": [(code, tag_of(code), name) for code, name in LANGUAGES if code != now]}


@register.simple_tag
def languages_of(request: HttpRequest | None) -> list[tuple[str, str]]:
    """Tag and address of this page in each language; none where there is no request."""
    return other_languages(request) if request else []
