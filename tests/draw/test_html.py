"""The player: what it shows, in a real browser, and that nothing in it can run but its own script."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.draw import draw
from minigrad.draw.player.html_page import as_json
from minigrad.draw.player.story import Story
from tests.draw import module_tapes
from tests.draw.browser import browser, start
from tests.draw.tapes import KINDS, evil, ramp, scalars, two_walks, window

__all__ = ["browser"]

Open = Callable[[Any], Any]
HOSTILE = [
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror=window.hacked=1>",
    "]]>",
    "<!--",
    "%%data%%",
]


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Open:
    """Opens the player of a source in the browser."""

    def open_(source: Any, **options: Any) -> Any:
        path = draw(source, **options).save(tmp_path / "page.html")
        browser.get_log("browser")
        browser.get(path.as_uri())
        return browser

    return open_


def find(page: Any, name: str) -> Any:
    return page.find_element("id", f"mg-{name}")


def place(page: Any) -> tuple[int, int]:
    at, last = find(page, "place").text.split("/")
    return int(at), int(last)


def press(page: Any, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    for key in keys:
        ActionChains(page).send_keys(key).perform()


def go(page: Any, at: int) -> None:
    page.execute_script(
        "const s = document.getElementById('mg-slider'); s.value = arguments[0]; s.dispatchEvent(new Event('input'))",
        at,
    )


def hidden(page: Any) -> set[str]:
    """The boxes that are not there, and the gradients within boxes that are."""
    return set(
        page.execute_script("""
        const gone = (e) => getComputedStyle(e).visibility === "hidden";
        const boxes = [...document.querySelectorAll("#mg-picture g[id]")];
        return boxes.flatMap((box) => gone(box) ? [box.id]
            : [...box.querySelectorAll("[data-part=gradient]")].filter(gone).map(() => `gradient ${box.id}`));
        """)
    )


def absent(told: Story, at: int) -> set[str]:
    """What should not be there in a frame."""
    parts = {part for part in told.appears if not told.there(part, at)}
    inner = {part for part in parts if part.startswith("gradient ") and part.removeprefix("gradient ") not in parts}
    return {box.name for box in told.scene.boxes if box.name in parts} | inner


def lasting(page: Any) -> set[str]:
    """What is not there, but what the player shows at some moments only."""
    return {name for name in hidden(page) if not re.search(r"-kept$|-w\d+$", name)}


def data(html: str) -> Any:
    text = re.search(r'<script type="application/json" id="mg-data">(.*?)</script>', html, re.DOTALL)
    assert text is not None
    return json.loads(text[1])


def frames(source: Any) -> list[dict[str, Any]]:
    return data(draw(source).html())["frames"]


# -- without a browser -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_one_page_that_loads_nothing(kind: str) -> None:
    html = draw(KINDS[kind]()).html()
    assert not re.search(r"\b(?:src|href)=\"(?!data:,)", html)
    assert set(re.findall(r"https?://[^\"'\s]*", html)) <= {"http://www.w3.org/2000/svg"}
    assert html.count("<script") == html.count("</script>") == 2
    assert "default-src &#x27;none&#x27;" in html


def test_json_that_cannot_end_its_element() -> None:
    assert json.loads(as_json(HOSTILE)) == HOSTILE
    assert not re.search(r"[<>&]", as_json(HOSTILE))
    with pytest.raises(ValueError, match="JSON"):
        as_json(float("nan"))


def test_the_page_is_what_was_drawn_even_if_the_tape_goes_on() -> None:
    last = window(4, 2)
    drawing = draw(last)
    before = drawing.html()
    last.tape.cotangents.clear()
    with last.tape as tape:
        tape.mark()
        mg.tanh(mg.tensor(1.0))
        tape.cut()
    assert drawing.html() == before
    assert draw(last).html() != before


def test_the_browser_may_not_be_missing_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("MINIGRAD_CI", "1")
    with pytest.raises(pytest.fail.Exception, match="CI must have a browser: no chromedriver"):
        start(tmp_path)
    monkeypatch.delenv("MINIGRAD_CI")
    with pytest.raises(pytest.skip.Exception):
        start(tmp_path)


# -- in a browser ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_plays_to_its_end_without_an_error(kind: str, page: Open) -> None:
    shown = page(KINDS[kind]())
    last = place(shown)[1]
    assert last == len(frames(KINDS[kind]())) - 1
    for at in range(0, last + 1, max(last // 12, 1)):
        go(shown, at)
        assert find(shown, "title").text
    press(shown, "\ue010")  # End
    assert place(shown) == (last, last)
    assert lasting(shown) == set()
    assert shown.get_log("browser") == []


@pytest.mark.parametrize("kind", module_tapes.KINDS)
def test_plays_a_picture_of_modules(kind: str, page: Open) -> None:
    source = module_tapes.KINDS[kind]()
    shown = page(source, depth=1, view="both")
    last = place(shown)[1]
    told = data(draw(source, depth=1, view="both").html())["frames"]
    assert last == len(told) - 1
    for at in range(0, last + 1, max(last // 6, 1)):
        go(shown, at)
        assert find(shown, "title").text == " ".join(told[at]["title"].split())
    press(shown, "\ue010")  # End
    sizes = shown.execute_script("return [...document.querySelectorAll('svg text.size')].map((t) => t.textContent)")
    assert set(sizes) <= {"", *(frame["norm"] for frame in told if frame["sized"])}
    assert lasting(shown) == set()
    assert shown.get_log("browser") == []


@pytest.mark.parametrize("source", [lambda: window(6, 3), two_walks, scalars], ids=["cut", "walks", "scalars"])
def test_what_is_there_is_what_the_story_says(source: Callable[[], Any], page: Open) -> None:
    told = draw(source())._story()
    shown = page(source())
    for at in range(len(told.frames)):
        go(shown, at)
        assert hidden(shown) == absent(told, at), (at, told.frames[at].title)


def test_nothing_of_the_picture_is_there_at_the_start(page: Open) -> None:
    shown = page(window(6, 3))
    visible = shown.execute_script("""
        const shown = (e) => getComputedStyle(e).visibility !== "hidden" && e.textContent.trim();
        return [...document.querySelectorAll("#mg-picture text")].filter(shown).map((e) => e.textContent);
    """)
    assert {text for text in visible if not re.fullmatch(r"W.|b|\(\d, \d\)|\(\d,\)", text)} == {
        *("parameters", "one tensor each,", "one colour at every use"),
    }


def test_a_walk_shows_its_own_numbers(page: Open) -> None:
    shown = page(two_walks())
    told = draw(two_walks())._story()
    tape = two_walks()

    def sizes() -> set[str]:
        return set(
            shown.execute_script("return [...document.querySelectorAll('svg text.size')].map((t) => t.textContent)")
        )

    for at, frame in enumerate(told.frames):
        if frame.kind == "done":
            go(shown, at)
            cotangents = tape.walks[frame.walk - 1].cotangents.values()
            known = [abs(float(g)) for g in cotangents if g.shape == ()]
            found = [float(size) for size in sizes() if size]
            assert found
            assert all(any(abs(size - each) <= 0.005 * each for each in known) for size in found)
        if frame.kind == "walk":
            go(shown, at)
            assert sizes() == {""}


def test_a_step_shows_one_more_record(page: Open) -> None:
    shown = page(window(6, 3))
    assert place(shown)[0] == 0
    before = hidden(shown)
    assert not [row for row in shown.find_elements("css selector", "#mg-tape li") if row.is_displayed()]
    find(shown, "next").click()
    assert place(shown)[0] == 1
    assert find(shown, "title").text == "%2 = matmul(x, Wₓ)"
    assert "shape (1, 3)" in find(shown, "text").text
    assert before - hidden(shown) == {"n2", "d0_2"}
    current = shown.find_element("css selector", "#mg-tape [aria-current]")
    record = draw(window(6, 3)).graph.tape.history[0].records[0]
    size = np.linalg.norm(ramp(1, 2, scale=1.0) @ ramp(2, 3))
    assert record.out == 2
    assert current.text.split("\n") == ["%2", "matmul(x, Wₓ)", f"(1, 3) ‖{size:.3g}‖"]
    assert shown.find_element("css selector", "svg .halo.on")
    find(shown, "back").click()
    assert hidden(shown) == before
    assert not shown.find_elements("css selector", "#mg-tape [aria-current]")


def test_the_rule_is_told_in_words_and_as_a_formula(page: Open) -> None:
    source = window(6, 3)
    told = frames(source)
    at = next(k for k, frame in enumerate(told) if frame["kind"] == "pull" and "tanh" in frame["title"])
    shown = page(source)
    go(shown, at)
    assert find(shown, "kind").text == "Backward walk"
    assert find(shown, "title").text.startswith("Back through h₃ = tanh(")
    assert find(shown, "rules").text.split("\n")[-2:] == ["ḡx = ḡ · (1 − out²)", "(1, 3) · (1, 3) → (1, 3)"]
    norm = find(shown, "norm").text
    assert re.fullmatch(r"‖ḡ‖ = \d\.\d+", norm)
    assert shown.find_element("css selector", "#mg-tape [aria-current] .size").text == norm.removeprefix("‖ḡ‖ = ")
    assert shown.find_elements("css selector", "svg .edge.hot.back")


def test_a_cotangent_that_was_not_kept_is_not_a_number(page: Open) -> None:
    source = window(6, 3, inspect=False)
    told = [frame for frame in frames(source) if frame["kind"] == "pull"]
    assert told
    assert all(frame["arrives"] == "‖ḡ‖: not kept (inspect=True keeps it)" and not frame["norm"] for frame in told)
    shown = page(source)
    go(shown, frames(source).index(told[0]))
    assert find(shown, "norm").text == "‖ḡ‖: not kept (inspect=True keeps it)"


def test_keys(page: Open) -> None:
    shown = page(window(4, 2))
    right, left, home, end = "\ue014", "\ue012", "\ue011", "\ue010"
    press(shown, right, right, right)
    assert place(shown)[0] == 3
    press(shown, left)
    assert place(shown)[0] == 2
    press(shown, end)
    assert place(shown)[0] == place(shown)[1]
    press(shown, home)
    assert place(shown)[0] == 0
    find(shown, "slider").send_keys(right)
    assert place(shown)[0] == 1
    assert (
        find(shown, "slider").get_attribute("aria-valuetext")
        == f"1 of {place(shown)[1]}: Recording, %2 = matmul(x, Wₓ)"
    )


def test_chapters_lead_to_each_walk_and_cut(page: Open) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.support.select import Select

    shown = page(window(4, 2))
    chapter = Select(find(shown, "chapter"))
    names = [option.text for option in chapter.options]
    assert names == [
        *("start", "recording", "walk 1, window 1, from ℓ₁, ℓ₂", "cut 1"),
        *("recording", "walk 2, window 2, from ℓ₃, ℓ₄", "the end"),
    ]
    chapter.select_by_visible_text(names[5])
    assert find(shown, "title").text == "Walk 2 of 2 over window 2 starts at ℓ₃, ℓ₄"
    start = place(shown)[0]
    shown.execute_script("document.activeElement.blur()")

    def turn(key: str) -> str:
        ActionChains(shown).key_down("\ue008").send_keys(key).key_up("\ue008").perform()
        return str(chapter.first_selected_option.text)

    right, left = "\ue014", "\ue012"
    press(shown, right)
    assert (turn(left), place(shown)[0]) == (names[5], start)
    assert [turn(left) for _ in range(6)] == [*names[4::-1], names[0]]
    assert place(shown)[0] == 0
    assert [turn(right) for _ in range(5)] == names[1:6]
    assert place(shown)[0] == start
    assert [turn(right) for _ in range(2)] == [names[6], names[6]]


def test_play_and_pause(page: Open) -> None:
    shown = page(window(4, 2))
    play = find(shown, "play")
    assert play.get_attribute("aria-label") == "Play"
    shown.execute_script("document.getElementById('mg-speed').value = '5'")
    play.click()
    assert play.get_attribute("aria-label") == "Pause"
    deadline = time.monotonic() + 10
    while place(shown)[0] < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    press(shown, " ")  # the button has the focus
    assert play.get_attribute("aria-label") == "Play"
    at = place(shown)
    time.sleep(0.4)
    assert place(shown) == at


def test_the_order_of_the_keyboard_and_names_for_all(page: Open) -> None:
    shown = page(window(4, 2))
    order = []
    for _ in range(12):
        press(shown, "\ue004")
        element = shown.switch_to.active_element
        if element.tag_name == "body":
            break
        order.append(element.get_attribute("id") or element.get_attribute("class"))
        assert element.accessible_name, order
    wanted = ["mg-picture", "mg-in", "mg-out", "mg-fit", "mg-play", "mg-next", "mg-last", "mg-slider", "mg-speed"]
    assert [name for name in order if name in wanted] == wanted
    live = find(shown, "now")
    assert live.get_attribute("aria-live") == "polite"


def test_a_record_of_the_tape_is_a_way_to_its_moment(page: Open) -> None:
    shown = page(window(4, 2))
    rows = shown.find_elements("css selector", "#mg-tape button")
    go(shown, 9)
    rows[4].click()
    assert place(shown)[0] == 5
    assert rows[4].get_attribute("aria-current") == "step"


def test_zoom_and_pan(page: Open) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    def width() -> float:
        return float(shown.find_element("css selector", "#mg-picture > svg").get_dom_attribute("viewBox").split()[2])

    shown = page(window(6, 3))
    find(shown, "fit").click()
    whole = width()
    find(shown, "in").click()
    assert width() == pytest.approx(whole / 1.4)
    press(shown, "+")
    assert width() == pytest.approx(whole / 1.96)
    picture = find(shown, "picture")
    box = shown.find_element("css selector", "#mg-picture > svg").get_dom_attribute("viewBox")
    ActionChains(shown).move_to_element(picture).click_and_hold().move_by_offset(60, 0).release().perform()
    assert shown.find_element("css selector", "#mg-picture > svg").get_dom_attribute("viewBox") != box
    press(shown, "0")
    assert width() == pytest.approx(whole)


def test_hovering_shows_the_copies_of_an_operation(page: Open) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    shown = page(window(4, 2))
    find(shown, "fit").click()
    find(shown, "last").click()
    box = shown.find_element("css selector", "svg #n8 rect")
    ActionChains(shown).move_to_element(box).perform()
    assert len(shown.find_elements("css selector", "svg g.alike")) == 4
    ActionChains(shown).move_to_element(find(shown, "title")).perform()
    assert not shown.find_elements("css selector", "svg g.alike")


def test_keys_of_whoever_presents(page: Open) -> None:
    shown = page(window(4, 2))
    down, up, escape = "\ue00f", "\ue00e", "\ue00c"
    press(shown, down, down, down, up)
    assert place(shown)[0] == 2
    press(shown, "n")
    assert find(shown, "title").text.startswith("Walk 1 of 2")
    press(shown, "p", "p")
    assert place(shown)[0] == 0
    assert not find(shown, "black").is_displayed()
    press(shown, "b")
    assert find(shown, "black").is_displayed()
    press(shown, "b")
    assert not find(shown, "black").is_displayed()
    press(shown, "b", down)
    assert not find(shown, "black").is_displayed()
    assert place(shown)[0] == 1
    press(shown, "?")
    assert find(shown, "keys").is_displayed()
    press(shown, down)
    assert place(shown)[0] == 1
    press(shown, escape)
    assert not find(shown, "keys").is_displayed()
    press(shown, "f")
    assert shown.execute_script("return document.fullscreenElement === document.documentElement")
    press(shown, "f")
    assert shown.execute_script("return document.fullscreenElement === null")
    assert shown.get_log("browser") == []


@pytest.mark.parametrize("width", [400, 1000, 1600])
def test_readable_at_the_start_on_screens_of_all_sizes(width: int, page: Open) -> None:
    shown = page(window(6, 3))
    shown.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width == 400},
    )
    try:
        shown.refresh()
        for at in (0, 1, 20, 35, place(shown)[1]):
            go(shown, at)
            scale = shown.execute_script("return document.querySelector('#mg-picture > svg').getScreenCTM().a")
            assert 11 * scale >= 10.99
        go(shown, 20)
        time.sleep(0.6)  # until the picture has followed
        for element in ("title", "play", "next", "back", "legend"):
            box = find(shown, element).rect
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= 800, element
        inside = shown.execute_script("""
            const box = document.querySelector("svg .halo.on").getBoundingClientRect();
            const { left, top, right, bottom } = document.getElementById("mg-picture").getBoundingClientRect();
            return box.left >= left && box.right <= right && box.top >= top && box.bottom <= bottom;
        """)
        assert inside
        assert shown.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        shown.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_hostile_names_are_text(page: Open) -> None:
    tape = mg.Tape(inspect=True)
    with tape:
        tape.mark(HOSTILE[0])
        total: Any = mg.parameter(1.0, name=HOSTILE[1])
        for name in HOSTILE:
            total = tape.name(total * mg.parameter(2.0, name=name), name)
        tape.backward(total)
    shown = page(tape, title=HOSTILE[0])
    press(shown, "\ue010")
    press(shown, "\ue012")
    assert shown.execute_script("return window.hacked === undefined")
    assert len(shown.find_elements("css selector", "script")) == 2
    assert not shown.find_elements("css selector", "img")
    assert shown.find_element("css selector", "h1").text == HOSTILE[0]
    assert shown.get_log("browser") == []


def test_nothing_else_may_run(page: Open) -> None:
    shown = page(evil())
    shown.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.hacked = 1'; document.body.append(s)"
    )
    assert shown.execute_script("return window.hacked === undefined")


def test_less_motion_and_dark(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = draw(window(6, 3)).save(tmp_path / "page.html")
    flags = ("--force-prefers-reduced-motion", "--blink-settings=preferredColorScheme=0")
    driver = start(tmp_path_factory.mktemp("profile"), *flags)
    try:
        driver.get(path.as_uri())
        find(driver, "next").click()
        halo = driver.find_element("css selector", "svg .halo.on")
        assert halo.value_of_css_property("transition-duration") in ("0s", "")
        assert driver.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(14, 18, 27)"
        assert driver.get_log("browser") == []
    finally:
        driver.quit()
