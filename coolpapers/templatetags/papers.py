"""What the templates need beyond Django's own tags. Loaded everywhere (settings.TEMPLATES)."""

from django import template
from django.utils.safestring import SafeString

from coolpapers.framing import FRAMED_HOSTS
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
