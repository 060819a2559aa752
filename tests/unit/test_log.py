"""The log: what is in it, and what never is."""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from ledgerdesk import log
from ledgerdesk.paths import DataFolder
from ledgerdesk.redaction import MASK, Redactor

ROOT = Path(__file__).parents[2]
SECRET = "kanarie-Zaad/+7é&x 9"
pytestmark = pytest.mark.allow_log()


@pytest.fixture
def folder(data_dir: Path) -> DataFolder:
    return DataFolder(data_dir)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    redactor = Redactor()
    monkeypatch.setattr(log, "_redactor", redactor)
    root = logging.getLogger()
    before = root.level, {name: logging.getLogger(name).level for name in log._CHATTY}
    yield
    log.stop()
    root.setLevel(before[0])
    for name, level in before[1].items():
        logging.getLogger(name).setLevel(level)


def lines(folder: DataFolder) -> list[str]:
    return folder.log.read_text("utf-8").splitlines()


# --- what is in it ------------------------------------------------------------------------------


def test_a_line_says_when_how_grave_who_and_what(folder: DataFolder) -> None:
    log.start(folder)
    logging.getLogger("ledgerdesk.delivery.lane").warning("%s waits", "lane-1")
    (line,) = lines(folder)
    when, *rest = line.split(" | ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", when)
    assert rest == ["WARNING", "ledgerdesk.delivery.lane", "lane-1 waits"]


@pytest.mark.parametrize(
    ("level", "kept"),
    [("warning", ["W"]), ("info", ["I", "W"]), ("debug", ["D", "I", "W"]), ("odd", ["I", "W"])],
)
def test_the_level_decides_what_is_kept(folder: DataFolder, level: str, kept: list[str]) -> None:
    log.start(folder, level=level)
    logger = logging.getLogger("ledgerdesk.test")
    logger.debug("D")
    logger.info("I")
    logger.warning("W")
    assert [line[-1] for line in lines(folder)] == kept


@pytest.mark.parametrize(
    "name", ["paramiko.transport", "urllib3.connectionpool", "requests", "mail.log", "sqlalchemy"]
)
def test_others_say_nothing_of_what_travels(folder: DataFolder, name: str) -> None:
    log.start(folder, level="debug", verbose=True)
    logging.getLogger(name).debug("body")
    logging.getLogger(name).info("body")
    logging.getLogger("ledgerdesk.x").info("ours")
    assert len(lines(folder)) == 1


def test_one_record_cannot_look_like_two(folder: DataFolder) -> None:
    log.start(folder)
    forged = "x\n2026-01-01T00:00:00.000Z | INFO | ledgerdesk | all is well\x1b[2J\r"
    logging.getLogger("ledgerdesk.x").info("%s", forged)
    first, second = lines(folder)
    assert first.endswith("| x")
    assert second.startswith("    2026-01-01")
    assert "\x1b" not in second


def test_a_command_that_says_nothing_makes_no_file(folder: DataFolder) -> None:
    log.start(folder)
    log.stop()
    assert not folder.log.exists()


