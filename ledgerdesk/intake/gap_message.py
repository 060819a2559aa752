"""The message that asks for what is missing: prepared, never sent by LedgerDesk itself.

To CodaBox, to the bank or to the client, in the language they read. These are letters to others,
not texts of the window: they stand here in every language, whatever the window speaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledgerdesk.intake.gap_texts import grouped, numbers_of
from ledgerdesk.model.radar import Gap, GapKind, NumberGap


class Recipient(StrEnum):
    CODABOX = "codabox"
    BANK = "bank"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Message:
    recipient: Recipient
    language: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class _Words:
    date: str
    subject: str
    opening: dict[Recipient, str]
    account: str
    numbered: str
    between: str
    silent: str
    sales: str
    asks: dict[Recipient, str]
    closing: str


_FR = _Words(
    date="{0.day:02}/{0.month:02}/{0.year}",
    subject="Documents manquants : {client}",
    opening={
        Recipient.CODABOX: "Bonjour,\n\nPour notre client {client}, des extraits CODA ne nous "
        "sont pas parvenus :",
        Recipient.BANK: "Bonjour,\n\nPour notre client {client}, les extraits de compte "
        "électroniques suivants ne nous sont pas parvenus :",
        Recipient.CLIENT: "Bonjour,\n\nPour tenir votre comptabilité à jour, il nous manque :",
    },
    account="Compte {account} ({currency})",
    numbered="extrait(s) n° {numbers}, entre le {after} et le {before}",
    between="extrait(s) entre le {after} et le {before}",
    silent="plus d'extrait depuis le {after}",
    sales="factures de vente {first} à {last} ({count})",
    asks={
        Recipient.CODABOX: "Pourriez-vous vérifier le mandat et nous les livrer à nouveau ?",
        Recipient.BANK: "Pourriez-vous nous les envoyer à nouveau, en CODA ou en camt.053 ?",
        Recipient.CLIENT: "Pourriez-vous nous les transmettre, ou nous dire si le compte est "
        "clôturé ou le numéro inutilisé ?",
    },
    closing="D'avance merci.",
)
_NL = _Words(
    date="{0.day:02}/{0.month:02}/{0.year}",
    subject="Ontbrekende documenten: {client}",
    opening={
        Recipient.CODABOX: "Beste,\n\nVoor onze klant {client} hebben wij deze CODA-uittreksels "
        "niet ontvangen:",
        Recipient.BANK: "Beste,\n\nVoor onze klant {client} hebben wij deze elektronische "
        "rekeninguittreksels niet ontvangen:",
        Recipient.CLIENT: "Beste,\n\nOm uw boekhouding bij te houden ontbreekt ons nog:",
    },
    account="Rekening {account} ({currency})",
    numbered="uittreksel(s) nr. {numbers}, tussen {after} en {before}",
    between="uittreksel(s) tussen {after} en {before}",
    silent="geen uittreksel meer sinds {after}",
    sales="verkoopfacturen {first} tot {last} ({count})",
    asks={
        Recipient.CODABOX: "Kunt u het mandaat nakijken en ze ons opnieuw bezorgen?",
        Recipient.BANK: "Kunt u ze ons opnieuw sturen, als CODA of als camt.053?",
        Recipient.CLIENT: "Kunt u ze ons bezorgen, of ons zeggen of de rekening gesloten is of het "
        "nummer niet gebruikt werd?",
    },
    closing="Alvast bedankt.",
)
_EN = _Words(
    date="{0.day:02}/{0.month:02}/{0.year}",
    subject="Missing documents: {client}",
    opening={
        Recipient.CODABOX: "Hello,\n\nFor our client {client} these CODA statements did not "
        "reach us:",
        Recipient.BANK: "Hello,\n\nFor our client {client} these electronic statements did not "
        "reach us:",
        Recipient.CLIENT: "Hello,\n\nTo keep your books up to date we still need:",
    },
    account="Account {account} ({currency})",
    numbered="statement(s) no. {numbers}, between {after} and {before}",
    between="statement(s) between {after} and {before}",
    silent="no statement any more since {after}",
    sales="sales invoices {first} to {last} ({count})",
    asks={
        Recipient.CODABOX: "Could you check the mandate and deliver them again?",
        Recipient.BANK: "Could you send them again, as CODA or camt.053?",
        Recipient.CLIENT: "Could you send them, or tell us whether the account is closed or the "
        "number was never used?",
    },
    closing="Thank you.",
)
_DE = _Words(
    date="{0.day:02}.{0.month:02}.{0.year}",
    subject="Fehlende Unterlagen: {client}",
    opening={
        Recipient.CODABOX: "Guten Tag,\n\nfür unseren Kunden {client} haben wir diese CODA-Auszüge "
        "nicht erhalten:",
        Recipient.BANK: "Guten Tag,\n\nfür unseren Kunden {client} haben wir diese elektronischen "
        "Kontoauszüge nicht erhalten:",
        Recipient.CLIENT: "Guten Tag,\n\nfür Ihre Buchhaltung fehlt uns noch:",
    },
    account="Konto {account} ({currency})",
    numbered="Auszug Nr. {numbers}, zwischen dem {after} und dem {before}",
    between="Auszüge zwischen dem {after} und dem {before}",
    silent="kein Auszug mehr seit dem {after}",
    sales="Verkaufsrechnungen {first} bis {last} ({count})",
    asks={
        Recipient.CODABOX: "Könnten Sie das Mandat prüfen und sie erneut liefern?",
        Recipient.BANK: "Könnten Sie sie uns erneut senden, als CODA oder camt.053?",
        Recipient.CLIENT: "Könnten Sie sie uns senden oder mitteilen, ob das Konto geschlossen ist "
        "oder die Nummer nie verwendet wurde?",
    },
    closing="Vielen Dank.",
)
_WORDS = {"fr": _FR, "nl": _NL, "en": _EN, "de": _DE}


def prepare(
    client: str,
    found: Sequence[Gap],
    sales: Sequence[NumberGap],
    recipient: Recipient,
    language: str,
) -> Message:
    """The message about one client. Only the client is asked for sales invoices; days that came
    twice are nobody's to send."""
    words = _WORDS.get(language, _EN)
    lines = [words.opening[recipient].format(client=client), ""]
    by_account: dict[tuple[str, str], list[Gap]] = {}
    for one in found:
        if one.kind is not GapKind.OVERLAP:
            by_account.setdefault((one.account, one.currency), []).append(one)
    for (account, currency), each in by_account.items():
        lines.append(words.account.format(account=grouped(account), currency=currency))
        lines += [f"  – {_line(one, words)}" for one in each]
    if recipient is Recipient.CLIENT:
        for gap in sales:
            told = words.sales.format(first=gap.first, last=gap.last, count=gap.count)
            lines.append(f"  – {told}")
    lines += ["", words.asks[recipient], "", words.closing]
    return Message(
        recipient, language, words.subject.format(client=client), "\n".join(lines) + "\n"
    )


def _line(gap: Gap, words: _Words) -> str:
    after, before = _day(gap.after, words), _day(gap.before or gap.after, words)
    if gap.kind is GapKind.SILENT:
        return words.silent.format(after=after)
    if gap.numbers:
        return words.numbered.format(numbers=numbers_of([gap]), after=after, before=before)
    return words.between.format(after=after, before=before)


def _day(day: date, words: _Words) -> str:
    return words.date.format(day)
