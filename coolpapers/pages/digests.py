"""/digest: a list by e-mail, asked for, confirmed and stopped.

Guarantees: nothing happens by GET, so no scanner of mails confirms or stops anything; a page of another site can't fill
the form for its visitors; who asks is told the same whether the address subscribes or not; no cache keeps an answer, no
cookie is set. Where this site sends no mail there are no such pages.
"""

import functools
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from coolpapers.digests import subscribing, tasks
from coolpapers.digests.lists import DigestList, NoSuchList, read_list
from coolpapers.digests.models import Every
from coolpapers.limits import client_network
from coolpapers.memory import memory
from coolpapers.pages.options import text_param

View = Callable[..., HttpResponse]
DAY = 24 * 3600  # seconds
ASKS = 20  # a day, of one network
BUSY = gettext_lazy("Too many digests were asked for today: try again tomorrow. A feed of the list works at once.")


def personal(view: View) -> View:
    """A page of a site that sends mail; no cache keeps it, and no other site learns its address. No cookie is needed:
    the links hold what allows to follow them, and forms are checked by their origin."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @functools.wraps(view)
    def shown(request: HttpRequest, **named: str) -> HttpResponse:
        if not settings.DIGESTS:
            raise Http404(_("This site sends no mail."))
        response = view(request, **named)
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "same-origin"  # and not none: forms would then come from an origin `null`
        response["X-Robots-Tag"] = "noindex"
        return response

    return shown


def _is_foreign(request: HttpRequest) -> bool:
    """Whether a page of another site sent the form."""
    origin = request.headers.get("Origin")
    ours = (f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS)
    return origin is not None and origin not in ours


def _refuse_foreign(request: HttpRequest) -> HttpResponse | None:
    if request.method == "POST" and _is_foreign(request):
        told = _("This form was sent by a page of another site. Open it here, and send it again.")
        return render(request, "digests/told.html", {"heading": _("Not done"), "told": told}, status=403)
    return None


# --- Asking ------------------------------------------------------------------------------------------------------
@personal
def digest_form(request: HttpRequest) -> HttpResponse:
    """/digest?list=/arxiv/cs.CL: the form; sent, a message asks the address whether it wants that."""
    sent = request.POST if request.method == "POST" else request.GET
    try:
        wanted = read_list(text_param(sent, "list", 2_000), text_param(sent, "query", 1_000))
    except NoSuchList as error:
        raise Http404(str(error)) from None
    if refusal := _refuse_foreign(request):
        return refusal
    if request.method != "POST":
        return _form(request, wanted)
    every = sent.get("every", "")
    try:
        address = subscribing.read_address(text_param(sent, "address", 400))
    except subscribing.BadAddress as error:
        return _form(request, wanted, str(error), 400)
    return _ask(request, address, wanted, every if every in Every.values else Every.DAY)


def _form(request: HttpRequest, wanted: DigestList, told: str = "", status: int = 200) -> HttpResponse:
    context = {
        "wanted": wanted,
        "told": told,
        "address": text_param(request.POST, "address", 400),
        "everies": [
            (value, label, value == (request.POST.get("every") or Every.DAY)) for value, label in Every.choices
        ],
    }
    return render(request, "digests/form.html", context, status=status)


def _ask(request: HttpRequest, address: str, wanted: DigestList, every: str) -> HttpResponse:
    client = client_network(request.META, settings.PROXIES)
    asks = memory.count(f"digest-asks:{client}", DAY) if client else 1
    if asks is None or asks > ASKS:  # where nobody counts, nobody writes to strangers either
        return _form(request, wanted, str(BUSY), 429)
    try:
        mail = subscribing.ask(address, wanted, every, language=get_language())
    except subscribing.TooManyToday:
        return _form(request, wanted, str(BUSY), 429)
    if mail is not None:
        tasks.wake()
    return HttpResponseRedirect("/digest/asked")


@personal
def asked(request: HttpRequest) -> HttpResponse:
    """The same for everybody, whatever was asked for."""
    return render(request, "digests/asked.html")


# --- Links of messages -------------------------------------------------------------------------------------------
@personal
def confirmation(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a confirmation: a button, and by it the beginning."""
    try:
        subscription, every = subscribing.read_confirmation(token)
        wanted = read_list(subscription.path, subscription.query)
    except (subscribing.BadLink, NoSuchList):
        told = _(
            "This link is over, or was cut off on its way. Ask for the list by e-mail again: nothing was sent since."
        )
        return render(request, "digests/told.html", {"heading": _("Not confirmed"), "told": told}, status=404)
    if refusal := _refuse_foreign(request):
        return refusal
    context = {"wanted": wanted, "address": subscription.address, "every": Every(every).label}
    if request.method != "POST":
        return render(request, "digests/confirm.html", context)
    try:
        subscribing.confirm(subscription, wanted, every)
    except subscribing.TooManyLists:
        told = _("This address gets {limit} lists already. Stop one of them first, by a link in its messages.")
        told = told.format(limit=subscribing.LISTS)
        return render(request, "digests/told.html", {"heading": _("Not confirmed"), "told": told}, status=409)
    stop_url = f"/digest/stop/{subscribing.stop_token(subscription)}"
    return render(request, "digests/confirmed.html", context | {"stop_url": stop_url})


@personal
def stopping(request: HttpRequest, token: str) -> HttpResponse:
    """The link that every digest has: a button, and by it, or by a mail program (RFC 8058), the end."""
    try:
        subscription = subscribing.read_stop(token)
    except subscribing.BadLink:
        told = _("There is no such subscription any more: nothing is sent, and the address is not kept.")
        return render(request, "digests/told.html", {"heading": _("Stopped"), "told": told})
    context = {"name": subscription.name, "address": subscription.address, "every": Every(subscription.every).label}
    if request.method != "POST":
        return render(request, "digests/stop.html", context)
    subscribing.stop(subscription)
    told = _("Nothing of {name} is sent any more, and the address was deleted here.").format(name=subscription.name)
    return render(request, "digests/told.html", {"heading": _("Stopped"), "told": told})


@personal
def never(request: HttpRequest, token: str) -> HttpResponse:
    """The other link of a confirmation: a button, and by it no more of them; and back."""
    try:
        sign = subscribing.read_never(token)
    except subscribing.BadLink:
        told = _("This link was cut off on its way: take it from the message again.")
        return render(request, "digests/told.html", {"heading": _("Not done"), "told": told}, status=404)
    if refusal := _refuse_foreign(request):
        return refusal
    if request.method == "POST":
        subscribing.set_refusal(sign, refused=request.POST.get("refused") == "yes")
    return render(request, "digests/never.html", {"refused": subscribing.refuses(sign)})
