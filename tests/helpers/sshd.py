"""A real OpenSSH server on loopback, with a user, keys and disks of its own.

It needs root: password sign-in needs a system user, and a full disk has to be mounted. Both are
made for one server and removed with it; what a killed test run left behind, the next one removes.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import os
import pwd
import random
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_USER_PREFIX = "ldtest-"
_DISK_BYTES = 256 * 1024
_serial = itertools.count(1)

_CONFIGURATION = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
AllowUsers {user}
UsePAM no
PasswordAuthentication yes
KbdInteractiveAuthentication no
StrictModes no
UseDNS no
LogLevel VERBOSE
MaxStartups 500:30:1000
MaxSessions 100
Subsystem sftp internal-sftp
ForceCommand internal-sftp
"""
# Newer servers ban an address after wrong passwords; older ones do not know the word.
_NO_BANS = "PerSourcePenalties no\n"


class Unavailable(Exception):
    """This machine cannot run the server; the text says why."""


class Sshd:
    """``host port username password private_key fingerprint`` are what a client needs.

    ``home`` is the server's own disk: what a test reads there is what really arrived. A client
    starts in it. ``read_only`` and ``full_disk`` are folders that appear in it when asked for.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        self._binary = _binary()
        _remove_leftovers()
        self.username = f"{_USER_PREFIX}{os.getpid()}-{next(_serial)}"
        self.password = secrets.token_urlsafe(12)
        self.folder = Path(tempfile.mkdtemp(prefix="ledgerdesk-sshd-"))
        self.folder.chmod(0o755)
        self.home = self.folder / "home"
        self.port = 0
        self._log = self.folder / "log"
        self._log_seen = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._mounted = False
        try:
            self._make_user()
            self.private_key, public = _new_key()
            (self.folder / "authorized_keys").write_text(public)
            self.fingerprint = self._new_host_key()
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Listens again; the port stays what it was the first time."""
        port_is_fixed = bool(self.port)
        for _ in range(20):
            port = self.port if port_is_fixed else _free_port()
            if self._try_start(port):
                self.port = port
                return
            time.sleep(0.1)
        raise Unavailable(f"sshd does not start: {self._log.read_text()[-500:]}")

    def stop(self) -> None:
        """Ends the server and every session, as when the machine goes down."""
        if self._process is None:
            return
        self.drop_connections()
        self._process.kill()
        self._process.wait()
        self._process = None

    def drop_connections(self) -> None:
        """Cuts the sessions that are open; the server goes on listening."""
        if self._process is not None:
            for process in _descendants(self._process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, 9)

    def close(self) -> None:
        """Removes all that was made: processes, disk, user, folder."""
        self.stop()
        self._unmount()
        _run("userdel", "--force", self.username)
        shutil.rmtree(self.folder, ignore_errors=True)

    def reset(self) -> None:
        """A running server, an empty home and an empty log, for the next test."""
        if self._process is None:
            self.start()
        self.drop_connections()
        self._unmount()
        for path in self.home.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        self._log_seen = self._log.stat().st_size

    def log(self) -> str:
        """What the server wrote since the last reset."""
        return self._log_since(self._log_seen)

    def _log_since(self, seen: int) -> str:
        # Bytes: sshd ends its lines with CR LF, and ``seen`` is a size on disk.
        return self._log.read_bytes()[seen:].decode(errors="replace").replace("\r\n", "\n")

    def sign_in_attempts(self) -> int:
        """How often a client offered a password or a key, right or wrong, since the last reset.

        sshd writes its log behind its answers: this waits until every connection of the log was
        let in or has ended, so that nothing on its way to the log is missed.
        """
        deadline = time.monotonic() + 5
        while not all(map(_is_settled, self._connections())) and time.monotonic() < deadline:
            time.sleep(0.01)
        return sum(map(_offers, self._connections()))

    def _connections(self) -> list[str]:
        """The lines of the log, one text per connection: a client's port is its name."""
        lines: dict[str, list[str]] = {}
        for line in self.log().splitlines():
            port = re.search(r" port (\d+)", line)
            if port is None or line.startswith("Server listening"):
                continue
            if line.startswith("Connection from"):
                lines[port[1]] = []
            lines.get(port[1], []).append(line)
        return ["\n".join(one) for one in lines.values()]

    def swap_host_key(self) -> str:
        """Comes back on the same port with another host key; hands back its fingerprint."""
        self.stop()
        self.fingerprint = self._new_host_key()
        self.start()
        return self.fingerprint

    @property
    def read_only(self) -> Path:
        """A folder the user may read and not write; clients call it ``read-only``."""
        path = self.home / "read-only"
        path.mkdir(exist_ok=True)
        return path

    @property
    def full_disk(self) -> Path:
        """A folder on a disk of its own that has no byte left. Raises Unavailable."""
        path = self.home / "full-disk"
        if not self._mounted:
            path.mkdir(exist_ok=True)
            options = f"size={_DISK_BYTES},mode=0755,uid={pwd.getpwnam(self.username).pw_uid}"
            done = _run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path))
            if done.returncode != 0:
                raise Unavailable(f"no disk can be mounted: {done.stderr.strip()}")
            self._mounted = True
            (path / ".filler").write_bytes(bytes(_DISK_BYTES))
        return path

    def free_disk(self) -> None:
        """Somebody makes room: the full disk has 256 KiB again."""
        (self.full_disk / ".filler").unlink()

    def _unmount(self) -> None:
        if self._mounted:
            _run("umount", "--lazy", str(self.home / "full-disk"))
            self._mounted = False

    def _make_user(self) -> None:
        self.home.mkdir()
        nologin = shutil.which("nologin", path=_path()) or "/bin/false"
        options = ("--no-create-home", "--gid", "nogroup", "--shell", nologin)
        made = _run("useradd", *options, "--home-dir", str(self.home), self.username)
        if made.returncode != 0:
            raise Unavailable(f"no user can be made: {made.stderr.strip()}")
        # Straight into the shadow file: PAM's rules on passwords are the machine's, not ours.
        line = f"{self.username}:{self.password}\n"
        _run("chpasswd", "--crypt-method", "SHA512", given=line).check_returncode()
        os.chown(self.home, pwd.getpwnam(self.username).pw_uid, -1)

    def _new_host_key(self) -> str:
        private, public = _new_key()
        path = self.folder / "host_key"
        path.write_text(private)
        path.chmod(0o600)
        digest = hashlib.sha256(base64.b64decode(public.split()[1])).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def _try_start(self, port: int) -> bool:
        Path("/run/sshd").mkdir(exist_ok=True)
        configuration = self.folder / "sshd_config"
        text = _CONFIGURATION.format(port=port, folder=self.folder, user=self.username)
        configuration.write_text(text + _NO_BANS)
        if _run(self._binary, "-t", "-f", str(configuration)).returncode != 0:
            configuration.write_text(text)
        seen = self._log.stat().st_size if self._log.exists() else 0
        command = [self._binary, "-D", "-f", str(configuration), "-E", str(self._log)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        # Its own word that it listens, so that no connection of ours stands in its log.
        listening = f"Server listening on 127.0.0.1 port {port}."
        deadline = time.monotonic() + 10
        while self._process.poll() is None:
            if self._log.exists() and listening in self._log_since(seen):
                return True
            if time.monotonic() > deadline:
                raise Unavailable("sshd runs, and does not listen")
            time.sleep(0.01)
        self._process = None
        return False


def _binary() -> str:
    binary = shutil.which("sshd", path=_path())
    if binary is None:
        raise Unavailable("sshd is not installed (Debian: openssh-server)")
    if os.geteuid() != 0:
        raise Unavailable("only root can run sshd with a user of its own")
    return binary


def _path() -> str:
    return os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def _run(*command: str, given: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": _path()}
    return subprocess.run(command, input=given, capture_output=True, text=True, env=environment)


def _new_key() -> tuple[str, str]:
    """A private key and its line for authorized_keys, both as OpenSSH writes them."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return private.decode(), public.decode() + "\n"


def _free_port() -> int:
    """Below the range outgoing connections use: the port is still ours after stop and start."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _offers(connection: str) -> int:
    """Proofs offered in one connection. One that ends without a verdict had offered one, too."""
    verdicts = re.findall(r"^(?:Accepted|Failed|Postponed) \S+ for ", connection, re.MULTILINE)
    given_up = re.search(r"^Connection (closed|reset) by authenticating", connection, re.MULTILINE)
    return len(verdicts) or int(given_up is not None)


def _is_settled(connection: str) -> bool:
    ends = r"^(Accepted|Connection (closed|reset)|Disconnect|Unable to negotiate)"
    return bool(re.search(ends, connection, re.MULTILINE))


def _descendants(parent: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # After the name in brackets, which may hold anything: state, then the parent's id.
            above = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(above, []).append(int(stat.parent.name))
    found = [parent]
    for process in found:
        found += children.get(process, [])
    return found[1:]


def _remove_leftovers() -> None:
    for user in pwd.getpwall():
        owner = user.pw_name.removeprefix(_USER_PREFIX).partition("-")[0]
        if not user.pw_name.startswith(_USER_PREFIX) or Path("/proc", owner).exists():
            continue
        _run("umount", "--lazy", f"{user.pw_dir}/full-disk")
        _run("userdel", "--force", user.pw_name)
        shutil.rmtree(Path(user.pw_dir).parent, ignore_errors=True)
