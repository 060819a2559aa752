"""Whatever a person has in an e-mail from the provider, pasted at once: into the right fields.

Recognised: an address (``sftp://user@host:22/path``, ``https://…``), ``host:port``, an e-mail
address, a folder, a private key, a fingerprint, and lines like ``Host: …`` in four languages. What
is not recognised is left out; nothing is guessed from a bare word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from ledgerdesk.setup.fields import Field, FieldKind

FINGERPRINT = "accept_host_key"
"""Not a field: what a person may approve when the server shows the same."""

_KEY = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL)
_FINGERPRINT = re.compile(r"\bSHA256:[A-Za-z0-9+/]{43}=?")
_ADDRESS = re.compile(r"\b(?:sftp|ssh|https?|smtps?)://[^\s<>\"']+", re.IGNORECASE)
_LABELLED = re.compile(r"^[ \t]*([^:=\n]{2,40}?)[ \t]*[:=][ \t]*(\S[^\n]*?)[ \t\r]*$", re.MULTILINE)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,}|localhost"
_HOST_AND_PORT = re.compile(rf"(?<![\w.@/])({_HOST}):(\d{{1,5}})(?![\w.])")
_FOLDER = re.compile(r"^\s*((?:[A-Za-z]:\\|\\\\[^\\\s]+\\|/)[^\n\"<>|?*]*?)\s*$", re.MULTILINE)

_WORDS = {
    "host": "host server serveur servidor hôte hote hostname gastheer adres adresse",
    "port": "port poort",
    "username": "username user login utilisateur gebruiker gebruikersnaam benutzer benutzername "
    "identifiant compte account",
    "password": "password passwort wachtwoord motpasse motdepasse mdp paswoord passphrase",
    "upload_path": "path uploadpath folder directory map pad chemin dossier répertoire pfad",
    "api_key": "apikey key sleutel clé cleapi cléapi accesskey",
}
_LABELS = {word: name for name, words in _WORDS.items() for word in words.split()}
_FILLERS = ("sftp", "ftp", "smtp", "ssh", "nom", "d'", "d’", "de", "your", "votre", "uw", "the")


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was found, by field name; ``secrets`` are never shown again."""

    values: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def fitting(self, fields: Iterable[Field]) -> Pasted:
        """What has a place among ``fields``. An e-mail address fills the only e-mail field, a path
        the only folder, an address the only URL, whatever their names are."""
        known = {one.name: one for one in fields}
        values = {name: value for name, value in self.values.items() if name in known}
        for name, kind in (("email", FieldKind.EMAIL), ("path", FieldKind.FOLDER)):
            alone = [one.name for one in known.values() if one.kind is kind]
            if name in self.values and len(alone) == 1:
                values.setdefault(alone[0], self.values[name])
        urls = [one.name for one in known.values() if one.kind is FieldKind.URL]
        if "url" in self.values and len(urls) == 1:
            values.setdefault(urls[0], self.values["url"])
        if FINGERPRINT in self.values:
            values[FINGERPRINT] = self.values[FINGERPRINT]
        secrets = {
            name: value
            for name, value in self.secrets.items()
            if name in known and known[name].secret
        }
        return Pasted(values, secrets)


def parse(text: str) -> Pasted:
    """Pure; never raises. The first finding of a kind counts."""
    values: dict[str, str] = {}
    secrets: dict[str, str] = {}
    key = _KEY.search(text)
    if key:
        secrets["private_key"] = key.group(0) + "\n"
        text = text.replace(key.group(0), "\n")
    fingerprint = _FINGERPRINT.search(text)
    if fingerprint:
        values[FINGERPRINT] = fingerprint.group(0).rstrip("=")
        text = text.replace(fingerprint.group(0), " ")
    address = _ADDRESS.search(text)
    if address:
        _from_address(address.group(0).rstrip(".,;)"), values, secrets)
        text = text.replace(address.group(0), " ")
    text = _from_labels(text, values, secrets)
    pair = _HOST_AND_PORT.search(text)
    if pair and 0 < int(pair.group(2)) < 65536:
        values.setdefault("host", pair.group(1))
        values.setdefault("port", pair.group(2))
    mail = _MAIL.search(text)
    if mail:
        values.setdefault("email", mail.group(0))
    folder = _FOLDER.search(text)
    if folder:
        values.setdefault("path", folder.group(1))
    return Pasted(values, secrets)


def _from_address(text: str, values: dict[str, str], secrets: dict[str, str]) -> None:
    try:
        parts: SplitResult = urlsplit(text)
        port = parts.port
    except ValueError:
        return
    if parts.scheme.lower().startswith("http"):
        # Without user and password: those never belong into an address.
        host = parts.netloc.rpartition("@")[2]
        values["url"] = f"{parts.scheme.lower()}://{host}{parts.path}".rstrip("/")
        return
    if parts.hostname:
        values["host"] = parts.hostname
    if port:
        values["port"] = str(port)
    if parts.username:
        values["username"] = unquote(parts.username)
    if parts.password:
        secrets["password"] = unquote(parts.password)
    if parts.scheme.lower() in ("sftp", "ssh") and parts.path.strip("/"):
        path = unquote(parts.path)
        values["upload_path"] = path.removeprefix("/~/")


def _from_labels(text: str, values: dict[str, str], secrets: dict[str, str]) -> str:
    """Fills in ``Host: …`` lines; hands back what is left of the text."""
    for match in _LABELLED.finditer(text):
        name = _LABELS.get(_plain(match.group(1)), "")
        value = match.group(2)
        if not name or (name == "port" and not value.isdecimal()):
            continue
        if name in ("password", "api_key"):
            secrets.setdefault(name, value)
        elif name == "host" and _HOST_AND_PORT.fullmatch(value):
            host, _, port = value.partition(":")
            values.setdefault("host", host)
            values.setdefault("port", port)
        else:
            values.setdefault(name, value)
        text = text.replace(match.group(0), "\n")
    return text


def _plain(label: str) -> str:
    """``SFTP - Nom d'utilisateur`` → ``utilisateur``."""
    words = re.sub(r"(?<=\bd)['’]", "’ ", label.lower()).replace("-", " ").split()
    return "".join(one for one in words if one.strip("()*•") not in (*_FILLERS, ""))
