"""How an answer goes over the wire: plainly, or reset, hanging, dribbling or cut off."""

import gzip
import socket
import struct
import threading
from collections.abc import Callable
from http import HTTPStatus

from tests.upstream.fault import Answer


def is_open(connection: socket.socket) -> bool:
    """False when the other side has closed it."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def send(
    connection: socket.socket,
    answer: Answer,
    accepts_gzip: bool,
    closing: threading.Event,
    ended: Callable[[], None],
) -> bool:
    """Whether the connection can be used again. `ended` is called before the last byte: nobody can have asked on."""
    if answer.wire == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ended()
        connection.close()
        return False
    if answer.wire == "hang":
        _wait(connection, closing, answer.seconds)
        return False
    head, body = _message(answer, accepts_gzip)
    if answer.wire == "dribble":
        _dribble(connection, head + body, closing, answer.seconds)
        return False
    if answer.wire == "cut":
        ended()
        connection.sendall(head + body[: len(body) // 2])
        return False
    whole = head + body
    connection.sendall(whole[:-1])
    ended()
    connection.sendall(whole[-1:])
    return True


def _message(answer: Answer, accepts_gzip: bool) -> tuple[bytes, bytes]:
    headers, body = dict(answer.headers), answer.body
    if accepts_gzip and len(body) > 1000 and "Content-Encoding" not in headers and answer.wire != "dribble":
        headers["Content-Encoding"], body = "gzip", gzip.compress(body, 1)
    headers["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n{lines}\r\n".encode(), body


def _wait(connection: socket.socket, closing: threading.Event, seconds: float) -> None:
    """Until the time is over, the server closes or the other side gives up."""
    while seconds > 0 and is_open(connection) and not closing.wait(min(seconds, 0.05)):
        seconds -= 0.05


def _dribble(connection: socket.socket, message: bytes, closing: threading.Event, seconds: float) -> None:
    for number in range(len(message)):
        if closing.is_set() or not is_open(connection):
            return
        connection.sendall(message[number : number + 1])
        _wait(connection, closing, seconds)
