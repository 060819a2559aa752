"""Signing in over SSH: one proof, offered once. Servers ban who guesses, so nothing here does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from ledgerdesk.errors import CredentialsRejected, MissingValue, SignInMethodRefused, TimedOut
from ledgerdesk.i18n import N_, translate
from ledgerdesk.net import private_key
from ledgerdesk.net.ssh import Login, converted

if TYPE_CHECKING:
    from paramiko import Transport


def sign_in(transport: Transport, login: Login) -> None:
    """Offers the private key, else the password: once, nothing else is tried.

    Raises CredentialsRejected, SignInMethodRefused, PrivateKeyUnusable, MissingValue or
    ConnectionTrouble.
    """
    from paramiko.ssh_exception import BadAuthenticationType, PartialAuthentication

    with converted(login.host):
        try:
            if login.private_key:
                _with_key(transport, login)
            elif login.password:
                _with_password(transport, login)
            else:
                raise MissingValue(field="password", name=translate(N_("Password")))
        except (BadAuthenticationType, PartialAuthentication) as error:
            offered = ", ".join(error.allowed_types)
            raise SignInMethodRefused(host=login.host, offered=offered) from error


def _with_key(transport: Transport, login: Login) -> None:
    from paramiko.ssh_exception import PartialAuthentication

    key = private_key.load(login.private_key, login.password)
    try:
        _attempt(transport, login, lambda done: transport.auth_publickey(login.username, key, done))
    except PartialAuthentication as more:
        # Asked for after the key was accepted, a password is no guess; a passphrase would be.
        is_passphrase = private_key.is_encrypted(login.private_key)
        if is_passphrase or not login.password or "password" not in more.allowed_types:
            raise
        _with_password(transport, login)


def _with_password(transport: Transport, login: Login) -> None:
    from paramiko.ssh_exception import BadAuthenticationType

    try:
        _attempt(
            transport,
            login,
            lambda done: transport.auth_password(login.username, login.password, done, False),
        )
    except BadAuthenticationType as other:
        if "keyboard-interactive" not in other.allowed_types:
            raise
        _answer_one_question(transport, login)


def _attempt(
    transport: Transport, login: Login, start: Callable[[threading.Event], object]
) -> None:
    """Offers one proof and waits for the verdict.

    Raises CredentialsRejected, TimedOut, or paramiko's BadAuthenticationType (not taken here),
    PartialAuthentication (accepted, and one more wanted) and errors of the line.
    """
    from paramiko import AuthenticationException
    from paramiko.ssh_exception import BadAuthenticationType, PartialAuthentication

    done = threading.Event()
    start(done)
    if not done.wait(login.read_timeout):
        raise TimedOut(host=login.host, reason="")
    if transport.is_authenticated():
        return
    error = transport.get_exception()
    if isinstance(error, (BadAuthenticationType, PartialAuthentication)):
        raise error
    # paramiko forgets the user name when it reads a refusal. Without an answer and without an
    # error the server said good-bye in words: that is how some refuse, and must not be repeated.
    handler = transport.auth_handler
    unanswered = handler is not None and handler.get_username() is not None
    if unanswered and error is not None and not isinstance(error, AuthenticationException):
        raise error
    raise CredentialsRejected(host=login.host, username=login.username) from error


def _answer_one_question(transport: Transport, login: Login) -> None:
    """Some servers put the password as a question; a second question is not ours to answer."""
    from paramiko import AuthenticationException, SSHException
    from paramiko.ssh_exception import PartialAuthentication

    asked = 0

    def answer(title: str, instructions: str, questions: list[tuple[str, bool]]) -> list[str]:
        nonlocal asked
        asked += len(questions)
        if asked > 1:
            raise SSHException("more than one question")
        return [login.password for _ in questions]

    try:
        further = transport.auth_interactive(login.username, answer)
    except SSHException as error:
        if asked > 1:
            raise PartialAuthentication(["keyboard-interactive"]) from error
        if not isinstance(error, AuthenticationException):
            raise
        raise CredentialsRejected(host=login.host, username=login.username) from error
    if further:
        raise PartialAuthentication(further)
