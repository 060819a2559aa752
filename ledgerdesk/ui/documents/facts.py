"""Everything about one document in words: what it says, what was found, where it came from, where
it went."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Document, DocumentFormat, Party, Severity
from ledgerdesk.ui import icons
from ledgerdesk.ui.documents import words
from ledgerdesk.ui.texts import labelled, locale, plain_label
from ledgerdesk.ui.widgets import named, repolish

if TYPE_CHECKING:
    from ledgerdesk.intake.browse import Detail, Sent

_CHOOSE = N_("Choose a document to see what is in it.")
_MANY = N_("{count} documents are selected.")
_SEVERITY_ICONS = {Severity.FATAL: "problem", Severity.WARNING: "info", Severity.INFO: "info"}
_LABEL_WIDTH = 96


class Facts(QWidget):
    """``go_to`` is the window's way to another page. ``heading`` stands above, at full width."""

    def __init__(self, go_to: Callable[..., None]) -> None:
        super().__init__()
        self.setObjectName("facts")
        self._go_to = go_to
        self.title = plain_label(name="documentTitle", selectable=True)
        self.title.setProperty("section", True)
        self.place = plain_label(name="documentPlace", selectable=True)
        self._area = named(QScrollArea(widgetResizable=True), "factsArea")
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self.heading = QWidget()
        above = QVBoxLayout(self.heading)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(2)
        above.addWidget(self.title)
        above.addWidget(self.place)
        layout.addWidget(self._area, 1)
        self.setMinimumWidth(220)
        self._detail: Detail | None = None
        self.show_nothing(0)

    def show_nothing(self, selected: int) -> None:
        """No document is chosen, or several are."""
        self._detail = None
        several = translate(_MANY).format(count=words.number(selected))
        self.title.setText(several if selected > 1 else "")
        self.title.setVisible(selected > 1)
        self.place.setText("" if selected > 1 else translate(_CHOOSE))
        self._dress_heading(is_hint=selected <= 1)
        self._fill(QWidget())

    def show_detail(self, detail: Detail) -> None:
        # A new look at the same document must not scroll back to its top.
        same = self._detail is not None and self._detail.document.id == detail.document.id
        if same and self._detail == detail:
            return
        where = self._area.verticalScrollBar().value() if same else 0
        self._detail = detail
        row = detail.row
        self.title.setText(f"{words.kind(row)} · {words.name(row)}")
        self.title.show()
        self._dress_heading(is_hint=False)
        why = words.why(row)
        self.place.setText(f"{words.place(row)}. {why}" if why else words.place(row))
        self._fill(self._made(detail))
        self._area.verticalScrollBar().setValue(where)

    def retranslate(self) -> None:
        shown, self._detail = self._detail, None
        if shown is None:
            self.show_nothing(0)
        else:
            self.show_detail(shown)

    def texts(self) -> list[str]:
        """All that is said now."""
        return [one.text() for one in self.findChildren(QLabel)]

    def _dress_heading(self, *, is_hint: bool) -> None:
        """Where nothing is chosen, that stands grey in the middle of the empty place."""
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter if is_hint else left)
        if bool(self.place.property("help")) != is_hint:
            self.place.setProperty("help", is_hint)
            repolish(self.place)

    # --- how it is made -------------------------------------------------------------------------

    def _fill(self, content: QWidget) -> None:
        content.setObjectName("scrolled")
        self._area.setAccessibleName(translate(N_("About the document")))
        self._area.setWidget(content)

    def _made(self, detail: Detail) -> QWidget:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 10, 6)
        layout.setSpacing(10)
        if detail.document.findings:
            layout.addWidget(_heading(N_("What was found")))
            layout.addWidget(self._findings(detail.document))
        layout.addWidget(_heading(N_("What it says")))
        layout.addLayout(_form(_says(detail)))
        layout.addWidget(_heading(N_("Where it came from")))
        layout.addLayout(_form(_origin(detail)))
        if detail.deliveries:
            layout.addWidget(_heading(N_("Deliveries")))
            for one in detail.deliveries:
                layout.addWidget(self._delivery(one))
        layout.addStretch(1)
        return content

    def _findings(self, document: Document) -> QWidget:
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for one in document.findings:
            said = labelled(translate(words.SEVERITIES[one.severity]), words.finding(one))
            label = plain_label(f"{said} ({one.rule})", selectable=True, name="finding")
            label.setProperty("error", one.severity is Severity.FATAL)
            line = QHBoxLayout()
            line.addWidget(_picture(_SEVERITY_ICONS[one.severity]), 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(label, 1)
            layout.addLayout(line)
        return whole

    def _delivery(self, one: Sent) -> QWidget:
        whole = QWidget()
        state = translate(words.DELIVERIES[one.delivery.state])
        when = words.moment(one.delivery.delivered_at)
        said = " · ".join(part for part in (one.package, state, when) if part)
        button = named(QToolButton(), "showDelivery")
        icons.set_icon(button, "deliveries")
        text = translate(N_("Show the delivery"))
        button.setToolTip(text)
        button.setAccessibleName(f"{text}: {said}")
        button.clicked.connect(lambda: self._show(one.delivery.id))
        line = QHBoxLayout(whole)
        line.setContentsMargins(0, 0, 0, 0)
        words_ = said if one.error is None else f"{said}\n{one.error.text}"
        line.addWidget(plain_label(words_, selectable=True, name="delivery"), 1)
        line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return whole

    def _show(self, delivery_id: str) -> None:
        self._go_to("deliveries", delivery=delivery_id)


def _says(detail: Detail) -> list[tuple[str, str]]:
    facts = detail.document.facts
    told = [
        (N_("Date"), words.day(facts.issue_date)),
        (N_("From"), _party(facts.supplier)),
        (N_("To"), _party(facts.customer)),
        (N_("Bank account"), facts.account),
        (N_("Holder"), _party(facts.holder)),
        (N_("Amount"), words.amount(facts.total, facts.currency)),
        (N_("Client"), detail.row.client or translate(N_("not known"))),
        (N_("Format"), _format(detail.document)),
    ]
    if len(facts.statements) > 1:
        told.insert(5, (N_("Statements"), words.number(len(facts.statements))))
    return [(label, text) for label, text in told if text]


def _origin(detail: Detail) -> list[tuple[str, str]]:
    document = detail.document
    told = [
        (N_("File"), document.path),
        (N_("Inside"), document.member),
        (N_("Source"), detail.source.path if detail.source else translate(N_("added by hand"))),
        (N_("Taken in"), words.moment(document.taken_in_at)),
        (N_("Size"), _size(document.size)),
        (N_("SHA-256"), document.sha256),
    ]
    if detail.original_of is not None:
        first = detail.original_of
        told.insert(0, (N_("The same as"), first.facts.number or first.file_name))
    if not detail.stored:
        told.append((N_("Copy"), translate(N_("no longer in the data folder"))))
    return [(label, text) for label, text in told if text]


def _party(party: Party) -> str:
    return "\n".join(part for part in (party.name, party.identifier) if part)


def _format(document: Document) -> str:
    facts = document.facts
    if facts.format is DocumentFormat.UNKNOWN:
        return ""
    profile = "" if facts.profile == "none" else f" ({facts.profile})"
    return f"{facts.format.upper()}{profile}"


def _size(size: int) -> str:
    return locale().formattedDataSize(size)


def _form(lines: list[tuple[str, str]]) -> QFormLayout:
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(12)
    form.setVerticalSpacing(4)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for label, text in lines:
        name = plain_label(translate(label))
        name.setProperty("help", True)
        name.setMinimumWidth(_LABEL_WIDTH)
        name.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.addRow(name, plain_label(_breakable(text), selectable=True))
    return form


def _breakable(text: str) -> str:
    """Paths and hashes have no spaces: they may break after a separator or every so often."""
    text = text.replace("/", "/\u200b").replace("\\", "\\\u200b")
    if len(text) == 64 and text.isalnum():
        return "\u200b".join(text[at : at + 8] for at in range(0, 64, 8))
    return text


def _heading(text: str) -> QLabel:
    label = plain_label(translate(text))
    label.setProperty("fieldLabel", True)
    return label


def _picture(name: str) -> QLabel:
    label = QLabel()
    label.setPixmap(icons.pixmap(name, 16))
    return label
