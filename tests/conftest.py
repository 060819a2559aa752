"""What every test can rely on: a clean environment, no way out of this machine, no stray log.

Fixtures for tests: ``data_dir``, ``seed``, ``allow_log``; servers: ``sshd``, ``smtp_server``,
``make_smtp``; key stores: ``memory_keyring``, ``secret_service``. A server that cannot run on this
machine skips the test and says why.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import os
import random
import socket
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import hypothesis
import pytest

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

    from ledgerdesk.practice.vendors.clearfacts import ClearFactsServer
    from ledgerdesk.practice.vendors.dropbox import DropboxServer
    from ledgerdesk.practice.vendors.exact_online import ExactOnlineServer
    from ledgerdesk.practice.vendors.octopus import OctopusServer
    from ledgerdesk.practice.vendors.onea import OneaServer
    from ledgerdesk.practice.vendors.rest_profile import RestProfileServer
    from ledgerdesk.practice.vendors.yuki import YukiServer
    from ledgerdesk.practice.vendors.zenvoices import ZenvoicesServer
    from tests.helpers.dovecot import Dovecot
    from tests.helpers.keyring import MemoryKeyring
    from tests.helpers.smtp import SmtpProcess, SmtpServer
    from tests.helpers.sshd import Sshd

_SEED = pytest.StashKey[int]()
_ALLOWED_LOGGERS = pytest.StashKey[list[str]]()
_PRIVATE_KEYRING = bool(os.environ.get("LEDGERDESK_PRIVATE_KEYRING"))

# Chosen before Qt is loaded by anybody.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Two loaded cores make any deadline a coin toss; what is slow is measured in benchmarks/.
hypothesis.settings.register_profile("ledgerdesk", deadline=None, print_blob=True)
hypothesis.settings.load_profile("ledgerdesk")


def pytest_configure(config: pytest.Config) -> None:
    # In the environment, so that the workers of xdist start from the same one.
    os.environ.setdefault("LEDGERDESK_SEED", str(random.SystemRandom().randrange(2**32)))
    config.stash[_SEED] = int(os.environ["LEDGERDESK_SEED"])
    _network.close()


def pytest_unconfigure(config: pytest.Config) -> None:
    _network.open()


def pytest_report_header(config: pytest.Config) -> list[str]:
    keys = "the real Secret Service, private" if _PRIVATE_KEYRING else "none (run `make test`)"
    return [f"seed: LEDGERDESK_SEED={config.stash[_SEED]}", f"key store: {keys}"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and "seed" in getattr(item, "fixturenames", ()):
        report.sections.append(("seed", f"LEDGERDESK_SEED={item.config.stash[_SEED]}"))
    return report


# --- nothing unexpected is logged, nobody leaves this machine -----------------------------------

# They log at WARNING or above what they also raise, or what our own servers do on purpose.
_NOT_OURS = ("paramiko", "urllib3.connectionpool", "mail.log")


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def _belongs(logger: str, parents: list[str] | tuple[str, ...]) -> bool:
    return any(parent in ("", logger) or logger.startswith(parent + ".") for parent in parents)


@contextlib.contextmanager
def _watched(item: pytest.Item) -> Iterator[None]:
    """Fails the test when something was logged, or looked up, that it does not expect."""
    collector = _Collector()
    root = logging.getLogger()
    root.addHandler(collector)
    _network.asked.clear()
    try:
        yield
    finally:
        root.removeHandler(collector)
    allowed = item.stash.setdefault(_ALLOWED_LOGGERS, [])
    for marker in item.iter_markers("allow_log"):
        allowed += marker.args or [""]
    stray = [r for r in collector.records if not _belongs(r.name, (*_NOT_OURS, *allowed))]
    if stray:
        lines = "\n".join(f"{r.levelname} {r.name}: {r.getMessage()}" for r in stray)
        pytest.fail(f"logged unexpectedly (allow_log allows it):\n{lines}", pytrace=False)
    if _network.asked and item.get_closest_marker("allow_network_names") is None:
        names = ", ".join(sorted(set(_network.asked)))
        pytest.fail(f"tried to leave this machine: {names}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    with _watched(item):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    with _watched(item):
        yield


class _Network:
    """Lets sockets reach this machine only. Processes that a test starts are not covered."""

    # Reserved by RFC 2606 and RFC 6761: asking for them is how a test says "does not resolve".
    _RESERVED = (".invalid", ".test", ".example", "example.com", "example.org", "example.net")

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._connect = socket.socket.connect
        self._connect_ex = socket.socket.connect_ex
        self._getaddrinfo = socket.getaddrinfo

    def close(self) -> None:
        def connect(sock: socket.socket, address: Any) -> None:
            self._check(sock, address)
            self._connect(sock, address)

        def connect_ex(sock: socket.socket, address: Any) -> int:
            self._check(sock, address)
            return self._connect_ex(sock, address)

        def getaddrinfo(host: Any, *arguments: Any, **more: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            if name and not _is_address(name) and name not in ("localhost", socket.gethostname()):
                if not name.rstrip(".").endswith(self._RESERVED):
                    self.asked.append(name)
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return self._getaddrinfo(host, *arguments, **more)

        socket.socket.connect = connect  # type: ignore[method-assign,assignment]
        socket.socket.connect_ex = connect_ex  # type: ignore[method-assign,assignment]
        socket.getaddrinfo = getaddrinfo

    def open(self) -> None:
        socket.socket.connect = self._connect  # type: ignore[method-assign]
        socket.socket.connect_ex = self._connect_ex  # type: ignore[method-assign]
        socket.getaddrinfo = self._getaddrinfo

    def _check(self, sock: socket.socket, address: Any) -> None:
        if sock.family not in (socket.AF_INET, socket.AF_INET6) or _is_here(str(address[0])):
            return
        self.asked.append(str(address[0]))
        raise OSError(101, "Network is unreachable")


def _is_address(name: str) -> bool:
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(name.partition("%")[0])
        return True
    return False


def _is_here(host: str) -> bool:
    name = host.partition("%")[0]
    return name == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback)


_network = _Network()

# --- the surroundings ---------------------------------------------------------------------------

_MISLEADING = (
    *("requests_ca_bundle", "curl_ca_bundle", "ssl_cert_file", "ssl_cert_dir"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("language", "lc_all", "lang"),
)


@pytest.fixture(scope="session", autouse=True)
def _surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No setting of the person who runs the tests reaches them, and none of their folders."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("LEDGERDESK_") or name.lower() in _MISLEADING:
                patch.delenv(name)
        patch.setenv("LC_ALL", "C.UTF-8")
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        if not _PRIVATE_KEYRING:
            patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        yield


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """The run's random seed; LEDGERDESK_SEED repeats it, a failing test prints it."""
    return pytestconfig.stash[_SEED]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty data folder."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def allow_log(request: pytest.FixtureRequest) -> Callable[..., None]:
    """``allow_log("ledgerdesk.delivery")`` expects its warnings; without a name, anybody's."""

    def allow(*loggers: str) -> None:
        request.node.stash.setdefault(_ALLOWED_LOGGERS, []).extend(loggers or [""])

    return allow


