"""The inbox of a Peppol access point, read through a profile that says how that service works.

Nothing is acknowledged unless the firm switches it on, and never before the document is durably
kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from ledgerdesk.errors import InvalidValue, MissingValue
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.fields import Choice, Field, FieldKind
from ledgerdesk.sources._inbox_format import built_in, read
from ledgerdesk.sources._inbox_profile import InboxProfile
from ledgerdesk.sources._inbox_session import InboxSession
from ledgerdesk.sources.base import Context, SourceKind

OWN = "own"
NAMES = (N_("Billit"), N_("Recommand"))
EFFECTS = (
    N_(
        "Recommand notes that the document was read. Your other programs that ask it for unread "
        "documents no longer see it. The supplier is told nothing."
    ),
)
"""What stands in the profiles in the wheel, for the catalogues."""


def _where(name: str) -> dict[str, tuple[str, ...]]:
    """The services that want this value; a profile of one's own may want any."""
    found = (one.id for one in built_in().values() if name in one.asked)
    return {"profile": (*found, OWN)}


class PeppolSource(SourceKind):
    id = "peppol"
    label = N_("Peppol inbox")
    fields = (
        Field(
            "profile",
            N_("Service"),
            FieldKind.CHOICE,
            choices=(
                *(Choice(one.id, one.title) for one in built_in().values()),
                Choice(OWN, N_("Another service, with a profile you complete")),
            ),
            help=N_("Where your office or your client receives its Peppol invoices."),
        ),
        Field(
            "own_profile",
            N_("Profile"),
            FieldKind.MULTILINE,
            visible_when={"profile": (OWN,)},
            help=N_(
                "The whole text of the profile: how this service lists and hands over documents "
                "(docs/peppol-profiles.md). Ask the service for its description."
            ),
        ),
        Field(
            "base_url",
            N_("Address"),
            FieldKind.URL,
            required=False,
            pattern=r"https?://\S+",
            visible_when=_where("base_url"),
            help=N_("The web address of the service, beginning with https://."),
        ),
        Field(
            "username",
            N_("User name or name of the key"),
            required=False,
            visible_when=_where("username"),
            help=N_("Recommand: the first half of the API key (key_…)."),
        ),
        Field(
            "api_key",
            N_("API key"),
            FieldKind.PASSWORD,
            required=False,
            secret=True,
            visible_when=_where("api_key"),
            help=N_(
                "Recommand: the second half of the API key (secret_…). Billit says that its API "
                "key is for one's own administration, not for commercial use."
            ),
        ),
        Field(
            "company",
            N_("Company at this service"),
            required=False,
            visible_when=_where("company"),
            help=N_(
                "Recommand: the company id; empty for all companies of the key. Billit: the party "
                "id of the company."
            ),
        ),
        Field(
            "acknowledge",
            N_("Acknowledge what was taken in"),
            FieldKind.CHOICE,
            default="no",
            choices=(Choice("no", N_("no")), Choice("yes", N_("yes"))),
            help=N_(
                "“No” changes nothing at the service. “Yes” tells it, once a document is kept, "
                "that it was received: it may tell the supplier, and other programs may no longer "
                "see the document."
            ),
        ),
        Field(
            "ca_pem",
            N_("Certificate authority"),
            FieldKind.MULTILINE,
            required=False,
            advanced=True,
            help=N_("The certificate (PEM) of your office's own authority, if your IT has one."),
        ),
    )
    help = N_(
        "Takes the invoices from the inbox of a Peppol service, as their suppliers sent them. "
        "Nothing is changed there unless you ask for it."
    )

    def implied(self, given: Mapping[str, str]) -> dict[str, str]:
        return {"profile": OWN} if given.get("own_profile") else {}

    def path(self, values: Mapping[str, str]) -> str:
        """Raises ProfileInvalid, and InvalidValue where there is nothing to acknowledge."""
        profile = profile_of(values)
        if values.get("acknowledge") == "yes" and profile.acknowledge is None:
            hint = translate(N_("{service} has nothing to acknowledge.")).format(
                service=profile.title
            )
            name = translate(N_("Acknowledge what was taken in"))
            raise InvalidValue(field="acknowledge", value="yes", name=name, hint=hint)
        whose = [values.get(name, "") for name in ("base_url", "username", "company")]
        return "/".join([f"peppol://{profile.id}", *(one for one in whose if one)])

    def open(self, context: Context) -> InboxSession:
        """Asks at the first request. Raises ProfileInvalid, BadTemplate, MissingValue, and
        InvalidValue for files that should be moved."""
        profile = profile_of(context.source.values)
        if context.source.after != "leave":
            hint = translate(N_("Nothing can be moved there; see “acknowledge”."))
            raise InvalidValue(field="after", value="move", name="--after", hint=hint)
        given = {**context.source.values, **context.secrets}
        for one in self.fields:
            if one.name in profile.needed and not given.get(one.name):
                raise MissingValue(field=one.name, name=translate(one.label))
        return InboxSession(context, profile)


def profile_of(values: Mapping[str, str]) -> InboxProfile:
    """Raises ProfileInvalid, InvalidValue."""
    if values["profile"] == OWN:
        return read(values["own_profile"])
    found = built_in().get(values["profile"])
    if found is None:  # a newer version had it
        raise InvalidValue(
            field="profile",
            value=values["profile"],
            name=translate(N_("Service")),
            hint=", ".join(built_in()),
        )
    return found
