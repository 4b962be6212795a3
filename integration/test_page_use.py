"""The page of HTML can be used by everybody: by keyboard alone, on a phone, in
the dark, with a screen reader and on paper. In a real browser."""

import re
from pathlib import Path

import pytest

from page_samples import TURN, listed, open_all, spoil
from report_readers import runs_of

CONTRAST = Path(__file__).with_name("contrast.js").read_text()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_can_be_read(browser, page, files, three, matrices,
                                tmp_path, dark):
    spoilt = spoil(three[0])["a record cut out"]
    browser.open(page(*map(files, [spoilt, *three[1:]]), *matrices,
                      "--before", files(three[0])),
                 "#verdict=all", dark=dark)
    open_all(browser)
    browser.screenshot(tmp_path / "page.png")
    measured = browser.run(CONTRAST)
    assert measured["texts"] > 200
    assert measured["low"] == []
    ground = browser.run("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", ground))) < 64) == dark


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_never_scrolls_sideways(browser, page, files, three, matrices,
                                         hostile, tmp_path, width):
    (tmp_path / "hostile.html").write_bytes(hostile("html"))
    for path in (page(*map(files, three), *matrices, "--before",
                      files(three[1])), tmp_path / "hostile.html"):
        browser.open(path, "#verdict=all", width=width, height=844)
        open_all(browser)
        browser.screenshot(tmp_path / f"{width}.png")
        assert (tmp_path / f"{width}.png").stat().st_size > 5_000
        assert browser.run(
            "document.scrollingElement.scrollWidth <= innerWidth")
        assert browser.run("innerWidth") == width


def test_the_keyboard_alone_is_enough(browser, page, files, three):
    browser.open(page(*map(files, three)))
    browser.press("Tab")
    assert browser.run("document.activeElement.id") == "skip"
    browser.press("Enter")
    assert browser.run("document.activeElement.id") == "probes-title"
    assert browser.run("location.hash") == ""
    browser.run("document.getElementById('skip').focus()")
    focus = ("(() => { const it = document.activeElement; return it.id || "
             "it.getAttribute('aria-label') || it.tagName; })()")
    seen = []
    for _ in range(200):
        browser.press("Tab")
        seen.append(browser.run(focus))
        if seen[-1].startswith("none on 6.1.0-41, cgroup v2, utsns"):
            break
    assert "escaped" in seen[-1], seen
    ring = browser.run("""(() => { const it = getComputedStyle(
      document.activeElement); return [it.outlineStyle, it.outlineWidth]; })()
    """)
    assert ring == ["solid", "3px"]
    browser.press("Enter")
    assert browser.run("document.activeElement.id") == "probes-title"
    order = []
    while browser.run("document.activeElement.tagName") != "SUMMARY":
        browser.press("Tab")
        order.append(browser.run(focus))
        assert len(order) < 20, order
    assert order[:-1] == ["verdict", "boundary", "subject", "machine", "q",
                          "reset"]
    browser.press("Enter")
    assert browser.run("!!document.activeElement.parentElement.open")
    browser.run(TURN)
    for _ in range(10):
        browser.press("Tab")
        if browser.run("document.activeElement.tagName") == "BUTTON":
            break
    assert browser.run("document.activeElement.innerText") == "Copy"
    browser.press("Enter")
    browser.run(TURN)
    assert browser.run("getSelection().toString()").startswith(
        "bulkhead verify --subject none --probe ")


def test_every_control_has_a_name(browser, page, files, three, matrices):
    browser.open(page(*map(files, three), *matrices), "#verdict=all")
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    controls = [it for it in nodes if it.get("role", {}).get("value") in
                ("button", "combobox", "searchbox", "link", "region",
                 "DisclosureTriangle") and not it["ignored"]]
    assert len(controls) > 30
    assert [it for it in controls
            if not it.get("name", {}).get("value")] == []


def test_paper_shows_all_that_is_red_and_no_controls(browser, page, files,
                                                     three, tmp_path):
    browser.open(page(*map(files, three)), "#verdict=contained")
    assert {where.split(",")[0]
            for _, where in listed(browser)} == {"bulkhead"}
    pdf = browser.pdf()
    assert pdf.startswith(b"%PDF-") and len(pdf) > 10_000
    browser.media("print", False)
    browser.run(TURN)
    browser.screenshot(tmp_path / "print.png")
    red = {(it["probe"], part["subject"]["name"]) for part in runs_of(three[0])
           for it in part["records"] if it["verdict"] == "escaped"}
    assert {(probe, where.split(",")[0])
            for probe, where in listed(browser)} == red
    assert browser.run("""[...document.querySelectorAll('#list details')]
      .every((it) => it.open && it.querySelector('.body'))""")
    assert browser.run("""['#filter', '#reset', '#found', '#more',
      '.command button'].every((it) => [...document.querySelectorAll(it)]
      .every((one) => one.offsetParent === null))""")
    browser.media("", False)
    browser.run(TURN)
    assert {where.split(",")[0]
            for _, where in listed(browser)} == {"bulkhead"}
