"""The texts a person reads: all of them are marked, collected, translated, and translated well."""

from __future__ import annotations

import argparse
import ast
import gettext
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import tasks
from ledgerdesk import connectors, documents, errors, i18n, paths, settings, sources
from ledgerdesk.cli import output, parser, shapes
from ledgerdesk.connectors import _mail_profile
from ledgerdesk.connectors.base import Connector
from ledgerdesk.model import ExportKind
from ledgerdesk.setup import pages, steps, terms
from ledgerdesk.setup.mail_account import MAIL_ACCOUNT_FIELDS
from ledgerdesk.sources.base import SourceKind

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "resources" / "locale"
SOURCES = sorted((ROOT / "ledgerdesk").rglob("*.py"))
DOCUMENTS = sorted(
    path
    for path in (ROOT / "tests" / "data" / "documents").rglob("*")
    if path.is_file() and path.suffix != ".md"
)
LANGUAGES = ("fr", "nl")

# Texts that are the same in both languages: names, and words the languages share.
_NAMES = "CODA|LedgerDesk|MT940|Message-ID|Microsoft 365|SFTP|SHA-256|camt.053"
_FRENCH = (
    "Client|Clients|Date|Document|Documents|Dossier|Format|Note|Package|Pages|Pause|Port|Secret|Source|"
    "Sources|Type|Upload path|Verdict|catalogue|1 client|1 document|{count} documents|"
    "{total} clients"
)
_DUTCH = (
    "Help|Account|Client|Details|Document|Dossier|Hash (SHA-256)|Host|Server|Type|"
    "UBL: Peppol BIS 3.0|UBL: e-FFF 3.0|1 document|{count} bytes|{name}: {value}"
)
# Packages are called the same everywhere.
_PACKAGES = {
    *(one.label for one in connectors.all_connectors()),
    *(one.label for one in _mail_profile.PROFILES),
    "Billit",
    "Recommand",
    "CLID",
}
SAME = {
    "fr": {*_NAMES.split("|"), *_FRENCH.split("|"), *_PACKAGES},
    "nl": {*_NAMES.split("|"), *_DUTCH.split("|"), *_PACKAGES},
}
# Each language has its own marks: « » with spaces that do not break, “ ” in Dutch as in English.
FOREIGN_MARKS = {"fr": r"[“”„\"]|«(?!\u00a0)|(?<!\u00a0)»| [:;?!]", "nl": r"[«»„\"]"}
# What argparse says by itself stays English.
ARGPARSE_OWN = {"show this help message and exit", "show program's version number and exit"}


