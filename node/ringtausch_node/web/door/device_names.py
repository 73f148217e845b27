# SPDX-License-Identifier: AGPL-3.0-or-later
"""What to call a device in "Meine Geräte", from what its browser says of itself."""

from __future__ import annotations

#: The first that fits: browsers claim to be each other, the honest word comes first.
_BROWSERS = (("Firefox/", "Firefox"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"),
             ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
_MACHINES = (("iPad", "iPad"), ("iPhone", "iPhone"), ("Android", "Android"), ("Windows", "Windows"),
             ("Macintosh", "Mac"), ("Linux", "Linux"))  # fmt: skip


def device_name(user_agent: str) -> str:
    """Browser and machine, "Firefox, Android". Never the text itself, which may be anything."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "Browser")
    machine = next((name for mark, name in _MACHINES if mark in user_agent), "")
    return f"{browser}, {machine}" if machine else browser
