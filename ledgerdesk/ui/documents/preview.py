"""The PDF of a document, drawn page by page in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui import icons
from ledgerdesk.ui.background import Task
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named

if TYPE_CHECKING:
    from ledgerdesk.intake.browse import PageImage

_RESIZED_MS = 150
_NOTHING = N_("There is no PDF in this document.")
_UNREADABLE = N_("This PDF cannot be shown here. Save the original to open it elsewhere.")
_GONE = N_("The stored copy is no longer here.")


class Preview(QWidget):
    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.setObjectName("preview")
        self._shell = shell
        self._content: bytes | None = None
        self._page = 0
        self._pages = 0
        self._task: Task | None = None
        self._width = 0
        self._said = ""
        self.picture = named(QLabel(alignment=Qt.AlignmentFlag.AlignCenter), "pdfPage")
        self.message = plain_label(name="previewMessage")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setProperty("help", True)
        self._area = named(QScrollArea(widgetResizable=True), "pdfArea")
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._area.setWidget(self.picture)
        self._resized = QTimer(self, singleShot=True, interval=_RESIZED_MS)
        self._resized.timeout.connect(self._draw)
        self._lay_out()
        self.setMinimumWidth(200)
        self.retranslate()
        self.clear()

    # --- what it shows --------------------------------------------------------------------------

    def clear(self) -> None:
        self._show(None, "")

    def show_pdf(self, content: bytes | None) -> None:
        """None: the document has none."""
        self._show(content, "" if content else _NOTHING)

    def show_gone(self) -> None:
        self._show(None, _GONE)

    def turn(self, pages: int) -> None:
        wanted = min(max(self._page + pages, 0), max(self._pages - 1, 0))
        if wanted != self._page:
            self._page = wanted
            self._area.verticalScrollBar().setValue(0)
            self._draw()

    def retranslate(self) -> None:
        for button, text in (
            (self.before, N_("Previous page")),
            (self.next, N_("Next page")),
        ):
            button.setToolTip(translate(text))
            button.setAccessibleName(translate(text))
        self.picture.setAccessibleName(translate(N_("The page as a picture")))
        self._area.setAccessibleName(translate(N_("PDF of the document")))
        self.message.setText(translate(self._said))
        self._show_number()

    # --- how it works ---------------------------------------------------------------------------

    def _show(self, content: bytes | None, said: str) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._content, self._page, self._pages, self._said = content, 0, 0, said
        self.picture.setPixmap(QPixmap())
        self.message.setText(translate(said))
        self._area.setVisible(content is not None)
        self.message.setVisible(content is None)
        self._show_number()
        self._draw()

    def _draw(self) -> None:
        content, page = self._content, self._page
        if content is None or not self._shell.desk.is_open:
            return
        if self._task is not None:
            self._task.cancel()
        ratio = self.devicePixelRatioF()
        self._width = self._area.viewport().width()
        width = round((self._width - 16) * ratio)
        self._task = self._shell.desk.run(
            lambda desk, _job: desk.documents.draw(content, page, width),
            lambda found: self._drawn(found, ratio),
            owner=self,
        )

    def _drawn(self, found: PageImage | None, ratio: float) -> None:
        self._task = None
        if found is None:
            self._show(None, _UNREADABLE)
            return
        self._page, self._pages = found.page, found.pages
        form = QImage.Format.Format_RGB32
        image = QImage(found.pixels, found.width, found.height, found.stride, form)
        drawn = QPixmap.fromImage(image)
        drawn.setDevicePixelRatio(ratio)
        self.picture.setPixmap(drawn)
        self._show_number()

    def _show_number(self) -> None:
        text = translate(N_("Page {page} of {pages}"))
        self._number.setText(text.format(page=self._page + 1, pages=self._pages))
        self._bar.setVisible(self._pages > 1)
        self.before.setEnabled(self._page > 0)
        self.next.setEnabled(self._page < self._pages - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._content is not None and self._area.viewport().width() != self._width:
            self._resized.start()

    def _lay_out(self) -> None:
        self.before = named(QToolButton(), "previousPage")
        self.next = named(QToolButton(), "nextPage")
        icons.set_icon(self.before, "left")
        icons.set_icon(self.next, "right")
        self.before.clicked.connect(lambda: self.turn(-1))
        self.next.clicked.connect(lambda: self.turn(1))
        self._number = plain_label(name="pageNumber")
        self._number.setWordWrap(False)
        self._bar = QWidget()
        line = QHBoxLayout(self._bar)
        line.setContentsMargins(0, 0, 0, 0)
        line.addStretch(1)
        for widget in (self.before, self._number, self.next):
            line.addWidget(widget)
        line.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._area, 1)
        layout.addWidget(self.message, 1)
        layout.addWidget(self._bar)
