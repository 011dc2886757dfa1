import sys

import pytest

from emotion.cli.window import can_show


def test_cannot_show_without_display(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("another process was started"))
    assert not can_show()


@pytest.mark.skipif(sys.platform != "linux", reason="displays have names on Linux")
def test_invalid_display_does_not_abort_the_process(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not can_show()
