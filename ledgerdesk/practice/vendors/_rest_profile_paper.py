"""What the vendor would send on request, written down as a profile (docs/profiles.md)."""

from __future__ import annotations

from dataclasses import dataclass

from ledgerdesk.practice.vendors._rest_profile_ways import Ways

BASE = "/ws/v2"


@dataclass(frozen=True, slots=True)
class Names:
    """The names under which one integration asks for what the service needs."""

    username: str = "username"
    password: str = "password"
    key: str = "password"
    company: str = "company_number"


NAMES = {
    "bocount": Names(),
    "count_e": Names(company="client_number"),
    "pingwin": Names(username="clid", password="api_key", key="api_key", company="file_id"),
    "wings_online": Names(company="internal_number"),
    "lyanthe": Names(company="administration"),
}
_ADDRESSES = {"bocount": "base_url", "count_e": "api_url"}
_FIELDS = {
    "basic": ("username", "password"),
    "login": ("username", "password"),
    "bearer": ("key",),
    "header": ("key",),
    "query": ("key",),
    "none": (),
}


def paper(id: str, ways: Ways | None = None, address: str = "") -> str:
    """The profile of the service as TOML. ``address`` stands before every path where the
    integration has no field for it."""
    ways, names = ways or Ways(), NAMES[id]
    asks_address = "" if address else _ADDRESSES.get(id, "")
    parts = [
        _head(id),
        _field(asks_address, type="url") if asks_address else "",
        *(_field(getattr(names, one), secret=one != "username") for one in _FIELDS[ways.auth]),
        _field(names.company) if names.company != "administration" else "",
        _auth(ways, names, address),
        f'[test]\nmethod = "GET"\npath = "{address}/ping"\nok = [200]\n',
        _dossiers(ways, address),
        _upload(ways, names, address),
        _poll(address) if ways.polls else "",
        "[limits]\nmax_bytes = 10485760\nper_minute = 60\n",
    ]
    return "\n".join(part for part in parts if part)


def _head(id: str) -> str:
    return (
        f'[profile]\nid = "{id}"\ntitle = "Practice {id}"\nstatus = "user_completed"\n'
        'kinds = ["invoice"]\n'
    )


def _field(key: str, *, secret: bool = False, type: str = "text") -> str:
    secret_ = "true" if secret else "false"
    return f'[[field]]\nkey = "{key}"\ntype = "{type}"\nsecret = {secret_}\n'


def _auth(ways: Ways, names: Names, address: str) -> str:
    lines = ["[auth]", f'scheme = "{ways.auth}"']
    if ways.auth == "header":
        lines.append('header = "X-Api-Key"')
    if ways.auth == "query":
        lines.append('header = "key"')
    if ways.auth == "login":
        lines += [
            "[auth.login]",
            'method = "POST"',
            f'path = "{address}/session"',
            f'json = {{ user = "{{{names.username}}}", password = "{{{names.password}}}" }}',
            'token = "/result/accessToken"',
            'expires_in = "/result/expireInSeconds"',
        ]
    return "\n".join(lines) + "\n"


def _dossiers(ways: Ways, address: str) -> str:
    paged = ways.page == "skip_count"
    method, path = ("POST", "/dossiers/list") if paged else ("GET", "/dossiers")
    return (
        f'[administrations]\nmethod = "{method}"\npath = "{address}{path}"\nitems = "/items"\n'
        f'id = "/id"\nlabel = "/name"\npage = "{ways.page}"\n'
    )


def _upload(ways: Ways, names: Names, address: str) -> str:
    return (
        '[upload.invoice]\nmethod = "POST"\n'
        f'path = "{address}/companies/{{{names.company}}}/documents/{{direction}}"\n'
        f'ok = [200, 201]\nbody = "{ways.body}"\nfile_field = "file"\n'
        'filename_field = "fileName"\nvalues = { sender = "LedgerDesk" }\n'
        'direction_map = { purchase = "incoming", sale = "outgoing" }\n'
        'remote_id = "/uuid"\nerror = "/description"\nduplicate_codes = [409]\n'
    )


def _poll(address: str) -> str:
    return (
        f'[status_poll]\nmethod = "GET"\npath = "{address}/documents/{{remote_id}}/status"\n'
        'state = "/status"\ndone = ["DONE"]\nfailed = ["FAILED"]\n'
    )
