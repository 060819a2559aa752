"""A person at the browser who allows everything: goes where a sign-in leads, by the real ways."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledgerdesk.connectors.base import Connector
    from ledgerdesk.setup.answers import Answers
    from ledgerdesk.setup.browser import Fresh
    from ledgerdesk.setup.services import Services


def signed_in(services: Services, connector: Connector, answers: Answers) -> Fresh:
    """What the sign-in gives: the browser brings the answer to this computer where the vendor
    lets it, else its address is pasted. Raises what BrowserSignIn raises."""
    from ledgerdesk.setup.browser import BrowserSignIn

    with closing(BrowserSignIn(services, connector, answers, hands_over=False)) as sign_in:
        if not sign_in.answers_here:
            return sign_in.finish(_allowed(sign_in.url))
        with ThreadPoolExecutor(1, "practice-browser") as browser:
            visit = browser.submit(_visit, _allowed(sign_in.url))
            address = sign_in.wait(services.cancel)
            visit.result()
        return sign_in.finish(address)


def _allowed(url: str) -> str:
    """The address to which the consent page sends whoever presses *Allow*."""
    answer = _get(f"{url}&decision=allow", follow=False)
    return answer["location"]


def _visit(url: str) -> None:
    _get(url, follow=True)


def _get(url: str, *, follow: bool) -> dict[str, str]:
    import requests

    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(url, allow_redirects=follow, timeout=30)
        answer.raise_for_status()
        return {name.lower(): value for name, value in answer.headers.items()}
