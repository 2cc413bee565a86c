"""The pictures are the same wherever they are shown."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.pictures import with_guard, without_guard


@pytest.mark.parametrize("picture", [with_guard, without_guard])
def test_a_picture_needs_neither_a_browser_nor_the_web(picture: Callable[[], str]) -> None:
    svg = picture()
    assert "url(http" not in svg
    assert "@font-face" not in svg
    words = re.findall(r'<text class="[^"]+-r\d+" x="[\d.]+" y="[\d.]+" textLength="[\d.]+"[^>]*>([^<]+)</text>', svg)
    assert len(words) > 50
    assert not [word for word in words if re.search(r"[\s\xa0]|&#160;", word)]
    assert svg.count("<text") == len(words) + 1  # and the title
