"""The report in a browser: filters, sorting, colour schemes, narrow screens, and without scripts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

EVERYTHING = ["happy 90.0%", "sadness 40.0%", "anger 80.0%", "happy 60.0%", "fear 30.0%"]


class Page:
    """The small report in Chromium."""

    def __init__(self, driver, files: dict[str, Path]) -> None:
        self.driver, self.files = driver, files

    def open(self, name: str = "small") -> None:
        self.driver.get(self.files[name].as_uri())

    def all(self, selector: str) -> list:
        """The elements that a CSS selector matches."""
        return self.driver.find_elements("css selector", selector)

    def one(self, selector: str):
        """The only such element."""
        (element,) = self.all(selector)
        return element

    def faces(self) -> list[str]:
        """Emotion and confidence of the visible faces, in order."""
        return self.driver.execute_script("""
            return [...document.querySelectorAll("tbody tr")].filter((row) => row.checkVisibility())
              .map((row) => `${row.dataset.emotion} ${row.querySelector(".confidence").textContent}`);
        """)

    def emulate(self, width: int = 1200, scheme: str = "light") -> None:
        """Emulate a screen with this width in pixels, and a reader who prefers a light or dark page."""
        screen = {"width": width, "height": 3000, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        preference = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": preference})


@pytest.fixture(scope="module")
def browser(write_small_report: Callable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Chromium and the reports on disk."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium controls the browser")
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not chromedriver:
        pytest.skip("chromium and chromedriver are not installed")
    files = {}
    for name in ("small", "explained"):
        files[name] = tmp_path_factory.mktemp(name) / "report.html"
        write_small_report(files[name], explained=name == "explained")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        f"user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(f"--{argument}")
    driver = webdriver.Chrome(options, webdriver.ChromeService(chromedriver))
    yield Page(driver, files)
    driver.quit()


@pytest.fixture
def page(browser: Page) -> Iterator[Page]:
    """The small report, freshly opened on a wide, light screen; it must not lead to any message in the console."""
    browser.emulate()
    browser.open()
    yield browser
    assert browser.driver.get_log("browser") == []


def test_faces_are_shown_and_names_are_only_text(page: Page) -> None:
    assert page.faces() == EVERYTHING
    assert page.driver.title == "Emotions in pictures"
    assert page.all("td.picture")[0].text.startswith('<img src=x onerror="document.title=1">&amp;.png')
    loaded = "return [...document.images].every((image) => image.naturalWidth > 0)"
    assert page.driver.execute_script(loaded)


def test_filters(page: Page) -> None:
    happy, fear, status = page.one("[value=happy]"), page.one("[value=fear]"), page.one("[role=status]")
    confidence = page.one("[type=range]")
    assert status.text == "5 of 5 shown"
    happy.find_element("xpath", "..").click()
    assert page.faces() == ["happy 90.0%", "happy 60.0%"]
    fear.send_keys(" ")  # with the keyboard
    assert page.faces() == ["happy 90.0%", "happy 60.0%", "fear 30.0%"]
    assert status.text == "3 of 5 shown"
    confidence.send_keys("\ue00e" * 7)  # page up, by 10%
    assert page.one("output").text == "70%"
    assert page.faces() == ["happy 90.0%"]
    page.one("form button").click()
    assert page.faces() == EVERYTHING
    assert page.one("output").text == "0%"
    page.one("[name=uncertain]").click()
    assert page.faces() == ["sadness 40.0%", "fear 30.0%"]


def test_sorting(page: Page) -> None:
    head = page.one("th[data-key=confidence]")
    assert head.get_attribute("aria-sort") is None
    head.find_element("tag name", "button").click()
    assert [face.split()[1] for face in page.faces()] == ["30.0%", "40.0%", "60.0%", "80.0%", "90.0%"]
    assert head.get_attribute("aria-sort") == "ascending"
    head.find_element("tag name", "button").send_keys("\ue007")  # enter
    assert [face.split()[1] for face in page.faces()] == ["90.0%", "80.0%", "60.0%", "40.0%", "30.0%"]
    assert head.get_attribute("aria-sort") == "descending"
    page.one("th[data-key=emotion] button").click()
    assert page.faces() == ["anger 80.0%", "fear 30.0%", "happy 90.0%", "happy 60.0%", "sadness 40.0%"]
    assert len(page.all("th[aria-sort]")) == 1
    page.one("th[data-key=order] button").click()
    assert page.faces() == EVERYTHING


@pytest.mark.parametrize("name", ["small", "explained"])
@pytest.mark.parametrize("width", [360, 1001])
def test_nothing_is_wider_than_the_screen(page: Page, name: str, width: int) -> None:
    page.emulate(width)
    page.open(name)
    overflow = (
        "return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth)"
    )
    assert [element.tag_name for element in page.driver.execute_script(overflow)] == []
    assert page.driver.execute_script("return document.documentElement.scrollWidth") <= width
    assert page.faces() == EVERYTHING
    assert page.all("td.bars li")[0].size["width"] > 150


def test_light_and_dark(page: Page) -> None:
    contrasts = """
        const luminance = (colour) => {
          const [r, g, b] = colour.match(/[\\d.]+/g).map((c) => c / 255)
            .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const page = luminance(getComputedStyle(document.body).backgroundColor);
        const texts = [...document.querySelectorAll("h1, p, a, dt, dd, b, th, li, small, .emotion, .confidence")];
        const levels = texts.map((text) => luminance(getComputedStyle(text).color));
        return [page, ...levels.map((l) => (Math.max(l, page) + 0.05) / (Math.min(l, page) + 0.05))];
    """
    light, *of_light = page.driver.execute_script(contrasts)
    page.emulate(scheme="dark")
    dark, *of_dark = page.driver.execute_script(contrasts)
    assert light > 0.9
    assert dark < 0.05
    assert min(of_light + of_dark) > 4.5  # the Web Content Accessibility Guidelines, level AA


def test_everything_is_shown_without_scripts(page: Page) -> None:
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.open()
        assert page.faces() == EVERYTHING
        assert page.one("label.happy").text.split() == ["happy", "2"]
        assert not page.one("[type=range]").is_displayed()
        assert page.all("th button") == []
    finally:
        page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