# --- servers ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sshd_session() -> Iterator[Sshd]:
    """The session's SFTP server, as the last test left it; tests take ``sshd``."""
    from tests.helpers.sshd import Sshd, Unavailable

    try:
        server = Sshd()
    except Unavailable as reason:
        pytest.skip(f"no SFTP server: {reason}")
    yield server
    server.close()


@pytest.fixture
def sshd(sshd_session: Sshd) -> Sshd:
    """A running SFTP server with an empty home and an empty log."""
    sshd_session.reset()
    return sshd_session


@pytest.fixture
def full_disk(sshd: Sshd) -> Path:
    """A folder of ``sshd`` on a disk without a free byte; clients call it ``full-disk``."""
    from tests.helpers.sshd import Unavailable

    try:
        return sshd.full_disk
    except Unavailable as reason:
        pytest.skip(f"no full disk: {reason}")


@pytest.fixture(scope="session")
def smtp_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmtpServer]:
    """The session's mail server, as the last test left it; tests take ``smtp_server``."""
    from tests.helpers.smtp import SmtpServer

    server = SmtpServer(tmp_path_factory.mktemp("smtp"))
    yield server
    server.close()


@pytest.fixture
def smtp_server(smtp_session: SmtpServer) -> SmtpServer:
    """A healthy mail server with an empty mailbox that wants STARTTLS, then a sign-in."""
    smtp_session.reset()
    return smtp_session


@pytest.fixture(scope="session")
def dovecot_session() -> Iterator[Dovecot]:
    """The session's IMAP server; tests take ``dovecot``."""
    from tests.helpers.dovecot import Dovecot, Unavailable

    try:
        server = Dovecot()
    except Unavailable as reason:
        pytest.skip(f"no IMAP server: {reason}")
    yield server
    server.close()


@pytest.fixture
def dovecot(dovecot_session: Dovecot) -> Dovecot:
    """A running IMAP server without any mail."""
    dovecot_session.reset()
    return dovecot_session


class MakeSmtp(Protocol):
    def __call__(self, mode: str = "starttls", certificate: str = "good") -> SmtpServer: ...


class MakeSmtpProcess(Protocol):
    def __call__(self, mode: str = "starttls", certificate: str = "good") -> SmtpProcess: ...


