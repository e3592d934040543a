"""How an address comes onto the list and off it: asked for, confirmed by a link of its own mail, stopped by any link.

Guarantees: whoever asks is told the same whether the address subscribes or not; an address gets at most CONFIRMATIONS
messages a day that it did not confirm, the site sends at most settings.CONFIRMATIONS_PER_DAY, and none holds a word of
whoever asked; a link of a confirmation works UNCONFIRMED long, and once confirmed changes nothing; a link that stops
works for ever and stops one list. Who wants to hear nothing of this site is asked no more. What was not confirmed is
deleted, and so is what was stopped.
"""

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from coolpapers.clock import get_clock
from coolpapers.digests.contents import place_now
from coolpapers.digests.lists import DigestList
from coolpapers.digests.models import Every, Mail, MailKind, Refusal, Subscription

UNCONFIRMED = timedelta(hours=48)
GIVEN_UP = timedelta(days=30)  # that an address which nothing reaches is kept for, so that somebody can look
CONFIRMATIONS = 3  # a day and mailbox
LISTS = 30  # of one mailbox
CONFIRM, STOP, NEVER = (f"coolpapers.digests.{what}" for what in ("confirm", "stop", "never"))
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
SATURDAY = 5  # arXiv's week is over, and read at leisure


class BadAddress(ValueError):
    """The message is a sentence for the reader."""


class TooManyToday(Exception):
    """This site asks no more addresses today."""


class BadLink(Exception):
    """It is none of ours, or over."""


class TooManyLists(Exception):
    """The mailbox has LISTS lists."""


def read_address(text: str) -> str:
    """The address as mail is sent to it: plain letters before the @, the domain as DNS has it. Raises BadAddress."""
    local, _at, domain = text.strip().rpartition("@")
    try:
        ascii_domain = domain.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_domain = ""
    address = f"{local}@{ascii_domain}"
    try:
        if not _LOCAL.fullmatch(local) or "." not in ascii_domain or "[" in ascii_domain or len(address) > 254:
            raise ValidationError("")
        validate_email(address)
    except ValidationError:
        raise BadAddress(_("This is no mail address. Write it like ada@example.org.")) from None
    return address


def mailbox_of(address: str) -> str:
    """Where it is read: small letters, without what a + adds."""
    local, _at, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


# --- Asking ------------------------------------------------------------------------------------------------------
@transaction.atomic
def ask(address: str, wanted: DigestList, every: str, *, language: str = settings.LANGUAGE_CODE) -> Mail | None:
    """A message that asks the address whether it wants the list; None where it was asked often enough today. Raises
    TooManyToday. The language is that of its messages from now on, but for a list that it gets already."""
    now, mailbox = get_clock().now(), mailbox_of(address)
    asked = Mail.objects.confirmations_within_a_day(now)
    if asked.count() >= settings.CONFIRMATIONS_PER_DAY:
        raise TooManyToday
    if asked.filter(subscription__mailbox=mailbox).count() >= CONFIRMATIONS or refuses(sign_of(mailbox)):
        return None
    subscription, is_new = Subscription.objects.get_or_create(
        address=address,
        path=wanted.path,
        query=wanted.query,
        defaults={
            "mailbox": mailbox,
            "name": wanted.name,
            "asked": now,
            "secret": secrets.token_hex(16),
            "language": language,
        },
    )
    if not is_new:
        mine = Subscription.objects.filter(pk=subscription.pk)
        mine.update(asked=now)
        mine.filter(Q(confirmed=None) | ~Q(stopped=None)).update(language=language)
    return Mail.objects.create(subscription=subscription, kind=MailKind.CONFIRM, every=every, asked=now, not_before=now)


# --- Confirming --------------------------------------------------------------------------------------------------
def confirm_token(subscription: Subscription, every: str, asked: datetime) -> str:
    """What the link of a confirmation holds."""
    return signing.dumps([subscription.pk, subscription.secret, every, int(asked.timestamp())], salt=CONFIRM)


