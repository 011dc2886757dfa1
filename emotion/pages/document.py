"""The frame of a self-contained page: one HTML file, which loads nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from emotion.pages.style import BASE_STYLE

PAGE_END = "</body>\n</html>\n"


def page_start(title: str, style: str, script: str = "") -> str:
    """Return the beginning of a page, up to and with <body>.

    title: any text.
    style: a style sheet, after the common one.
    script: the one script that the page may contain, as `script_element`; the browser runs no other.
    """
    scripts = f"script-src 'sha256-{_digest(script)}'; " if script else ""
    policy = f"default-src 'none'; {scripts}img-src data:; style-src 'unsafe-inline'"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape_text(title)}</title>
<style>{BASE_STYLE}{style}</style>
</head>
<body>
"""


def script_element(script: str) -> str:
    """Return a script as an element."""
    return f"<script>{script}</script>\n"


def escape_text(text: str) -> str:
    """Return any text, such as the name of a file, for HTML or SVG; characters that have no form become "?"."""
    return escape("".join(c if c.isprintable() else "?" for c in text))


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
