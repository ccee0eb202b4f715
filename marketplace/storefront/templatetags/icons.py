"""The house's icons: outlines on an 18 px field with a 1.5 px stroke, inline so that they take the words’ colour."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

PATHS = {
    "arrow-left": "M14.5 9H3.5M8 4.5 3.5 9 8 13.5",
    "certificate": "M4 2.5h10v9H4zM6.5 5.5h5M6.5 8h3M9 11.5v4l2-1.2 2 1.2v-4",
    "check": "m3.5 9.5 3.5 3.5 7.5-8",
    "clock": "M9 2a7 7 0 1 0 0 14A7 7 0 0 0 9 2zM9 5v4.2l2.6 1.6",
    "copy": "M6 6h9v9H6zM12 3H3v9",
    "cross": "m4.5 4.5 9 9m0-9-9 9",
    "cube": "m9 2 6 3.4v7.2L9 16l-6-3.4V5.4zM3 5.4l6 3.5 6-3.5M9 8.9V16",
    "dataset": "M3.5 3.5h4.3v4.3H3.5zM10.2 3.5h4.3v4.3h-4.3zM3.5 10.2h4.3v4.3H3.5zM10.2 10.2h4.3v4.3h-4.3z",
    "download": "M9 2.5v8.5M5.5 7.5 9 11l3.5-3.5M3 15h12",
    "eye": "M1.8 9S4.5 4 9 4s7.2 5 7.2 5-2.7 5-7.2 5-7.2-5-7.2-5zM9 7a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
    "file": "M4.5 2h6L14 5.5V16H4.5zM10.5 2v3.5H14",
    "filter": "M2.5 4.5h13M5 9h8M7.5 13.5h3",
    "lock": "M4 8h10v7.5H4zM6 8V5.5a3 3 0 0 1 6 0V8",
    "log": "M5.5 4h10M5.5 9h10M5.5 14h10M2.5 4h.01M2.5 9h.01M2.5 14h.01",
    "menu": "M2.5 6.5h13M2.5 11.5h13",
    "minus": "M4.5 9h9",
    "model": (
        "M4.5 7a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM13 2.8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z"
        "M13 11.2a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM6.3 8l4.9-2.3M6.3 10l4.9 2.3"
    ),
    "moon": "M14.8 10.8A6.3 6.3 0 1 1 7.2 3.2a5 5 0 0 0 7.6 7.6z",
    "person": "M9 3a2.7 2.7 0 1 0 0 5.4A2.7 2.7 0 0 0 9 3zM3.8 15.2a5.2 5.2 0 0 1 10.4 0",
    "picture": "M3 3.5h12v11H3zM3 12l3.5-3.5 3 3 2-2 3.5 3.5",
    "search": "M7.8 2.8a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM11.5 11.5l4 4",
    "seed": "M9 15.5V9M9 9c0-3 1.8-5 5.5-5 0 3.2-2 5-5.5 5zM9 11.5C9 9 7.5 7.5 4 7.5c0 2.5 1.5 4 5 4z",
    "signed": (
        "M3.5 15.5h11M4.5 12.5h9v-2.2H10.5c0-1.8 1.2-2.8 1.2-4.6a2.7 2.7 0 0 0-5.4 0c0 1.8 1.2 2.8 1.2 4.6H4.5z"
    ),
    "sun": (
        "M9 6a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM9 1.5v1.7M9 14.8v1.7M1.5 9h1.7M14.8 9h1.7"
        "M3.7 3.7l1.2 1.2M13.1 13.1l1.2 1.2M3.7 14.3l1.2-1.2M13.1 4.9l1.2-1.2"
    ),
    "training": "M2.5 12.5c2 0 2.5-7 4.5-7s2 5 4 5 1.5-3 4.5-3",
    "unknown": "M6.5 6.8a2.5 2.5 0 1 1 3.7 2.2c-.8.5-1.2 1-1.2 2M9 13.7h.01",
    "warn": "M9 2.5 16.5 15h-15zM9 7v4M9 13h.01",
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One icon as inline SVG. With a label it speaks for itself to a screen reader; without, it is decoration."""
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="currentColor" stroke-width="1.5" '
        'stroke-linecap="round" stroke-linejoin="round" {}><path d="{}"/></svg>',
        voice,
        PATHS[name],
    )
