"""Which addresses may be asked for papers of venues: an operator types them, and places redirect to others.

Input: an address. Output: the address as it is asked, and the one IP address to connect to. Guarantees: http or https
at their usual ports, a public host name in plain letters, no password; the name is looked up once, all that it leads to
is public, and the connection goes to what was looked at: a second answer of its name server changes nothing.
The ranges are those of the IANA registries for special purposes, as the standard library knows them.
"""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from ingest.outcomes import FetchError

PORTS = {"http": 80, "https": 443}
LONGEST = 2_000
# Names that lead to whatever address they contain, and names that only mean something inside a network.
INSIDE = re.compile(
    r"(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|private|arpa|test|invalid|onion"
    r"|nip\.io|sslip\.io|xip\.io|localtest\.me|lvh\.me|vcap\.me|traefik\.me)$"
)
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")
# What the standard library takes for global: ways to an IPv4 address, which nobody looks at (mapped, compatible, NAT64,
# 6to4, Teredo), site-local addresses, and those of protocols.
_MAPPED, _TUNNELS = ("::ffff:0:0/96", "::/96"), ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
SPECIAL = tuple(map(ip_network, (*_MAPPED, *_TUNNELS, "fec0::/10", "192.0.0.0/24")))

Resolve = Callable[[str, int], Sequence[str]]


class Forbidden(FetchError):
    """An address that nobody asks from here. Asking again changes nothing."""

    final = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Address:
    """An address that can be asked; `host` in lower case."""

    url: str
    scheme: str
    host: str


def read_address(url: str) -> Address:
    """By its spelling alone; raises Forbidden."""
    shown = url[:100]
    if len(url) > LONGEST or re.search(r"[\x00-\x20\x7f\\]", url):
        raise Forbidden(f"{shown!r} is no address.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise Forbidden(f"{shown!r} is no address.") from None
    if parts.scheme not in PORTS:
        raise Forbidden(f"{shown!r} is not asked: only http and https are.")
    if "@" in parts.netloc:
        raise Forbidden(f"{host[:100]!r} is not asked with a name and a password in the address.")
    if port not in (None, PORTS[parts.scheme]):
        raise Forbidden(f"{host[:100]}:{port} is not asked: only the usual ports are.")
    return Address(url, parts.scheme, _read_host(host))


def _read_host(host: str) -> str:
    """A public name with a dot, in the letters that names are made of."""
    labels = host.split(".")
    if ":" in host or all(NUMBER.fullmatch(label) for label in labels):
        raise Forbidden(f"{host[:100]!r} is a number: papers live at names.")
    if not host.isascii() or any(label.startswith("xn--") for label in labels):
        raise Forbidden(f"{host[:100]!r} has letters that look like others: only plain names are asked.")
    if not all(LABEL.fullmatch(label) for label in labels):
        raise Forbidden(f"{host[:100]!r} is no host.")
    if len(labels) < 2 or NUMBER.fullmatch(labels[-1]) or INSIDE.search(host):
        raise Forbidden(f"{host[:100]!r} is inside a network: only public places are asked.")
    return host


def look_up(host: str, port: int) -> list[str]:
    """All addresses of a name, as the system finds them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def check_host(address: Address, resolve: Resolve = look_up) -> str:
    """The IP address to connect to; raises Forbidden where any of the name's is not public, and OSError where there is
    none."""
    found = resolve(address.host, PORTS[address.scheme])
    if not found:
        raise OSError(f"{address.host} has no address.")
    for text in found:
        if not is_public(text):
            raise Forbidden(f"{address.host} leads to {text}, which is inside a network: only public places are asked.")
    return found[0]


def is_public(text: str) -> bool:
    """Whether an IP address is one that all of the internet means the same machine by."""
    try:
        ip = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if any(ip in network for network in SPECIAL if network.version == ip.version):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)
