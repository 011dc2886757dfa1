"""Show pictures and videos in a window, if a display is available."""

from __future__ import annotations

import os
import subprocess
import sys

import cv2
import numpy as np
from numpy.typing import NDArray

_TITLE = "emotions (any key: next)"
_VIDEO_TITLE = "emotions (q: quit)"
_QUIT = (ord("q"), ord("Q"), 27)  # 27: Escape


def can_show() -> bool:
    """Whether a window can be opened.

    Without a usable display, Qt aborts the process and cannot be stopped, so the check runs in a child process. It
    also fails if OpenCV was built without window support (opencv-python-headless).
    """
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    attempt = subprocess.run(
        [sys.executable, "-c", "import cv2; cv2.namedWindow('display')"], capture_output=True, check=False
    )
    return attempt.returncode == 0


def show_picture(picture: NDArray[np.uint8]) -> None:
    """Show a BGR picture, scaled to the window, until a key is pressed or the window is closed."""
    cv2.namedWindow(_TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
    cv2.imshow(_TITLE, picture)
    while cv2.waitKey(100) < 0 and cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) >= 1:
        pass
    cv2.destroyAllWindows()


def show_frame(picture: NDArray[np.uint8]) -> bool:
    """Show a frame of a video, BGR, in a window; returns False once the user has quit or closed the window."""
    cv2.namedWindow(_VIDEO_TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
    cv2.imshow(_VIDEO_TITLE, picture)
    key = cv2.waitKey(1)
    return key not in _QUIT and cv2.getWindowProperty(_VIDEO_TITLE, cv2.WND_PROP_VISIBLE) >= 1


def close_windows() -> None:
    """Close all windows."""
    cv2.destroyAllWindows()
