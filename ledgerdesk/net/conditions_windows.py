"""What Windows says about network and power, through its own libraries.

GetSystemPowerStatus (kernel32), InternetGetConnectedState (wininet) and INetworkCostManager of the
Network List Manager, as Microsoft documents them.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import byref, c_ubyte, c_uint32, c_void_p

from ledgerdesk.net.conditions import Answer

_LIST_MANAGER = "{DCB00C01-570F-4A9B-8D69-199FDBA5723B}"
_COST_MANAGER = "{DCB00008-570F-4A9B-8D69-199FDBA5723B}"
_ALL_CONTEXTS = 23
_RELEASE, _GET_COST = 2, 3
"""Places in the table of methods: QueryInterface, AddRef, Release, then the interface's own."""
_UNRESTRICTED, _FIXED, _VARIABLE = 1, 2, 4


class _Power(ctypes.Structure):
    _fields_ = (
        ("ac_line", c_ubyte),
        ("battery_flag", c_ubyte),
        ("battery_percent", c_ubyte),
        ("system_flag", c_ubyte),
        ("battery_seconds", c_uint32),
        ("battery_full_seconds", c_uint32),
    )


class Windows:
    """Implements Conditions."""

    def network(self) -> Answer:
        if sys.platform != "win32":
            return Answer.UNKNOWN
        flags = c_uint32()
        connected = ctypes.windll.wininet.InternetGetConnectedState(byref(flags), 0)
        return Answer.YES if connected else Answer.NO

    def on_battery(self) -> Answer:
        if sys.platform != "win32":
            return Answer.UNKNOWN
        power = _Power()
        if not ctypes.windll.kernel32.GetSystemPowerStatus(byref(power)):
            return Answer.UNKNOWN
        return {0: Answer.YES, 1: Answer.NO}.get(power.ac_line, Answer.UNKNOWN)

    def metered(self) -> Answer:
        cost = _cost()
        if cost & (_FIXED | _VARIABLE):
            return Answer.YES
        return Answer.NO if cost & _UNRESTRICTED else Answer.UNKNOWN


def _cost() -> int:
    """What the Network List Manager says the connection costs; 0: it does not tell."""
    if sys.platform != "win32":
        return 0
    ole = ctypes.oledll.ole32
    manager, cost = c_void_p(), c_uint32()
    try:
        ole.CoInitializeEx(None, 0)
    except OSError:
        return 0
    try:
        wanted = (byref(_guid(_LIST_MANAGER)), None, _ALL_CONTEXTS, byref(_guid(_COST_MANAGER)))
        ole.CoCreateInstance(*wanted, byref(manager))
        try:
            _method(manager, _GET_COST, c_void_p, c_void_p)(manager, byref(cost), None)
        finally:
            _method(manager, _RELEASE)(manager)
    except OSError:
        return 0
    finally:
        ole.CoUninitialize()
    return int(cost.value)


def _guid(text: str) -> ctypes.Array[c_ubyte]:
    made = (c_ubyte * 16)()
    if sys.platform == "win32":
        ctypes.oledll.ole32.CLSIDFromString(text, byref(made))
    return made


def _method(interface: c_void_p, place: int, *arguments: type[c_void_p]) -> ctypes._FuncPointer:
    """A method of a COM interface, out of its table."""
    if sys.platform != "win32":
        raise OSError("not on this system")
    kind = ctypes.WINFUNCTYPE(ctypes.HRESULT, c_void_p, *arguments)
    table = ctypes.cast(interface, ctypes.POINTER(ctypes.POINTER(c_void_p)))
    return kind(table[0][place] or 0)
