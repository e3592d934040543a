"""What the templates need beyond Django's own tags. Loaded everywhere (settings.TEMPLATES)."""

from django import template
from django.utils.safestring import SafeString

from coolpapers.rendering import render_text

register = template.Library()


@register.filter
def rendered(text: str) -> SafeString:
    """A title or an abstract as HTML: formulas as MathML, the rest escaped."""
    return render_text(text)
