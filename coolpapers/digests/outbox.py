"""Digests are made when they are due, and messages are sent: each at most once.

What a message tells of is decided, and where its subscription stands moves on, in one transaction before anything is
sent (`make_due`). To send it (`send_due`) its row is taken by one conditional UPDATE that is committed first. So a
process that is killed before leaves a message that is due, and one that is killed while the mail server has it a
message in doubt, as a connection does that ends before the answer. What is in doubt is not sent again: the next digest
says that it may not have arrived, with the address of what it told of. A refusal is an answer: it is tried again, later
each time, until the address is given up. A server that can't be reached, or refuses all of us, costs no message an
attempt: it is an incident.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from django.db.models import F

from coolpapers.clock import get_clock
from coolpapers.digests.contents import News, Place, SearchAway, find_news
from coolpapers.digests.letters import SHOWN, make_message
from coolpapers.digests.lists import NoSuchList, read_list
from coolpapers.digests.models import Mail, MailKind, MailState, Subscription
from coolpapers.digests.querysets import MailQuerySet
from coolpapers.digests.subscribing import next_slot
from ingest.incidents import end_incident, open_incident

LEASE = timedelta(minutes=5)  # no message takes so long
WAITS = [timedelta(minutes=m) for m in (5, 30, 120, 360, 720, 1440)]  # after each refusal; then the last again
SERVER_WAIT = timedelta(minutes=2)
GIVE_UP = timedelta(days=7)  # of refusals
AGAIN = timedelta(minutes=10)  # where search did not answer
KEPT = timedelta(days=35)  # sent messages
BATCH = 200
INCIDENT = "mail"
log = logging.getLogger(__name__)


class ServerFails(Exception):
    """The mail server can't be reached, or takes nothing from this site."""


# --- Made --------------------------------------------------------------------------------------------------------
def make_due(enough: Callable[[], bool] = lambda: False) -> int:
    """Make the digests that are due; how many messages."""
    made = 0
    for subscription in Subscription.objects.due(get_clock().now())[:BATCH]:
        if enough():
            break
        made += _make(subscription)
    return made


def _make(subscription: Subscription) -> bool:
    """Its digest, if there is something new; whether there was."""
    now = get_clock().now()
    mine = Subscription.objects.filter(pk=subscription.pk, next_at=subscription.next_at)
    place = Place(subscription.since or now.date(), subscription.seen, frozenset(subscription.told))
    try:
        wanted = read_list(subscription.path, subscription.query)
        news = find_news(wanted, place, subscription.every)
    except NoSuchList as error:  # the venue is gone
        log.warning("Subscription %s stays without a digest: %s", subscription.pk, error)
        news = News((), place)
    except SearchAway:
        mine.update(next_at=now + AGAIN)
        return False
    moved = {
        "since": news.then.since,
        "seen": news.then.seen,
        "told": sorted(news.then.told),
        "next_at": next_slot(subscription.every, now),
    }
    try:
        with transaction.atomic():
            if not mine.update(**moved):  # somebody else made it
                return False
            return _queue(subscription, news)
    except IntegrityError:
        return False


def _queue(subscription: Subscription, news: News) -> bool:
    if not news.papers:
        return False
    now = get_clock().now()
    Mail.objects.create(
        subscription=subscription,
        kind=MailKind.DIGEST,
        every=subscription.every,
        papers=list(news.papers[:SHOWN]),
        total=len(news.papers),
        first=news.first,
        last=news.last,
        asked=now,
        not_before=now,
    )
    return True


# --- Sent --------------------------------------------------------------------------------------------------------
def send_due(enough: Callable[[], bool] = lambda: False) -> int:
    """Send what is due, over one connection; how many messages went."""
    settle_lost()
    due = list(Mail.objects.due(get_clock().now()).values_list("pk", flat=True)[:BATCH])
    if not due:
        return 0
    sent = 0
    connection = get_connection()
    try:
        for pk in due:
            if enough():
                break
            sent += _send(pk, connection)
        if sent:
            end_incident(subject=INCIDENT)
    except ServerFails as error:
        log.warning("No mail can be sent: %s", error.__cause__)
        open_incident(subject=INCIDENT, text="Messages can't be sent at the moment; they are sent later.")
    finally:
        _close(connection)
    return sent


def settle_lost() -> int:
    """What was taken by somebody who did not live to tell how it went is in doubt."""
    now = get_clock().now()
    lost = Mail.objects.filter(state=MailState.SENDING, started__lt=now - LEASE)
    return lost.update(state=MailState.DOUBT, ended=now, error="Whoever sent it did not live to tell how it went.")


