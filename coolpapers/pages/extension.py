"""/extension: how to get here from anywhere, by the browser extension, a bookmark or a phone's share menu;
/extension.zip, which is the extension; and the web manifest that makes a phone offer the site there."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.safestring import SafeString

from coolpapers.packing import pack, packed_name


def extension(request: HttpRequest) -> HttpResponse:
    """The page. Its bookmark goes to /go of this site with the address of the page that somebody reads."""
    go = request.build_absolute_uri("/go")
    # Not escaped text: an address of ours in a script of ours. What a host name can hold, Django has checked.
    bookmark = SafeString(f"javascript:location.href='{go}?url='+encodeURIComponent(location.href)")
    return render(request, "extension.html", {"bookmark": bookmark, "server": request.build_absolute_uri("/")})


@cache
def _packed() -> tuple[str, bytes]:
    folder = settings.BASE_DIR / "extension"
    return packed_name(folder), pack(folder)


def extension_file(request: HttpRequest) -> HttpResponse:
    """/extension.zip"""
    name, packed = _packed()
    told = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "public, max-age=3600"}
    return HttpResponse(packed, content_type="application/zip", headers=told)


def web_manifest(request: HttpRequest) -> HttpResponse:
    """/manifest.webmanifest: installed on a phone, the site takes what is shared with it."""
    told = {
        "name": "Cool Papers",
        "short_name": "Papers",
        "start_url": "/",
        "display": "browser",
        "icons": [
            {"src": static("coolpapers/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            {"src": static("coolpapers/icon-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": static("coolpapers/icon-512.png"), "sizes": "512x512", "type": "image/png"},
        ],
        "share_target": {"action": "/go", "method": "GET", "params": {"title": "title", "text": "q", "url": "url"}},
    }
    return JsonResponse(told, content_type="application/manifest+json")