@pytest.fixture
def make_smtp(tmp_path: Path) -> Iterator[MakeSmtp]:
    """``make_smtp("tls", certificate="other-name")``: a mail server of this test's own."""
    from tests.helpers.smtp import SmtpServer

    with contextlib.ExitStack() as open_servers:

        def make(mode: str = "starttls", certificate: str = "good") -> SmtpServer:
            directory = tmp_path / f"smtp-{len(list(tmp_path.glob('smtp-*')))}"
            directory.mkdir()
            server = SmtpServer(directory, mode, certificate)
            open_servers.callback(server.close)
            return server

        yield make


@pytest.fixture
def make_smtp_process(tmp_path: Path) -> Iterator[MakeSmtpProcess]:
    """As ``make_smtp``, in a process of its own: for tests that fork, or kill the server."""
    from tests.helpers.smtp import SmtpProcess

    with contextlib.ExitStack() as open_servers:

        def make(mode: str = "starttls", certificate: str = "good") -> SmtpProcess:
            directory = tmp_path / f"smtp-process-{len(list(tmp_path.glob('smtp-process-*')))}"
            server = SmtpProcess(directory, mode, certificate)
            open_servers.callback(server.close)
            return server

        yield make


@pytest.fixture
def dropbox_server() -> Iterator[DropboxServer]:
    """A stand-in for Dropbox: one app and one account, nobody signed in yet."""
    from ledgerdesk.practice.vendors.dropbox import DropboxServer

    with DropboxServer() as server:
        yield server


@pytest.fixture
def onea_server() -> Iterator[OneaServer]:
    """A stand-in for Onea Transfer without keys yet."""
    from ledgerdesk.practice.vendors.onea import OneaServer

    with OneaServer() as server:
        yield server


@pytest.fixture
def clearfacts_server() -> Iterator[ClearFactsServer]:
    """A stand-in for ClearFacts with one administration and no tokens yet."""
    from ledgerdesk.practice.vendors.clearfacts import ClearFactsServer

    with ClearFactsServer() as server:
        server.dossiers["0123456749"] = "Bakkerij De Smet"
        yield server


@pytest.fixture
def octopus_server() -> Iterator[OctopusServer]:
    """A stand-in for Octopus' web service with two dossiers."""
    from ledgerdesk.practice.vendors.octopus import OctopusServer

    with OctopusServer() as server:
        server.dossiers.update({"42": "Bakkerij De Smet", "43": "Garage Peeters"})
        yield server


@pytest.fixture
def zenvoices_server() -> Iterator[ZenvoicesServer]:
    """A stand-in for Zenvoices' web service with one administration."""
    from ledgerdesk.practice.vendors.zenvoices import ZenvoicesServer

    with ZenvoicesServer() as server:
        server.administrations["7"] = "Bakkerij De Smet"
        yield server


@pytest.fixture
def make_rest_profile() -> Iterator[Callable[..., RestProfileServer]]:
    """``make_rest_profile(Ways("login"))``: a vendor without documentation, in that variant."""
    from ledgerdesk.practice.vendors.rest_profile import RestProfileServer

    with contextlib.ExitStack() as open_servers:
        yield lambda ways=None: open_servers.enter_context(RestProfileServer(ways))


@pytest.fixture
def yuki_server() -> Iterator[YukiServer]:
    """A stand-in for Yuki: a portal with two domains, and a key of each level."""
    from ledgerdesk.practice.vendors.yuki import YukiServer

    with YukiServer() as server:
        yield server


@pytest.fixture
def exact_online_server() -> Iterator[ExactOnlineServer]:
    """A stand-in for Exact Online: one user, one registered app, three administrations."""
    from ledgerdesk.practice.vendors.exact_online import ExactOnlineServer

    with ExactOnlineServer() as server:
        yield server


# --- key stores ---------------------------------------------------------------------------------


@contextlib.contextmanager
def _in_use(backend: KeyringBackend) -> Iterator[None]:
    import keyring
    import keyring.core

    before = keyring.core._keyring_backend
    keyring.set_keyring(backend)
    try:
        yield
    finally:
        keyring.core._keyring_backend = before


@pytest.fixture
def memory_keyring() -> Iterator[MemoryKeyring]:
    """``keyring`` keeps everything in memory, under a real backend's name; see its switches."""
    from tests.helpers.keyring import RealLookingKeyring

    store = RealLookingKeyring()
    with _in_use(store):
        yield store


@pytest.fixture
def secret_service() -> Iterator[KeyringBackend]:
    """The real Secret Service of a private session; skips where ``make test`` opened none."""
    from tests.helpers import keyring as stores

    if not _PRIVATE_KEYRING:
        pytest.skip("no private Secret Service: run this through `make test`")
    backend = stores.secret_service()
    if backend is None:
        pytest.skip("the Secret Service does not answer")
    with _in_use(backend):
        yield backend