def read_confirmation(token: str) -> tuple[Subscription, str]:
    """The subscription of a link, and how often it is to come. Raises BadLink."""
    pk, secret, every, asked = _read(token, CONFIRM, 4)
    if datetime.fromtimestamp(asked, UTC) + UNCONFIRMED < get_clock().now() or every not in Every.values:
        raise BadLink
    return _of(pk, secret), every


def confirm(subscription: Subscription, wanted: DigestList, every: str) -> None:
    """From now on, or from now on as often; again, it changes nothing. Raises TooManyLists."""
    now = get_clock().now()
    living = Subscription.objects.living().exclude(pk=subscription.pk)
    if living.filter(mailbox=subscription.mailbox).count() >= LISTS:
        raise TooManyLists
    begins = subscription.confirmed is None or subscription.stopped is not None
    if not begins and subscription.every == every:
        return
    subscription.every = every
    subscription.next_at = next_slot(every, now)
    if begins:
        subscription.confirmed, subscription.stopped, subscription.failing_since = now, None, None
        place = place_now(wanted, every)
        subscription.since, subscription.seen, subscription.told = place.since, place.seen, sorted(place.told)
    subscription.save()


def next_slot(every: str, now: datetime) -> datetime:
    """The next DIGEST_HOUR after now; of weekly digests on a Saturday."""
    slot = now.astimezone(UTC).replace(hour=settings.DIGEST_HOUR, minute=0, second=0, microsecond=0)
    while slot <= now or (every == Every.WEEK and slot.weekday() != SATURDAY):
        slot += timedelta(days=1)
    return slot


# --- Stopping ----------------------------------------------------------------------------------------------------
def stop_token(subscription: Subscription) -> str:
    """What the links that stop hold."""
    return signing.dumps([subscription.pk, subscription.secret], salt=STOP)


def read_stop(token: str) -> Subscription:
    """The subscription of a link that stops. Raises BadLink, also where it was stopped before."""
    pk, secret = _read(token, STOP, 2)
    return _of(pk, secret)


def stop(subscription: Subscription) -> None:
    """Forget it, with all its messages."""
    subscription.delete()


# --- Never -------------------------------------------------------------------------------------------------------
def sign_of(mailbox: str) -> str:
    """A hash that only this site can make of it."""
    return salted_hmac(NEVER, mailbox, algorithm="sha256").hexdigest()


def never_token(subscription: Subscription) -> str:
    """What the link of a confirmation holds by which the mailbox is asked no more."""
    return signing.dumps(sign_of(subscription.mailbox), salt=NEVER)


def read_never(token: str) -> str:
    """The sign of the mailbox. Raises BadLink."""
    try:
        return str(signing.loads(token, salt=NEVER))
    except (signing.BadSignature, ValueError):
        raise BadLink from None


def refuses(sign: str) -> bool:
    """Whether the mailbox wants to hear nothing."""
    return Refusal.objects.filter(sign=sign).exists()


def set_refusal(sign: str, *, refused: bool) -> None:
    """Ask it no more, or again. What it confirmed goes on: that has links of its own."""
    if refused:
        Refusal.objects.get_or_create(sign=sign, defaults={"since": get_clock().now()})
    else:
        Refusal.objects.filter(sign=sign).delete()


def forget_old() -> int:
    """Delete what was not confirmed in time, and what was given up long ago; how many."""
    now = get_clock().now()
    old = Subscription.objects.filter(confirmed=None, asked__lt=now - UNCONFIRMED)
    given_up = Subscription.objects.filter(stopped__lt=now - GIVEN_UP)
    return sum(rows.delete()[0] for rows in (old, given_up))


def _read(token: str, salt: str, length: int) -> list[Any]:
    try:
        values = signing.loads(token, salt=salt)
    except (signing.BadSignature, ValueError):
        raise BadLink from None
    if not isinstance(values, list) or len(values) != length:
        raise BadLink
    return values


def _of(pk: int, secret: str) -> Subscription:
    found = Subscription.objects.filter(pk=pk, secret=secret).first()
    if found is None:
        raise BadLink
    return found
