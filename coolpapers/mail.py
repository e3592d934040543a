"""EMAIL_URL → Django's settings of its mail backend.

Pure. `smtp://user:password@host:587` speaks TLS from the second command on (STARTTLS), `smtps://` from the first byte,
`smtp+plain://` never: for a server on the same machine. `console://` prints every message, `file:///folder` writes each
into a file. An empty one: this site sends no mail. Signs of a name or a password are written as in any address (`%40`).
"""

from typing import Any
from urllib.parse import unquote, urlsplit

BACKENDS = "django.core.mail.backends"
PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
TIMEOUT = 10  # seconds for each answer of the server


class BadMailUrl(ValueError):
    """The message is a sentence, without the address: it may hold a password."""


def read_mail_url(url: str) -> dict[str, Any]:
    """Names and values of settings. Raises BadMailUrl."""
    if not url:
        return {"EMAIL_BACKEND": f"{BACKENDS}.dummy.EmailBackend"}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadMailUrl("EMAIL_URL can't be read: write smtp://user:password@host:587.") from None
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": f"{BACKENDS}.console.EmailBackend"}
    if parts.scheme == "file" and parts.path:
        return {"EMAIL_BACKEND": f"{BACKENDS}.filebased.EmailBackend", "EMAIL_FILE_PATH": unquote(parts.path)}
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadMailUrl(f"EMAIL_URL names no server: use one of {', '.join(f'{name}://' for name in PORTS)}host:port.")
    return {
        "EMAIL_BACKEND": f"{BACKENDS}.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": TIMEOUT,
    }
