"""Every integration has a practice client: the registry, the firm and the connectors agree."""

from __future__ import annotations

import os
from email.message import EmailMessage

import pytest

from ledgerdesk.connectors import all_connectors
from ledgerdesk.connectors import get as connector
from ledgerdesk.model import ExportKind
from ledgerdesk.practice.destinations import DESTINATIONS, destination
from ledgerdesk.practice.packages import all_packages
from ledgerdesk.practice.packages._mail import content_of
from ledgerdesk.practice.packages._service import led_to
from ledgerdesk.practice.packages.base import PracticePackage

PACKAGES = all_packages()
NAME = "LEDGERDESK_ENDPOINT_YUKI"


def test_every_integration_has_a_package() -> None:
    assert {one.connector_id for one in PACKAGES} == {one.id for one in all_connectors()}


def test_every_package_has_a_client_and_no_client_lacks_one() -> None:
    assert sorted(one.id for one in PACKAGES) == sorted(one.id for one in DESTINATIONS)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda one: str(one.id))
def test_a_package_takes_what_its_integration_sends(package: type[PracticePackage]) -> None:
    kinds = connector(package.connector_id).document_kinds
    assert destination(package.id).statements is (ExportKind.STATEMENTS in kinds)


def test_no_two_packages_share_a_name() -> None:
    assert len({one.name for one in PACKAGES}) == len(PACKAGES)


# --- the way to a stand-in ------------------------------------------------------------------------


def test_an_endpoint_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    with led_to("yuki", "http://127.0.0.1:1"):
        assert os.environ[NAME] == "http://127.0.0.1:1"
    assert NAME not in os.environ


def test_an_endpoint_of_before_comes_back_also_after_trouble(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(NAME, "http://127.0.0.1:2")
    with pytest.raises(OSError), led_to("yuki", "http://127.0.0.1:1"):
        raise OSError
    assert os.environ[NAME] == "http://127.0.0.1:2"


# --- what a mail carries --------------------------------------------------------------------------


@pytest.mark.parametrize("attachments", [0, 2])
def test_a_mail_with_another_number_of_documents_is_none_of_them(attachments: int) -> None:
    mail = EmailMessage()
    mail.set_content("Hello")
    for _ in range(attachments):
        mail.add_attachment(b"<Invoice/>", maintype="application", subtype="xml")
    assert content_of(mail) != b"<Invoice/>"


def test_a_mail_with_one_document_is_that() -> None:
    mail = EmailMessage()
    mail.set_content("Hello")
    mail.add_attachment(b"<Invoice/>", maintype="application", subtype="xml")
    assert content_of(mail) == b"<Invoice/>"