def texts(catalogue: Catalog) -> dict[str, Message]:
    return {str(message.id): message for message in catalogue if message.id}


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def po(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "ledgerdesk.po"


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def translations(language: str) -> dict[str, str]:
    """What is said in ``language``, by English text; without what is not said yet."""
    return {text: str(one.string) for text, one in texts(read(po(language))).items() if one.string}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every marked text of the package as it is now, collected as ``make texts`` does."""
    folder = tmp_path_factory.mktemp("locale")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "PYTHON", Path(sys.executable))
        patch.setattr(tasks, "LOCALE", folder)
        patch.setattr(tasks, "TEMPLATE", folder / "ledgerdesk.pot")
        patch.setattr(tasks, "TRANSLATED", ())
        tasks.extract_texts()
    return set(texts(read(folder / "ledgerdesk.pot")))


# --- the catalogues are complete ------------------------------------------------------------------


def test_the_template_holds_the_texts_of_the_package(collected: set[str]) -> None:
    """Otherwise ``make texts`` was forgotten."""
    template = set(texts(read(LOCALE / "ledgerdesk.pot")))
    assert (collected - template, template - collected) == (set(), set())


def test_every_language_of_the_chores_is_held_to_these_rules() -> None:
    assert tuple(tasks.TRANSLATED) == LANGUAGES
    assert {path.parent.parent.name for path in LOCALE.glob("*/*/ledgerdesk.po")} == set(LANGUAGES)


def test_a_catalogue_has_the_texts_of_the_template(language: str) -> None:
    assert set(texts(read(po(language)))) == set(texts(read(LOCALE / "ledgerdesk.pot")))


def test_no_text_lacks_its_translation(language: str) -> None:
    found = texts(read(po(language)))
    assert [text for text, one in found.items() if not str(one.string or "").strip()] == []
    assert len(found) > 500


def test_no_translation_is_a_guess(language: str) -> None:
    assert [text for text, one in texts(read(po(language))).items() if one.fuzzy] == []


def test_a_text_is_not_its_own_translation(language: str, translations: dict[str, str]) -> None:
    same = {text for text, said in translations.items() if said == text and _has_words(text)}
    assert {text.replace("&", "") for text in same} - SAME[language] == set()


def _has_words(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]", re.sub(r"\{\w*\}", "", text)))


def test_a_catalogue_compiles_and_is_spoken(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "locale" / language / "LC_MESSAGES" / "ledgerdesk.mo"
    made.parent.mkdir(parents=True)
    with po(language).open("rb") as file, made.open("wb") as out:
        write_mo(out, read_po(file))
    monkeypatch.setattr(paths, "resources", lambda: tmp_path)

    spoken = i18n.catalogue(language)

    expected = {"fr": "Mot de passe", "nl": "Wachtwoord"}
    assert spoken.gettext("Password") == expected[language]


def test_german_falls_back_to_english() -> None:
    assert i18n.catalogue("de").gettext("Password") == "Password"


# --- a translation says what its text says --------------------------------------------------------


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"\{\w*\}", id="placeholders"),
        pytest.param(r"(?<![\w-])--[a-z][a-z-]*", id="options of the command line"),
        pytest.param(r"\[\w+\]", id="variables"),
        pytest.param(r"[\w.\[\]]+@[\w.]+|\w+\.example\b", id="addresses"),
        pytest.param(r"&(?=\w)", id="access keys"),
        pytest.param(r"…$", id="dots of a command that asks more"),
    ],
)
def test_a_translation_keeps(pattern: str, translations: dict[str, str]) -> None:
    kept = re.compile(pattern)
    differing = {
        text: said
        for text, said in translations.items()
        if sorted(kept.findall(text)) != sorted(kept.findall(said))
    }
    assert differing == {}


def test_a_sentence_stays_a_sentence(translations: dict[str, str]) -> None:
    """The full stop, the colon and the question mark at the end are those of the text."""
    sentences = {text: said for text, said in translations.items() if len(text.split()) > 2}
    assert {text: said for text, said in sentences.items() if _end(text) != _end(said)} == {}


def _end(text: str) -> str:
    return text[-1] if text.endswith((".", ":", "?")) else ""


def test_quotation_marks_are_those_of_the_language(
    language: str, translations: dict[str, str]
) -> None:
    foreign = re.compile(FOREIGN_MARKS[language])
    assert {said for said in translations.values() if foreign.search(said)} == set()


def test_the_words_of_the_vendor_article_stand(language: str, translations: dict[str, str]) -> None:
    """What a person who followed the article, or this project's glossary, looks for on screen."""
    glossary = {
        "User name": ("Nom d'utilisateur", "Gebruikersnaam"),
        "Password": ("Mot de passe", "Wachtwoord"),
        "Host": ("Hôte", "Host"),
        "Port": ("Port", "Poort"),
        "Upload path": ("Upload path", "Uploadpad"),
        "Integration": ("Intégration", "Integratie"),
        "Connected account": ("Compte connecté", "Aangemelde account"),
        "File number": ("N° de dossier (chez vous)", "Dossiernummer (bij u)"),
        "Client": ("Client", "Klant"),
        "What you allow": ("Ce que vous autorisez", "Wat u toestaat"),
        "From": ("Émetteur", "Afzender"),
        "To": ("Destinataire", "Bestemmeling"),
    }
    at = LANGUAGES.index(language)
    said = {text: translations[text] for text in glossary}
    assert said == {text: words[at] for text, words in glossary.items()}


# --- texts are marked so that they can be collected -----------------------------------------------


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in names:
                    yield f"{path.relative_to(ROOT).as_posix()}:{node.lineno}", node


def test_what_is_marked_is_one_literal() -> None:
    """An f-string or a sum would be collected in part, or not at all."""
    marked = list(calls("N_"))
    assert [where for where, call in marked if not isinstance(call.args[0], ast.Constant)] == []
    assert len(marked) > 100


def test_what_is_marked_is_collected(collected: set[str]) -> None:
    """The collector does not look into f-strings, nor deep into other brackets."""
    marked = {where: ast.literal_eval(call.args[0]) for where, call in calls("N_")}
    assert {where: text for where, text in marked.items() if text not in collected} == {}


def test_nothing_is_translated_that_is_not_marked_or_is_filled_in_already() -> None:
    unmarked = (ast.Constant, ast.JoinedStr, ast.BinOp)
    found = [
        where
        for where, call in calls("translate")
        # bytes.translate(None, …) takes characters away.
        if isinstance(call.args[0], unmarked) and getattr(call.args[0], "value", "") is not None
    ]
    found += [
        where
        for where, call in calls("translate")
        if isinstance(call.args[0], ast.Call)
        and getattr(call.args[0].func, "attr", "") in ("format", "format_map", "join")
    ]
    assert found == []


def test_placeholders_are_plain_names(collected: set[str]) -> None:
    """``{file.name}`` or ``{size:.1f}`` is what an f-string leaves behind."""
    odd = {
        text
        for text in collected
        for inside in re.findall(r"\{([^{}]*)\}", text)
        if re.search(r"[.!:()\[\]]", inside)
    }
    assert odd == set()


def test_every_word_of_a_window_is_fetched_from_the_catalogue() -> None:
    """A literal handed to a widget would stay English."""
    handed_to = (
        *("setText", "setTitle", "setWindowTitle", "setToolTip", "setStatusTip", "setWhatsThis"),
        *("setPlaceholderText", "setAccessibleName", "setAccessibleDescription", "addMenu"),
        *("setInformativeText", "addItem", "addButton", "addTab", "plain_label", "QLabel"),
    )
    bare = [
        where
        for where, call in calls(*handed_to)
        if where.startswith("ledgerdesk/ui/") and _is_wordy(call.args[0])
    ]
    assert bare == []


def _is_wordy(node: ast.expr) -> bool:
    text = str(node.value) if isinstance(node, ast.Constant) else ""
    return text != "LedgerDesk" and bool(re.search(r"[^\W\d_]{2}", text))


# --- what a person reads went through the catalogue -----------------------------------------------


class Pseudo(gettext.NullTranslations):
    """A language that puts every collected text between ⟦ and ⟧, and knows no other."""

    def __init__(self, known: set[str]) -> None:
        super().__init__()
        self._known = known

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧" if message in self._known else message


@pytest.fixture
def pseudo(collected: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever translates now, translates into ``Pseudo``."""
    monkeypatch.setattr(i18n, "_catalogue", Pseudo(collected))


def bare(text: str) -> str:
    """What of ``text`` did not come from the catalogue, full stops apart."""
    while True:
        outer = re.sub(r"⟦[^⟦⟧]*⟧", "", text)
        if outer == text:
            return text.strip(" .")
        text = outer


def bare_ones(read: Iterator[str]) -> list[str]:
    return [text for text in read if text and bare(text)]


def test_the_pseudo_language_shows_what_was_not_marked(pseudo: None) -> None:
    assert bare(i18n.translate("Password")) == ""
    assert bare(i18n.translate("a text that nobody marked")) == "a text that nobody marked"
    assert bare(f"{i18n.translate('Password')} and more") == "and more"


def all_errors(kind: type[errors.LedgerDeskError]) -> Iterator[type[errors.LedgerDeskError]]:
    yield kind
    for each in kind.__subclasses__():
        if each.__module__.startswith("ledgerdesk."):
            yield from all_errors(each)


def test_sentences_of_errors_come_from_the_catalogue(pseudo: None) -> None:
    kinds = set(all_errors(errors.LedgerDeskError))
    assert len(kinds) > 50
    found = {kind.code: bare(errors.render(kind, {})) for kind in kinds}
    assert {code: text for code, text in found.items() if text} == {}


def declared(one: object) -> Iterator[str]:
    """The texts of a declaration as JSON tells them: labels, helps, of fields and choices too."""
    if isinstance(one, dict):
        for name, value in one.items():
            if name in ("label", "help"):
                yield value
            yield from declared(value)
    elif isinstance(one, list | tuple):
        for each in one:
            yield from declared(each)


@pytest.mark.parametrize("connector", connectors.all_connectors(), ids=lambda one: one.id)
def test_texts_of_a_connector_come_from_the_catalogue(connector: Connector, pseudo: None) -> None:
    told = [*declared(shapes.connector(connector)), i18n.translate(connector.administration_noun)]
    assert len(told) > 3
    assert bare_ones(iter(told)) == []


@pytest.mark.parametrize("kind", sources.all_kinds(), ids=lambda one: one.id)
def test_texts_of_a_source_come_from_the_catalogue(kind: SourceKind, pseudo: None) -> None:
    told = [i18n.translate(kind.label), i18n.translate(kind.help)]
    told += [text for one in kind.fields for text in declared(shapes.field(one))]
    assert bare_ones(iter(told)) == []


def test_texts_of_the_mail_account_come_from_the_catalogue(pseudo: None) -> None:
    told = [text for one in MAIL_ACCOUNT_FIELDS for text in declared(shapes.field(one))]
    assert len(told) > 10
    assert bare_ones(iter(told)) == []


def test_texts_of_the_settings_come_from_the_catalogue(pseudo: None) -> None:
    told = [
        i18n.translate(text)
        for one in settings.ALL
        for text in (one.label, one.help, one.group, *one.labels)
    ]
    # A language is called what it calls itself.
    assert sorted(bare_ones(iter(told))) == ["Deutsch", "English", "Français", "Nederlands"]


@pytest.mark.parametrize("kind", ExportKind)
@pytest.mark.parametrize("connector", connectors.all_connectors(), ids=lambda one: one.id)
def test_terms_come_from_the_catalogue(
    connector: Connector, kind: ExportKind, pseudo: None
) -> None:
    page = pages.terms_of(connector, kind, "an account", "a name", accepted=False)
    assert page.text == terms.paragraphs(connector, kind, "an account")
    assert bare_ones(iter((page.title, *page.text))) == []


def test_choices_of_a_set_up_come_from_the_catalogue(pseudo: None) -> None:
    offered = connectors.all_connectors()
    views: list[steps.Choice] = [
        pages.kind(ExportKind, ""),
        *(pages.connector(offered, kind, "") for kind in ExportKind),
        *(pages.format(one, kind, "") for one in offered for kind in one.formats),
    ]
    told = [view.title for view in views]
    told += [
        text for view in views for one in view.options for text in (one.label, one.help, one.badge)
    ]
    assert len(told) > 20
    assert bare_ones(iter(told)) == []


def test_findings_come_from_the_catalogue(pseudo: None) -> None:
    """Whatever the documents of our tests make the readers notice."""
    found = {
        shapes.finding(one)["rule"]: bare(shapes.finding(one)["text"])
        for path in DOCUMENTS
        for one in documents.read(path.read_bytes(), path.name).findings
    }
    assert len(found) > 10
    assert {rule: text for rule, text in found.items() if text} == {}


def test_every_finding_of_the_readers_is_marked() -> None:
    """Also those that no document of our tests provokes: the text is no bare literal."""
    bare_literals = [
        where
        for where, call in calls("fatal", "warning", "info", "_at")
        if where.startswith("ledgerdesk/documents/")
        and any(isinstance(one, ast.Constant) and " " in str(one.value) for one in call.args)
    ]
    assert bare_literals == []


# --- the command line -----------------------------------------------------------------------------


def commands(one: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield one
    for action in one._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from commands(each)


def helps(one: argparse.ArgumentParser) -> Iterator[str]:
    yield one.description or ""
    for action in one._actions:
        yield action.help or ""
        if isinstance(action, argparse._SubParsersAction):
            yield from (each.help or "" for each in action._choices_actions)


def test_help_of_every_command_comes_from_the_catalogue(pseudo: None) -> None:
    told = [text for one in commands(parser.build()) for text in helps(one)]
    assert len(told) > 100
    assert set(bare_ones(iter(told))) <= ARGPARSE_OWN


def test_help_of_every_command_can_be_printed(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """argparse fills % in: one in a translation would end the program."""
    compiled = BytesIO()
    write_mo(compiled, read(po(language)))
    compiled.seek(0)
    monkeypatch.setattr(i18n, "_catalogue", gettext.GNUTranslations(compiled))

    printed = [one.format_help() for one in commands(parser.build())]

    assert len(printed) > 30


def test_a_table_shows_translations_whole(translations: dict[str, str]) -> None:
    """French has spaces that do not break; what a terminal must not get is still taken out."""
    rows = [{"text": said} for said in translations.values()]

    assert "�" not in output.table(rows, {"text": "Text"})
    assert "�" in output.table([{"text": "bell\x07"}], {"text": "Text"})
