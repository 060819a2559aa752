"""The way by mail, for every connector that takes it: the frozen mail and the session.

Once the mail server has the whole mail, nobody can be asked whether it took it: between the final
dot and the answer the outcome is unknown (RFC 1047), and a repeat carries the same Message-ID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from ledgerdesk.connectors._mail_line import MailLine
from ledgerdesk.connectors._mail_message import (
    Envelope,
    ascii_address,
    ascii_domain,
    build,
    one_line,
)
from ledgerdesk.connectors._mail_profile import ANY, RULES, MailProfile, check, profile, ruled
from ledgerdesk.connectors.base import Context, Session, TargetRequest
from ledgerdesk.errors import (
    AddressMissing,
    AddressUnusable,
    ConnectionTrouble,
    ContentGone,
    DocumentTooLarge,
    InvalidValue,
    OutcomeUnknown,
    RateLimited,
    ServerTrouble,
    SignInError,
    TimedOut,
)
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Assurance, Check, Evidence, Found, Parcel, Probe, Stage, Target
from ledgerdesk.net.smtp import Mailer
from ledgerdesk.net.smtp_line import Reply

DEFAULT_SUBJECT = "[enterprise_name] - [invoice_type] [document_number]"
FINAL_REPLY_TIMEOUT = 600.0
"""Seconds to wait for the answer to a whole mail (RFC 5321 §4.5.3.2.6). Less makes doubles."""

_PIECE = 64 * 1024
# A mail carries 57 bytes of a document in a line of 78.
_BYTES_PER_LINE, _LINE = 57, 78


def mail_target(request: TargetRequest, field: str, kind: str, rules: MailProfile = ANY) -> Target:
    """The mail to the address in the value ``field``; ``kind`` names what goes there, ``rules`` are
    the receiving package's.

    Raises AddressMissing, AddressUnusable, EmptyVariable or BadTemplate.
    """
    from email.utils import format_datetime

    domain = request.values.get("mail_from_address", "").rpartition("@")[2]
    subject = request.naming.text(request.values.get("subject") or DEFAULT_SUBJECT)
    extra = {
        "subject": one_line(subject),
        "date": format_datetime(request.at.astimezone(UTC)),
        "message_id": f"<{request.delivery_id}@{ascii_domain(domain) or 'ledgerdesk.invalid'}>",
        "boundary": f"ledgerdesk-{request.delivery_id}",
    }
    target = Target(_recipient(request, field, kind), request.naming.file_name(), extra)
    return ruled(target, request, rules)


class MailSession(Session):
    """One line to the firm's mail server, for all mails of a run."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._line = MailLine(context)
        self._login = self._line.login
        self._sender = _sender(context)
        self._mailer: Mailer | None = None
        self._refused: SignInError | None = None

    def verify(self) -> Iterator[Check]:
        """Signs in and asks whether the sender may be used; sends nothing.

        Raises CertificateUntrusted, StarttlsMissing, ServerTooOld, CredentialsRejected,
        SignInMethodRefused, SenderRefused or ConnectionTrouble.
        """
        login = self._login
        line, features = self._line.reach()
        try:
            yield Check(N_("The server answers"), True, f"{login.host}:{login.port}")
            shown = line.encryption or translate(N_("not needed on this computer"))
            yield Check(N_("The line is encrypted"), True, shown)
            mailer = self._line.sign_in(line, features)
            line = mailer.line
            yield Check(N_("Signed in"), True, login.username)
            mailer.try_sender(self._sender)
            yield Check(N_("The sender is accepted"), True, self._sender)
            receiver = profile(self.context.values.get("receiver", ""))
            if receiver.knows_senders:
                told = translate(
                    N_("{package} only takes mail from {sender} once you add it there.")
                )
                name = translate(receiver.label)
                detail = told.format(package=name, sender=self._sender)
                yield Check(N_("Make your address known to the package"), True, detail)
        finally:
            line.close()

    def send_one(self, parcel: Parcel) -> Evidence:
        """Raises what the mail server refuses, ContentGone, OutcomeUnknown or Cancelled."""
        body = parcel.open()
        if hashlib.sha256(body).hexdigest() != parcel.sha256:
            raise ContentGone()
        check(parcel, body)
        mail = build(self._envelope(parcel), parcel.target.name, body)
        self.context.mail_budget.spend()
        mailer = self._begun(parcel, mail)
        try:
            self._write(mailer, mail)
            mailer.check_still_waiting()
            self.context.stages.reached(parcel.delivery_id, Stage.PUBLISHING)
        except BaseException:
            mailer.abort()
            raise
        failpoint("email.publishing_committed")
        reply = self._ended(mailer, len(mail))
        failpoint("email.published")
        return self._evidence(parcel, len(mail), reply)

    def probe(self, parcel: Parcel) -> Probe:
        """Without reading the mailbox there, only what was certainly not sent can be told."""
        if parcel.stage is Stage.PUBLISHING:
            return Probe(Found.CANNOT_TELL)
        return Probe(Found.ABSENT)

    def close(self) -> None:
        mailer, self._mailer = self._mailer, None
        if mailer is not None:
            mailer.close()

    # --- the steps ---------------------------------------------------------------------------

    def _ready(self) -> Mailer:
        """The signed-in line. A refusal is final: the next document must not be the next guess."""
        if self._refused is not None:
            raise self._refused
        if self._mailer is None or not self._mailer.line.is_open:
            try:
                self._mailer = self._line.sign_in(*self._line.reach())
            except SignInError as error:
                self._refused = error
                raise
        return self._mailer

    def _begun(self, parcel: Parcel, mail: bytes) -> Mailer:
        """Up to the point where the server waits for the mail; over a new line when the old one
        was closed meanwhile, as servers do with idle ones."""
        is_reused = self._mailer is not None and self._mailer.line.is_open
        mailer = self._ready()
        failpoint("email.connected")
        try:
            self._begin(mailer, parcel, mail)
        except (RateLimited, TimedOut):
            raise
        except ConnectionTrouble:
            if not is_reused or mailer.line.is_open:
                raise
            mailer = self._ready()
            self._begin(mailer, parcel, mail)
        return mailer

    def _begin(self, mailer: Mailer, parcel: Parcel, mail: bytes) -> None:
        excess = len(mail) - mailer.size_limit
        if mailer.size_limit and excess > 0:
            room = max(0, parcel.size - (excess // _LINE + 2) * _BYTES_PER_LINE)
            raise DocumentTooLarge(size=parcel.size, limit=room)
        mailer.begin(self._sender, parcel.target.place, len(mail), envelope_id=parcel.delivery_id)

    def _write(self, mailer: Mailer, mail: bytes) -> None:
        half = len(mail) // 2
        for part, place in ((mail[:half], "half_body"), (mail[half:], "body_sent")):
            for at in range(0, len(part), _PIECE):
                self.context.cancel.raise_if_cancelled()
                mailer.write(part[at : at + _PIECE])
            failpoint(f"email.{place}")

    def _ended(self, mailer: Mailer, size: int) -> Reply:
        """From here on, no answer means that nobody knows. Raises OutcomeUnknown and refusals."""
        try:
            mailer.end()
            failpoint("email.end_of_data")
            return mailer.verdict(size, max(self.context.read_timeout, FINAL_REPLY_TIMEOUT))
        except (ServerTrouble, RateLimited):
            raise
        except ConnectionTrouble as error:
            reason = error.params.get("reason") or translate(N_("no answer came"))
            raise OutcomeUnknown(reason=reason) from error

    def _envelope(self, parcel: Parcel) -> Envelope:
        extra = parcel.target.extra
        return Envelope(
            sender=self._sender,
            recipient=parcel.target.place,
            subject=extra["subject"],
            date=extra["date"],
            message_id=extra["message_id"],
            boundary=extra["boundary"],
            delivery_id=parcel.delivery_id,
        )

    def _evidence(self, parcel: Parcel, size: int, reply: Reply) -> Evidence:
        message_id = parcel.target.extra["message_id"]
        facts: dict[str, Any] = {
            "server": f"{self._login.host}:{self._login.port}",
            "answer": reply.text,
            "message_id": message_id,
            "sender": self._sender,
            "recipients": [parcel.target.place],
            "mail_size": size,
            "size": parcel.size,
            "sha256": parcel.sha256,
            "answers_read": self.context.values.get("mail_answers") == "read",
        }
        if profile(parcel.target.extra.get(RULES, "")).knows_senders:
            facts["sender_must_be_known"] = self._sender
        return Evidence(Assurance.BLIND, message_id, facts)


# --- values ---------------------------------------------------------------------------------------


def _recipient(request: TargetRequest, field: str, kind: str) -> str:
    template = request.values.get(field, "").strip()
    if not template:
        raise AddressMissing(field=field, kind=translate(kind), client=request.client_name)
    expanded = request.naming.text(template)
    address = ascii_address(expanded)
    if not address:
        raise AddressUnusable(field=field, address=expanded, client=request.client_name)
    return address


def _sender(context: Context) -> str:
    given = context.values.get("mail_from_address", "")
    address = ascii_address(given)
    if not address:
        hint = translate(N_("Give one e-mail address."))
        name = translate(N_("Sender"))
        raise InvalidValue(field="from_address", value=given, name=name, hint=hint)
    return address
