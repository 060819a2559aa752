"""The settings a person may change: one declaration each, from which pages and commands are made.

Values are kept in the books (``store.settings``), as text that ``Setting.parse`` understands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ledgerdesk.errors import InvalidValue
from ledgerdesk.i18n import LANGUAGES, N_, translate

T = TypeVar("T", str, int)


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """``choices`` are the only texts allowed, ``labels`` what a person reads for them; ``least``
    and ``most`` are the bounds of a number, ``is_folder`` says that a text names a folder.
    Settings of one ``group`` stand together."""

    key: str
    default: T
    label: str
    help: str = ""
    choices: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    group: str = ""
    least: int = 0
    most: int = 0
    is_folder: bool = False

    @property
    def type(self) -> Callable[[str], T]:
        return type(self.default)

    def parse(self, text: str) -> T:
        """The value ``text`` stands for. Raises InvalidValue, naming the setting."""
        text = text.strip()
        if isinstance(self.default, int):
            if not (text.isascii() and text.isdecimal() and self.least <= int(text) <= self.most):
                raise self._invalid(text, f"{self.least}–{self.most}")
        elif self.choices:
            text = text.lower()
            if text not in self.choices:
                raise self._invalid(text, ", ".join(one for one in self.choices if one))
        return self.type(text)

    def _invalid(self, text: str, hint: str) -> InvalidValue:
        return InvalidValue(field=self.key, value=text, name=translate(self.label), hint=hint)


LOOK, WORK, LOG = N_("Language and appearance"), N_("Documents and sending"), N_("Log")
TELL = N_("In the background")

LANGUAGE = Setting(
    "language",
    "",
    N_("Language"),
    N_("Of the window, its messages, dates and amounts."),
    choices=("", *LANGUAGES),
    labels=(N_("As this computer"), "Français", "Nederlands", "English", "Deutsch"),
    group=LOOK,
)
APPEARANCE = Setting(
    "appearance",
    "system",
    N_("Appearance"),
    N_("“As this computer” follows it when it turns dark in the evening."),
    choices=("system", "light", "dark"),
    labels=(N_("As this computer"), N_("Light"), N_("Dark")),
    group=LOOK,
)
LOG_LEVEL = Setting(
    "log_level",
    "info",
    N_("Log"),
    N_("How much is written to the log file. Passwords and documents never are."),
    choices=("warning", "info", "debug"),
    labels=(N_("Warnings only"), N_("What happens"), N_("Everything, to find a fault")),
    group=LOG,
)
KEEP_DOCUMENTS_MONTHS = Setting(
    "keep_documents_months",
    24,
    N_("Months to keep documents"),
    N_(
        "A copy is removed so many months after delivery, never before; receipts stay. "
        "LedgerDesk is not your legal archive."
    ),
    least=1,
    most=240,
    group=WORK,
)
BRAKE = Setting(
    "brake",
    100,
    N_("Brake"),
    N_("No scheduled run makes more first deliveries to one accounting package without your yes."),
    least=1,
    most=100_000,
    group=WORK,
)
PAUSE_ON_METERED = Setting(
    "pause_on_metered",
    "no",
    N_("Pause on a metered network"),
    N_("Nothing is sent by itself while the network costs by volume, such as a phone's."),
    choices=("no", "yes"),
    labels=(N_("no"), N_("yes")),
    group=WORK,
)
PAUSE_ON_BATTERY = Setting(
    "pause_on_battery",
    "no",
    N_("Pause on battery"),
    N_("Nothing is sent by itself while this computer runs on battery."),
    choices=("no", "yes"),
    labels=(N_("no"), N_("yes")),
    group=WORK,
)
INVOICE_PAIR = Setting(
    "invoice_pair",
    "data",
    N_("An invoice that comes as data and as PDF"),
    N_("Which of the two is sent when both arrive as files of their own."),
    choices=("data", "pdf", "both"),
    labels=(N_("The data (UBL or CII)"), N_("The PDF"), N_("Both")),
    group=WORK,
)
ASSIGN_PDFS = Setting(
    "assign_pdfs",
    "no",
    N_("Assign PDFs by themselves"),
    N_(
        "A PDF that names exactly one client and one other company is proposed. “Yes” assigns it "
        "without asking, where the account to pay on says whether it is a purchase or a sale."
    ),
    choices=("no", "yes"),
    labels=(N_("no"), N_("yes")),
    group=WORK,
)
STABLE_SECONDS = Setting(
    "stable_seconds",
    10,
    N_("Seconds a file must rest"),
    N_("A file that changed more recently may still be written; it is taken in at the next look."),
    least=0,
    most=3600,
    group=WORK,
)

NOTIFICATIONS = Setting(
    "notifications",
    "problems",
    N_("Notifications"),
    N_("Each cause once, and again a day later while it is there. A click leads to it."),
    choices=("problems", "all", "none"),
    labels=(N_("What needs you"), N_("Also what was delivered"), N_("None")),
    group=TELL,
)
WHEN_CLOSED = Setting(
    "when_closed",
    "ask",
    N_("When the window is closed"),
    N_("Only while LedgerDesk runs does it send by itself."),
    choices=("ask", "keep", "quit"),
    labels=(N_("Ask once"), N_("Keep running in the background"), N_("Quit LedgerDesk")),
    group=TELL,
)
STATUS_BOARD = Setting(
    "status_board",
    "",
    N_("Folder for the status board"),
    N_(
        "After each run a page (HTML) and a table (CSV) are written there for your colleagues: "
        "each client, what was delivered last, what waits and who must act. No contents of "
        "documents. Empty: none."
    ),
    group=TELL,
    is_folder=True,
)

ALL: tuple[Setting[Any], ...] = (
    LANGUAGE,
    APPEARANCE,
    KEEP_DOCUMENTS_MONTHS,
    BRAKE,
    PAUSE_ON_METERED,
    PAUSE_ON_BATTERY,
    INVOICE_PAIR,
    STABLE_SECONDS,
    ASSIGN_PDFS,
    NOTIFICATIONS,
    WHEN_CLOSED,
    STATUS_BOARD,
    LOG_LEVEL,
)


def by_key(key: str) -> Setting[Any] | None:
    """The setting called ``key``; None when there is none."""
    return next((one for one in ALL if one.key == key), None)