def _send(pk: int, connection: BaseEmailBackend) -> bool:
    """One message, whether it went; raises ServerFails, with the message due as before."""
    _open(connection)
    mail = _take(pk)
    if mail is None:
        return False
    try:
        wanted = read_list(mail.subscription.path, mail.subscription.query)
        doubtful = list(Mail.objects.in_doubt(mail.subscription)) if mail.kind == MailKind.DIGEST else []
        message = make_message(mail, wanted, doubtful)
    except NoSuchList as error:
        message, doubtful = None, []
        log.warning("Message %s is not sent: %s", pk, error)
    if message is None:
        _end(mail, MailState.FAILED, "Nothing of what it tells of is here any more.")
        return False
    try:
        connection.send_messages([message])
    except (SMTPRecipientsRefused, SMTPDataError) as error:
        _refused(mail, error)
        _close(connection)
    except SMTPResponseException as error:  # of the sender, of the sign-in: of all that we send
        _give_back(mail)
        raise ServerFails from error
    except (SMTPServerDisconnected, OSError) as error:
        _doubt(mail, error)
        _close(connection)
    except SMTPException as error:
        _refused(mail, error)
        _close(connection)
    else:
        _went(mail, doubtful)
        return True
    return False


def _open(connection: BaseEmailBackend) -> None:
    """Before a message is taken, so that a server that is away leaves it due; a connection that the server let go of
    meanwhile is made anew, for what ends in the middle of a message is a doubt."""
    if (session := getattr(connection, "connection", None)) is not None:
        try:
            session.noop()
        except (SMTPException, OSError):
            _close(connection)
    try:
        connection.open()
    except (SMTPException, OSError) as error:
        raise ServerFails from error


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (SMTPException, OSError) as error:
        log.info("The mail server's connection ended early: %s", error)
        connection.connection = None  # type: ignore[attr-defined]


def _take(pk: int) -> Mail | None:
    now = get_clock().now()
    due = Mail.objects.filter(pk=pk, state=MailState.DUE, not_before__lte=now)
    if not due.update(state=MailState.SENDING, started=now, attempt=F("attempt") + 1):
        return None
    return Mail.objects.select_related("subscription").filter(pk=pk).first()  # None: stopped in this moment


# --- What became of it -------------------------------------------------------------------------------------------
def _mine(mail: Mail) -> MailQuerySet:
    return Mail.objects.filter(pk=mail.pk, state=MailState.SENDING, started=mail.started)


def _end(mail: Mail, state: MailState, error: str = "") -> None:
    _mine(mail).update(state=state, ended=get_clock().now(), error=error[:2000])


@transaction.atomic
def _went(mail: Mail, doubtful: list[Mail]) -> None:
    _end(mail, MailState.SENT)
    Mail.objects.filter(pk__in=[earlier.pk for earlier in doubtful]).update(told_of=True)
    Subscription.objects.filter(pk=mail.subscription_id).update(failing_since=None)


def _give_back(mail: Mail) -> None:
    later = get_clock().now() + SERVER_WAIT
    _mine(mail).update(state=MailState.DUE, not_before=later, attempt=F("attempt") - 1)


@transaction.atomic
def _doubt(mail: Mail, error: Exception) -> None:
    _end(mail, MailState.DOUBT, _told(error))
    _count_failure(mail)


@transaction.atomic
def _refused(mail: Mail, error: Exception) -> None:
    """Again, later each time; given up where nothing went through for GIVE_UP."""
    if _count_failure(mail):
        _end(mail, MailState.FAILED, _told(error))
        return
    wait = WAITS[min(mail.attempt, len(WAITS)) - 1]
    _mine(mail).update(state=MailState.DUE, not_before=get_clock().now() + wait, error=_told(error))


def _count_failure(mail: Mail) -> bool:
    """Whether the address is given up by now."""
    now, subscription = get_clock().now(), mail.subscription
    since = subscription.failing_since or now
    given_up = now - since >= GIVE_UP
    changes = {"failing_since": since} | ({"stopped": now, "next_at": None} if given_up else {})
    Subscription.objects.filter(pk=subscription.pk).update(**changes)
    if given_up:
        log.warning("Subscription %s is given up: no message reaches it since %s.", subscription.pk, since)
    return given_up


def _told(error: Exception) -> str:
    """The server's own words, for the admin."""
    if isinstance(error, SMTPRecipientsRefused):
        return "; ".join(f"{code} {_text(words)}" for code, words in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return f"{type(error).__name__}: {error}"


def _text(words: object) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else str(words)


def forget_old_mails() -> int:
    """Delete messages that are over for KEPT; the newest ones show how it goes."""
    old = Mail.objects.exclude(state__in=(MailState.DUE, MailState.SENDING))
    return old.filter(ended__lt=get_clock().now() - KEPT).delete()[0]
