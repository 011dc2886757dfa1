"""The frame of a page: text of any kind, and a policy that allows the one script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

from emotion.pages.document import PAGE_END, escape_text, page_start, script_element


def test_only_the_script_of_the_page_may_run(read_html: Callable) -> None:
    script = 'document.title = "ä" < 3;'
    page = page_start("A <title> & more", "p { color: red; }", script) + script_element(script) + PAGE_END
    assert read_html(page).elements.count("script") == 1
    inside = re.search(r"<script>(.*)</script>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert "<title>A &lt;title&gt; &amp; more</title>" in page
    assert "script-src" not in page_start("", "")


def test_text_without_a_form() -> None:
    assert escape_text('"ä" <顔>\x1b\n\u202e\udce4') == "&quot;ä&quot; &lt;顔&gt;????"
