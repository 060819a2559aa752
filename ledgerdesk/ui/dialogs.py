"""The few dialogs everybody uses. None of them reads HTML."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from ledgerdesk import __version__
from ledgerdesk.i18n import N_, translate


def message(parent: QWidget | None, icon: QMessageBox.Icon, text: str) -> QMessageBox:
    """A dialog without buttons yet."""
    box = QMessageBox(parent)
    box.setObjectName("message")
    box.setWindowTitle("LedgerDesk")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setIcon(icon)
    box.setText(text)
    return box


def tell(parent: QWidget | None, text: str) -> None:
    """Something did not work, and what to do about it."""
    box = message(parent, QMessageBox.Icon.Warning, text)
    box.setStandardButtons(QMessageBox.StandardButton.Ok)
    box.exec()


def ask(parent: QWidget | None, question: str, detail: str, *, yes: str, no: str) -> bool:
    """A question whose buttons say what they do. Escape, and Enter at once, mean ``no``."""
    box = message(parent, QMessageBox.Icon.Question, question)
    box.setInformativeText(detail)
    accepted = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    refused = box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(refused)
    box.setEscapeButton(refused)
    box.exec()
    return box.clickedButton() is accepted


def report_bug(parent: QWidget | None, text: str) -> None:
    """The one calm dialog for what nobody expected; ``text`` is the report, already redacted."""
    box = message(parent, QMessageBox.Icon.Warning, translate(N_("Something unexpected happened.")))
    box.setObjectName("bug")
    box.setInformativeText(
        translate(
            N_(
                "This is a fault in LedgerDesk, not in what you did. Nothing is lost: what waits "
                "to be sent still waits. The details hold no password and no document; send them "
                "to us if it comes back."
            )
        )
    )
    box.setDetailedText(text)
    box.setStandardButtons(QMessageBox.StandardButton.Ok)
    box.exec()


def about(parent: QWidget | None) -> None:
    box = message(parent, QMessageBox.Icon.Information, f"LedgerDesk {__version__}")
    box.setInformativeText(
        translate(
            N_("Brings each client's documents to the right accounting package, once, with proof.")
        )
    )
    box.setStandardButtons(QMessageBox.StandardButton.Ok)
    box.exec()
