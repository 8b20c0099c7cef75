"""A real browser in tests: skipped on a machine without one, but never in CI."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1400,900"),
)


def start(profile: Path, *flags: str) -> Any:
    """A browser with a profile of its own."""
    missing = [name for name in ("chromedriver",) if shutil.which(name) is None]
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        missing.append("selenium")
    if missing or program is None:
        reason = f"no {' and no '.join(missing or ['chromium'])}"
        if os.environ.get("MINIGRAD_CI") == "1":
            pytest.fail(f"CI must have a browser: {reason}")
        pytest.skip(reason)
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={profile}", *flags):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium, one for all tests of a module."""
    driver = start(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()
