"""The same documents by several roads at once: each is taken in once, whatever comes between."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from ledgerdesk.intake.desk import SourceForm
from ledgerdesk.practice.vendors.peppol_inbox import RecommandServer
from tests.helpers.intake import Office, Papers
from tests.helpers.source_firm import SourceFirm
from tests.helpers.sshd import Sshd

INVOICES = 20


def test_each_invoice_is_taken_in_once_by_whichever_road_and_restart(
    data_dir: Path, tmp_path: Path, papers: Papers, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
):
    firm = SourceFirm(Office(data_dir))
    client = firm.office.client(papers.who[0])
    firm.office.link(client, firm.office.configuration(tmp_path / "out"))
    remote, local = sshd.home / "in", tmp_path / "in"
    remote.mkdir()
    local.mkdir()
    with RecommandServer() as inbox:
        monkeypatch.setenv("LEDGERDESK_ENDPOINT_RECOMMAND", inbox.url)
        values = {"host": sshd.host, "port": str(sshd.port), "username": sshd.username}
        place = {"path": "in", "host_key": sshd.fingerprint}
        firm.add("sftp", {**values, **place}, {"password": sshd.password})
        account = {"profile": "recommand", "username": inbox.key}
        firm.add("peppol", account, {"api_key": inbox.secret})
        firm.sources.add(SourceForm(values={"path": str(local)}))
        invoices = [papers.invoice(papers.others[0], papers.who[0]) for _ in range(INVOICES)]
        for number, content in enumerate(invoices):
            for folder in (remote, local):
                path = folder / f"{number}.xml"
                path.write_bytes(content)
                path.chmod(0o644)
                os.utime(path, (time.time() - 60,) * 2)
            inbox.receive(content.decode(), f"0208:{papers.who[0].number[2:]}")

        taken = [firm.look().taken_in]
        firm.office.close()
        again = SourceFirm(Office(data_dir, firm.office.clock), firm.secrets)
        taken.append(again.look().taken_in)
        found = again.office.documents()
        deliveries = again.office.deliveries()
        again.office.close()

    assert taken == [3 * INVOICES, 0]
    assert Counter(one.state.value for one in found) == {
        "ready": INVOICES,
        "duplicate": 2 * INVOICES,
    }
    assert len({one.sha256 for one in found}) == len(deliveries) == INVOICES
