"""Some sixty documents for the sample firm, from its seed, and what must become of each."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from ledgerdesk.i18n import N_
from ledgerdesk.model import Direction, DocumentKind, Profile
from ledgerdesk.practice import hostile
from ledgerdesk.practice.camt import camt053
from ledgerdesk.practice.cii import NAME, cii
from ledgerdesk.practice.coda import blocks, coda
from ledgerdesk.practice.firm import Business, Firm, SampleClient
from ledgerdesk.practice.invoices import Invoice, Ledger
from ledgerdesk.practice.markup import document
from ledgerdesk.practice.mt940 import mt940
from ledgerdesk.practice.pdf import invoice_pdf
from ledgerdesk.practice.plan import INBOX, SCANS, Expected, Plan, PlannedDocument, Result
from ledgerdesk.practice.statements import BankStatement, make_statement
from ledgerdesk.practice.ubl import ubl

_PURCHASE, _SALE = Direction.PURCHASE, Direction.SALE
_STATEMENT = DocumentKind.STATEMENT
# The words of the folders that a firm keeps scans in.
_PURCHASES = {"nl": "Aankoop", "fr": "Achat"}


def make_plan(firm: Firm) -> Plan:
    """The same firm gives the same bytes; another seed other ones, with others at fault."""
    maker = _Maker(firm)
    maker.everyday_invoices()
    maker.other_profiles()
    maker.statements()
    maker.between_clients()
    maker.twice()
    maker.nobodys()
    maker.bad()
    maker.files_of_other_kinds()
    return Plan(tuple(maker.planned))


class _Maker:
    """Adds one document after the other; its place in the inbox tells which came first."""

    def __init__(self, firm: Firm) -> None:
        self.planned: list[PlannedDocument] = []
        self._firm = firm
        self._chance = Random(f"{firm.seed}/documents")
        self._ledger = Ledger(self._chance)
        self._belgian = [
            client
            for client in firm.clients
            if client.business.country == "BE" and client.destination.answers
        ]
        self._chance.shuffle(self._belgian)
        self._bare = [client for client in self._belgian if client.destination.bare_xml]
        # What can be sent again: a purchase, whose it is, and the PDF that was in it.
        self._sent: list[tuple[Invoice, SampleClient, bytes]] = []

    # --- groups of documents ---------------------------------------------------------------------

    def everyday_invoices(self) -> None:
        """A purchase for everybody, a sale for all whose server answers, two credit notes."""
        for at, client in enumerate(self._firm.clients):
            invoice = self._purchase(client)
            pdf = invoice_pdf(invoice) if at % 2 == 0 else _wanted_pdf(invoice, client)
            self._add_ubl(N_("A Peppol invoice from a supplier"), invoice, client, pdf=pdf)
            if client.destination.answers:
                self._sent.append((invoice, client, pdf))
        for client in self._firm.clients:
            if client.destination.answers:
                self._add_ubl(N_("A Peppol invoice to a customer"), self._sale(client), client)
        buyer, seller = self._chance.sample(self._belgian, 2)
        credit = self._ledger.credit_note(self._purchase(buyer))
        self._add_ubl(N_("A credit note from a supplier"), credit, buyer)
        credit = self._ledger.credit_note(self._sale(seller))
        self._add_ubl(N_("A credit note to a customer"), credit, seller)

    def other_profiles(self) -> None:
        """They have to carry their PDF."""
        first, second, third, fourth = self._belgian[:4]
        credit = self._ledger.credit_note(self._purchase(third))
        e_fff, ubl_be = Profile.E_FFF_3, Profile.UBL_BE
        for story, invoice, client, profile in (
            (N_("An e-FFF 3.0 invoice"), self._purchase(first), first, e_fff),
            (N_("An e-FFF 3.0 invoice"), self._purchase(second), second, e_fff),
            (N_("An e-FFF 3.0 credit note"), credit, third, e_fff),
            (N_("A UBL.BE invoice to a customer"), self._sale(fourth), fourth, ubl_be),
        ):
            self._add_ubl(story, invoice, client, profile, pdf=invoice_pdf(invoice))

    def statements(self) -> None:
        """One file for three Belgian clients, one each for the others, the Dutch formats."""
        *alone, first, second, third = (c for c in self._belgian if c.destination.statements)
        for client in alone:
            content = coda([self._statement(client)])
            self._add_statement(N_("A CODA statement"), "coda.cod", content, client)
        together = first, second, third
        content = coda(self._statement(client) for client in together)
        pieces = zip(together, blocks(content), strict=True)
        expected = [_delivered(_STATEMENT, piece, client) for client, piece in pieces]
        story = N_("One CODA file with the statements of three clients")
        self._add("coda-of-three.cod", content, story, *expected)
        one, other = (c for c in self._firm.clients if c.business.country == "NL")
        content = mt940(self._statement(one))
        self._add_statement(N_("An MT940 statement"), "mt940.sta", content, one)
        content = document(camt053(self._statement(other)))
        self._add_statement(N_("A camt.053 statement"), "camt.xml", content, other)

    def between_clients(self) -> None:
        seller, buyer = self._chance.sample(self._bare, 2)
        invoice = self._ledger.invoice(seller.business, buyer.business)
        content = document(ubl(invoice, Profile.PEPPOL_BIS_3))
        self._add(
            f"{_stem(invoice)}.xml",
            content,
            N_("An invoice between two clients: a sale and a purchase"),
            _delivered(DocumentKind.INVOICE, content, seller, _SALE),
            _delivered(DocumentKind.INVOICE, content, buyer, _PURCHASE),
        )

    def twice(self) -> None:
        """The first of each pair is one of the everyday purchases."""
        same, resent = self._chance.sample(self._sent, 2)
        story = N_("The same file once more")
        self._add_duplicate(story, same, indent="  ", newline="\n")
        story = N_("The same invoice sent again, with other white space")
        self._add_duplicate(story, resent, indent="\t", newline="\r\n")

    def nobodys(self) -> None:
        supplier = self._chance.choice(self._firm.suppliers)
        customer = self._partner(supplier, self._firm.customers)
        invoice = self._ledger.invoice(supplier, customer)
        content = document(ubl(invoice, Profile.PEPPOL_BIS_3))
        expected = Expected(Result.UNASSIGNED, DocumentKind.INVOICE, content)
        story = N_("An invoice that belongs to none of the clients")
        self._add(f"{_stem(invoice)}.xml", content, story, expected)

    def bad(self) -> None:
        """One made to do harm, one broken: the seed says how, and whose they would have been."""
        victim, other = self._chance.sample(self._belgian, 2)
        invoice, statement = self._purchase(other), self._statement(other)
        for bad in (
            self._chance.choice(hostile.MALICIOUS)(self._purchase(victim)),
            self._chance.choice(hostile.BROKEN)(invoice, statement),
        ):
            expected = Expected(
                Result.HELD, DocumentKind.OTHER, bad.content, reason=bad.reason.value
            )
            self._add(bad.name, bad.content, bad.story, expected)

    def files_of_other_kinds(self) -> None:
        """A Factur-X PDF, a zip, and a scan that only its folder tells about."""
        zipped = self._chance.sample(self._bare, 2)
        others = [c for c in self._belgian if c.destination.pdf and c not in zipped]
        hybrid, scanned = self._chance.sample(others, 2)
        invoice = self._purchase(hybrid)
        content = invoice_pdf(invoice, (NAME, document(cii(invoice))))
        expected = _delivered(DocumentKind.INVOICE, content, hybrid, _PURCHASE)
        story = N_("A Factur-X invoice: a PDF with the data inside")
        self._add(f"{_stem(invoice)}.pdf", content, story, expected)
        self._add_zip(zipped)
        invoice = self._purchase(scanned)
        content = invoice_pdf(invoice)
        folder = f"{SCANS}/{scanned.file_number}/{_PURCHASES[scanned.business.language]}"
        expected = _delivered(DocumentKind.INVOICE, content, scanned, _PURCHASE)
        story = N_("A PDF in the folder of its client")
        path = f"{folder}/{_stem(invoice)}.pdf"
        self.planned.append(PlannedDocument(path, content, story, (expected,)))

    # --- one document ----------------------------------------------------------------------------

    def _add(self, name: str, content: bytes, story: str, *expected: Expected) -> None:
        path = f"{INBOX}/{len(self.planned) + 1:02}-{name}"
        self.planned.append(PlannedDocument(path, content, story, expected))

    def _add_ubl(
        self,
        story: str,
        invoice: Invoice,
        client: SampleClient,
        profile: Profile = Profile.PEPPOL_BIS_3,
        *,
        pdf: bytes = b"",
    ) -> None:
        content = document(ubl(invoice, profile, pdf or _wanted_pdf(invoice, client)))
        direction = _SALE if invoice.supplier == client.business else _PURCHASE
        kind = DocumentKind.CREDIT_NOTE if invoice.corrects else DocumentKind.INVOICE
        expected = _delivered(kind, content, client, direction)
        if not client.destination.answers:
            expected = replace(expected, result=Result.WAITING)
        self._add(f"{_stem(invoice)}.xml", content, story, expected)

    def _add_statement(self, story: str, name: str, content: bytes, client: SampleClient) -> None:
        self._add(name, content, story, _delivered(_STATEMENT, content, client))

    def _add_duplicate(
        self, story: str, sent: tuple[Invoice, SampleClient, bytes], *, indent: str, newline: str
    ) -> None:
        invoice, client, pdf = sent
        content = document(ubl(invoice, Profile.PEPPOL_BIS_3, pdf), indent, newline)
        expected = _delivered(DocumentKind.INVOICE, content, client, _PURCHASE)
        expected = replace(expected, result=Result.DUPLICATE)
        self._add(f"{_stem(invoice)}-again.xml", content, story, expected)

    def _add_zip(self, clients: list[SampleClient]) -> None:
        members, expected = {}, []
        for client in clients:
            invoice = self._purchase(client)
            content = document(ubl(invoice, Profile.PEPPOL_BIS_3))
            name = f"{_stem(invoice)}.xml"
            members[name] = content
            one = _delivered(DocumentKind.INVOICE, content, client, _PURCHASE)
            expected.append(replace(one, member=name))
        story = N_("A zip file with two invoices")
        self._add("archive.zip", hostile.zipped(members), story, *expected)

    # --- what they are made of -------------------------------------------------------------------

    def _purchase(self, client: SampleClient) -> Invoice:
        supplier = self._partner(client.business, self._firm.suppliers)
        return self._ledger.invoice(supplier, client.business)

    def _sale(self, client: SampleClient) -> Invoice:
        customer = self._partner(client.business, self._firm.customers)
        return self._ledger.invoice(client.business, customer)

    def _statement(self, client: SampleClient) -> BankStatement:
        others = self._firm.suppliers + self._firm.customers
        return make_statement(self._chance, client.business, others)

    def _partner(self, business: Business, others: tuple[Business, ...]) -> Business:
        """In the same country: VAT across the border has rules of its own."""
        return self._chance.choice([one for one in others if one.country == business.country])


def _delivered(
    kind: DocumentKind, content: bytes, client: SampleClient, direction: Direction | None = None
) -> Expected:
    return Expected(Result.DELIVERED, kind, content, client, direction)


def _wanted_pdf(invoice: Invoice, client: SampleClient) -> bytes:
    """Inside the XML, for a package that takes none without; else empty."""
    return b"" if client.destination.bare_xml else invoice_pdf(invoice)


def _stem(invoice: Invoice) -> str:
    """Two suppliers may use one number, so the supplier's own number is in the name."""
    return f"{invoice.supplier.number}-{invoice.number.replace('/', '-')}"
