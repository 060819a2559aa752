"""A real IMAP server on loopback: Dovecot with a folder of its own.

``Dovecot()`` takes one password for everybody; with ``introspection`` (an address) it takes
XOAUTH2 tokens that address vouches for, and nothing else. Mails are laid into its maildirs as
files, and looked at there: nothing of that goes through IMAP.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom

from ledgerdesk.practice.authority import Authority
from tests.helpers.smtp import SmtpServer

HOST = "127.0.0.1"
USER, PASSWORD = "docs@office.example", SmtpServer.password
"""One password for sending and reading, as providers have it."""


class Unavailable(Exception):
    """No Dovecot on this machine."""


_CONFIGURATION = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = {host}
default_internal_user = dovecot
default_login_user = dovecot
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 0
mail_location = maildir:{folder}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
auth_failure_delay = 0
auth_mechanisms = {mechanisms}
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Junk {{
    special_use = \\Junk
  }}
}}
{passdb}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""
_OAUTH = """
introspection_mode = auth
introspection_url = {url}
username_attribute = email
active_attribute = active
active_value = true
timeout_msecs = 5000
"""


class Dovecot:
    """``port`` offers STARTTLS, ``tls_port`` is encrypted from the start."""

    def __init__(self, *, introspection: str = "", capability: str = "") -> None:
        binary = shutil.which("dovecot", path=_path())
        if binary is None:
            raise Unavailable("dovecot is not installed (Debian: dovecot-imapd)")
        if os.geteuid() != 0:
            raise Unavailable("only root can run dovecot with a folder of its own")
        # Not below pytest's folders: they are closed to everybody else, Dovecot's own user too.
        self.folder = folder = Path(tempfile.mkdtemp(prefix="ledgerdesk-dovecot-"))
        folder.chmod(0o755)
        self._owner = pwd.getpwnam("dovecot")
        self.port, self.tls_port = _free_port(), _free_port()
        authority = Authority()
        authority.server_context(folder, HOST, "localhost")
        self.ca_pem = authority.ca_pem
        configuration = self._written(introspection, capability)
        command = [binary, "-F", "-c", str(configuration)]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
        self._wait_until_it_listens()

    def reset(self) -> None:
        """Nobody has any mail."""
        for root in (self.folder / "mail").iterdir():
            shutil.rmtree(root)
        self.maildir(USER, "INBOX")

    # --- mails, as files ------------------------------------------------------------------------

    def deliver(
        self, content: bytes, *, at: datetime | None = None, user: str = USER, folder: str = "INBOX"
    ) -> Path:
        """A mail as the provider's own delivery lays it there: unread, without any flag."""
        place = self.maildir(user, folder)
        arrived = at or datetime.now(UTC)
        name = f"{arrived.timestamp():.6f}.{SystemRandom().randrange(10**12)}.here:2,"
        path = place / "cur" / name
        path.write_bytes(content)
        os.utime(path, (arrived.timestamp(), arrived.timestamp()))
        os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
        return path

    def files(self, folder: str = "INBOX", user: str = USER) -> dict[str, bytes]:
        """Every mail there now: its file's name (flags stand in it) and its bytes."""
        place = self.maildir(user, folder)
        return {
            path.name: path.read_bytes()
            for sub in ("cur", "new")
            for path in sorted((place / sub).iterdir())
        }

    def rebuild(self, folder: str = "INBOX", user: str = USER) -> None:
        """As a provider that moves or repairs a mailbox does: the same mails, new numbers."""
        place = self.maildir(user, folder)
        for kept in place.glob("dovecot*"):
            if kept.is_file() and not kept.name.startswith("dovecot-uidvalidity"):
                kept.unlink()
        for number, path in enumerate(sorted((place / "cur").iterdir(), reverse=True)):
            moment = path.stat().st_mtime
            path.rename(path.with_name(f"{moment:.0f}.rebuilt{number}.here:2,"))

    def own(self, path: Path) -> None:
        """Dovecot's user must be able to touch what it serves."""
        os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def until_logged(self, text: str, times: int) -> None:
        """Its log comes after its answers."""
        deadline = time.monotonic() + 10
        while self.log().count(text) < times:
            assert time.monotonic() < deadline, self.log()[-500:]
            time.sleep(0.02)

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- how ------------------------------------------------------------------------------------

    def maildir(self, user: str = USER, folder: str = "INBOX") -> Path:
        """Where the mails of that folder lie; it is made where it is missing."""
        root = self.folder / "mail" / user
        place = root if folder == "INBOX" else root / f".{folder.replace('/', '.')}"
        for part in (root, place, *(place / sub for sub in ("cur", "new", "tmp"))):
            if not part.exists():
                part.mkdir()
                os.chown(part, self._owner.pw_uid, self._owner.pw_gid)
        return place

    def _written(self, introspection: str, capability: str) -> Path:
        (self.folder / "mail").mkdir(exist_ok=True)
        os.chown(self.folder / "mail", self._owner.pw_uid, self._owner.pw_gid)
        if introspection:
            oauth = self.folder / "oauth2.conf.ext"
            oauth.write_text(_OAUTH.format(url=introspection))
            passdb = f"passdb {{\n driver = oauth2\n mechanisms = xoauth2\n args = {oauth}\n}}"
        else:
            passdb = f"passdb {{\n driver = static\n args = password={PASSWORD}\n}}"
        if capability:
            passdb += f"\nprotocol imap {{\n imap_capability = {capability}\n}}"
        path = self.folder / "dovecot.conf"
        path.write_text(
            _CONFIGURATION.format(
                folder=self.folder,
                host=HOST,
                group=grp.getgrgid(self._owner.pw_gid).gr_name,
                uid=self._owner.pw_uid,
                gid=self._owner.pw_gid,
                mechanisms="xoauth2" if introspection else "plain login",
                port=self.port,
                tls_port=self.tls_port,
                passdb=passdb,
            )
        )
        return path

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), 5) as s:
                if s.recv(4) == b"* OK":
                    return
            time.sleep(0.02)
        raise Unavailable(f"dovecot does not listen: {self.log()[-500:]}")


def _path() -> str:
    return os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def _free_port() -> int:
    """Below the range outgoing connections use."""
    while True:
        port = SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port