def test_the_file_is_rotated(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_SIZE", 2000)
    log.start(folder)
    for number in range(200):
        logging.getLogger("ledgerdesk.x").info("line %s", number)
    files = sorted(folder.root.glob("ledgerdesk.log*"))
    assert len(files) == 1 + log._KEPT
    assert max(path.stat().st_size for path in files) <= 2000
    assert lines(folder)[-1].endswith("line 199")


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_nobody_else_may_read_it(folder: DataFolder) -> None:
    before = os.umask(0)
    try:
        log.start(folder)
        logging.getLogger("ledgerdesk.x").info("x")
    finally:
        os.umask(before)
    assert folder.log.stat().st_mode & 0o077 == 0


def test_a_log_that_cannot_be_written_disturbs_nobody(
    folder: DataFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.log.mkdir()
    log.start(folder)
    logging.getLogger("ledgerdesk.x").info("x")
    assert capsys.readouterr() == ("", "")


def test_starting_again_writes_each_line_once(folder: DataFolder) -> None:
    log.start(folder)
    log.start(folder)
    logging.getLogger("ledgerdesk.x").info("x")
    assert len(lines(folder)) == 1


# --- standard error -----------------------------------------------------------------------------


def test_people_see_our_warnings_only(capsys: pytest.CaptureFixture[str]) -> None:
    log.start(None)
    logging.getLogger("ledgerdesk.x").info("quiet")
    logging.getLogger("paramiko.transport").error("theirs")
    logging.getLogger("ledgerdesk.x").warning("ours")
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(" | ")[-1] for line in err.splitlines()] == ["ours"]


def test_verbose_shows_all(capsys: pytest.CaptureFixture[str]) -> None:
    log.start(None, verbose=True)
    logging.getLogger("ledgerdesk.x").info("quiet")
    logging.getLogger("paramiko.transport").error("theirs")
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_bug_is_kept_for_us_and_not_thrown_at_people(
    folder: DataFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    log.start(folder)
    log.register_secret(SECRET)
    local = SECRET
    try:
        raise RuntimeError(f"server said {local}")
    except RuntimeError as error:
        log.bug(error)
    assert capsys.readouterr().err == ""
    text = folder.log.read_text()
    assert "RuntimeError" in text
    assert "test_a_bug_is_kept_for_us" in text
    assert SECRET not in text


# --- what is never in it ------------------------------------------------------------------------

SPELLINGS = {
    "raw": SECRET,
    "url": quote(SECRET, safe=""),
    "form": quote_plus(SECRET),
    "json": json.dumps(SECRET),
    "repr": repr(SECRET),
    "hex": SECRET.encode().hex(),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 in a pair": base64.b64encode(f"user:{SECRET}".encode()).decode(),
    "base64 in AUTH": base64.b64encode(f"\0u\0{SECRET}".encode()).decode(),
    "base64 before more": base64.b64encode(f"{SECRET}:more to come".encode()).decode(),
    "urlsafe base64": base64.urlsafe_b64encode(SECRET.encode()).decode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_known_secret_is_masked_in_every_spelling(folder: DataFolder, spelling: str) -> None:
    log.start(folder)
    said = SPELLINGS[spelling]
    logger = logging.getLogger("ledgerdesk.x.child")
    logger.info("before: %s", said)
    log.register_secret(SECRET)
    logger.info("after: %s", said)
    logger.info("args %r", {"x": said})
    try:
        raise ValueError(said)
    except ValueError:
        logger.exception("with a traceback")
    text = folder.log.read_text("utf-8")
    # The negative control: an unknown one is written, once.
    assert text.count(said) == 1
    assert text.count(MASK) >= 3
    core = base64.b64encode(SECRET.encode()).decode()[4:-6]
    assert text.count(core) <= 1


def test_the_lines_of_a_private_key_are_masked_one_by_one(folder: DataFolder) -> None:
    line = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW"
    key = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{line}\n-----END OPENSSH PRIVATE KEY-----\n"
    log.start(folder)
    log.register_secret(key)
    logging.getLogger("ledgerdesk.x").info("a piece: %s", line)
    logging.getLogger("ledgerdesk.x").info("all of it: %s", key)
    assert line not in folder.log.read_text()


@pytest.mark.parametrize(
    "said",
    [
        "Authorization: Bearer s3cr3t-value",
        "authorization: Basic s3cr3t-value",
        "{'Authorization': 'Bearer s3cr3t-value', 'Accept': '*/*'}",
        '{"access_token": "s3cr3t-value", "expires_in": 600}',
        "refresh_token=s3cr3t-value&grant_type=refresh_token",
        "GET /callback?code=s3cr3t-value&state=x",
        "password=s3cr3t-value",
        "Password: s3cr3t-value",
        "client_secret = 's3cr3t-value'",
        'apiKey="s3cr3t-value"',
        "WebserviceAccessKey=s3cr3t-value",
        "<WebserviceAccessKey>s3cr3t-value</WebserviceAccessKey>",
        "<ns:accessKey>s3cr3t-value</ns:accessKey>",
        "sftp://firm:s3cr3t-value@files.example/in",
        "AUTH PLAIN s3cr3t-value",
        "send: 'AUTH PLAIN s3cr3t-value'",
        "Cookie: s3cr3t-value",
        "-----BEGIN RSA PRIVATE KEY-----\ns3cr3t-value\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\ns3cr3t-value and the rest is cut",
    ],
)
def test_what_looks_like_a_secret_is_masked_unasked(said: str) -> None:
    clean = log.redacted(said)
    assert "s3cr3t" not in clean
    assert MASK in clean


def test_a_signed_token_is_masked_wherever_it_stands() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"
    assert log.redacted(f"token is {token}.") == f"token is {MASK}."


@pytest.mark.parametrize(
    "said",
    [
        "delivery d1: queued → delivered",
        "exit_code=3, error code disk_full",
        "the password was refused",
        "sftp://files.example:22/in/2026",
        "https://example.test/a?page=2&size=100",
        "key id 5f2a",
        "Invoice_import/2026-03-01_F-1_0a1b2c3d.xml",
    ],
)
def test_harmless_lines_stay_readable(said: str) -> None:
    assert log.redacted(said) == said


def test_very_short_secrets_do_not_blank_the_log() -> None:
    log.register_secret("a")
    log.register_secret("")
    log.register_secret("  ")
    assert log.redacted("a banana") == "a banana"


def test_a_secret_inside_another_is_masked_with_it() -> None:
    log.register_secret("inside")
    log.register_secret("outside inside out")
    assert log.redacted("<outside inside out>") == f"<{MASK}>"


def test_many_tokens_come_and_go_and_the_newest_are_known() -> None:
    redactor = Redactor()
    for number in range(1_200):
        redactor.add(f"token-{number:05}")
    assert redactor.clean("token-01199") == MASK
    assert len(redactor._spellings) == 1_000


def test_a_long_line_is_cleaned_in_no_time() -> None:
    """Run in a process of its own: a pattern that explodes would hang, not fail."""
    code = (
        "from ledgerdesk import log\n"
        "for text in ('a' * 300_000, 'password=' * 30_000, '://' * 50_000, '<token>' * 40_000,\n"
        "             '-----BEGIN PRIVATE KEY-----' * 2_000, 'eyJ' * 50_000, 'a.' * 100_000):\n"
        "    log.redacted(text)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=20)
