"""The calendar a schedule means: the one on this computer, unless the firm named another."""

from __future__ import annotations

import os
import sys
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ledgerdesk.errors import InvalidValue
from ledgerdesk.i18n import N_, translate

_HOME = "Europe/Brussels"
"""Where a computer does not say where it is."""

# What Windows calls them (Unicode CLDR, windowsZones), for where our users are.
_ON_WINDOWS = {
    "Romance Standard Time": "Europe/Brussels",
    "W. Europe Standard Time": "Europe/Amsterdam",
    "Central Europe Standard Time": "Europe/Budapest",
    "Central European Standard Time": "Europe/Warsaw",
    "GMT Standard Time": "Europe/London",
    "GTB Standard Time": "Europe/Bucharest",
    "FLE Standard Time": "Europe/Kiev",
    "E. Europe Standard Time": "Europe/Chisinau",
    "Russian Standard Time": "Europe/Moscow",
    "Turkey Standard Time": "Europe/Istanbul",
    "Greenwich Standard Time": "Atlantic/Reykjavik",
    "Morocco Standard Time": "Africa/Casablanca",
    "Eastern Standard Time": "America/New_York",
    "UTC": "UTC",
}


def zone_named(name: str) -> ZoneInfo:
    """Raises InvalidValue for a name that no calendar has."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        label, hint = translate(N_("the time zone")), translate(N_("For example Europe/Brussels."))
        raise InvalidValue(field="zone", value=name, name=label, hint=hint) from error


def local_zone() -> ZoneInfo:
    """That of this computer now: a laptop travels. Where it cannot be told, that of Brussels."""
    for name in (os.environ.get("TZ", "").lstrip(":"), _of_the_system(), _HOME):
        if name:
            try:
                return zone_named(name)
            except InvalidValue:
                continue
    return ZoneInfo("UTC")


def _of_the_system() -> str:
    if sys.platform == "win32":
        return _ON_WINDOWS.get(_windows_key(), "")
    # Debian, Fedora, macOS: a link into the place where calendars lie.
    _, found, name = os.path.realpath("/etc/localtime").partition("zoneinfo/")
    return name.removeprefix("posix/") if found else ""


def _windows_key() -> str:
    if sys.platform != "win32":
        return ""
    import winreg

    place = r"SYSTEM\CurrentControlSet\Control\TimeZoneInformation"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
            return str(winreg.QueryValueEx(key, "TimeZoneKeyName")[0]).rstrip("\0")
    except OSError:
        return ""
