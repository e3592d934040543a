"""The home page: every category by group with its newest day, every venue with its editions, and search."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coolpapers.models import Category, Paper
from coolpapers.pages.venues import venue_rows
from coolpapers.taxonomy import CATEGORIES, GROUPS


def home(request: HttpRequest) -> HttpResponse:
    """/"""
    days = Category.objects.with_newest_days()
    holding = Category.objects.holding_papers()
    groups = [
        (name, [(c, days.get(c.code), c.code in holding) for c in CATEGORIES.values() if c.group == code and c.active])
        for code, name in GROUPS
    ]
    context = {
        "groups": [(name, categories) for name, categories in groups if categories],
        "venues": venue_rows(),
        "newest": max(days.values(), default=None),
        "held": Paper.objects.count(),
    }
    return render(request, "home.html", context)
