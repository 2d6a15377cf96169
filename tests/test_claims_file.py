"""Claims files: how they are found and read, what is refused, and which of their claims are about a network."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import symbackprop
from symbackprop.errors import InputError
from symbackprop.reading import claims_of, list_claims, load_claims

NETWORK = """\
title = "One unit"
inputs = ["x"]
[[units]]
name = "o"
from = { x = "w" }
[loss]
function = "half_squared_error"
targets = { o = "y" }
[document]
name = "notes"
claims = "claims/notes.toml"
"""
CLAIMS = """\
document = "notes"
title = "Lecture notes"
network = "../net.toml"

[[claims]]
place = "page 1"
says = "the partial"
states = "dE_dw = delta_o*x"
holds = true

[[claims]]
says = "of another network"
states = "delta_k = z_k"
network = "chain"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "claims").mkdir()
    (tmp_path / "net.toml").write_text(NETWORK)
    (tmp_path / "claims" / "notes.toml").write_text(CLAIMS)
    return tmp_path


def says(network: str | Path) -> list[str]:
    source = symbackprop.load(network).source
    assert source is not None
    return [claim.says for claim in claims_of(source)]


def test_a_file_is_read(folder: Path) -> None:
    file = load_claims(folder / "claims" / "notes.toml")
    assert (file.document, file.title) == ("notes", "Lecture notes")
    first, second = file.claims
    assert (first.place, first.says, first.states, first.holds) == ("page 1", "the partial", "dE_dw = delta_o*x", True)
    assert Path(first.network).resolve() == (folder / "net.toml").resolve()
    assert second.network == "003-chain"
    assert symbackprop.load(first.network).title == "One unit"


def test_a_network_has_the_claims_that_name_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert says(folder / "net.toml") == ["the partial"]
    monkeypatch.chdir(folder / "claims")
    assert says("../net.toml") == ["the partial"]
    assert load_claims("notes.toml") == load_claims(Path("notes.toml"))


@pytest.mark.parametrize("named", ["../net.toml", "../net", "ABSOLUTE"])
def test_networks_are_named_by_path_with_or_without_its_ending(folder: Path, named: str) -> None:
    text = CLAIMS.replace("../net.toml", named if named != "ABSOLUTE" else str(folder / "net.toml"))
    (folder / "claims" / "notes.toml").write_text(text)
    assert says(folder / "net.toml") == ["the partial"]


def test_claims_that_name_no_network_are_about_the_one_that_asks(folder: Path) -> None:
    (folder / "claims" / "notes.toml").write_text(CLAIMS.replace('network = "../net.toml"\n', ""))
    assert says(folder / "net.toml") == ["the partial"]
    source = symbackprop.loads(NETWORK.replace("claims/notes.toml", str(folder / "claims" / "notes.toml"))).source
    assert source is not None
    assert [claim.says for claim in claims_of(source)] == ["the partial"]


def test_claims_may_still_stand_in_the_network_file(folder: Path) -> None:
    own = '[[document.claims]]\nsays = "own"\nstates = "dE_dw = delta_o*x"\nholds = true\n'
    (folder / "net.toml").write_text(NETWORK.replace('claims = "claims/notes.toml"\n', "") + own)
    assert says(folder / "net.toml") == ["own"]
    report = symbackprop.check(symbackprop.load(folder / "net.toml"))
    assert report.passed and [result.name for result in report.of_method("claim")] == ["own"]


def test_claims_are_read_when_they_are_asked_for(folder: Path) -> None:
    """Loading and deriving never look at the file; a check does."""
    (folder / "claims" / "notes.toml").unlink()
    network = symbackprop.load(folder / "net.toml")
    symbackprop.derive(network).to_latex()
    with pytest.raises(InputError, match=r"notes\.toml"):
        symbackprop.check(network)


def test_check_judges_them(folder: Path) -> None:
    report = symbackprop.check(symbackprop.load(folder / "net.toml"))
    assert report.passed and [result.name for result in report.of_method("claim")] == ["the partial"]
    (folder / "claims" / "notes.toml").write_text(CLAIMS.replace("delta_o*x", "delta_o*w"))
    assert not symbackprop.check(symbackprop.load(folder / "net.toml")).passed


def test_shipped_files_are_found_by_document() -> None:
    assert list_claims() == ["000", "001", "002", "003", "004"]
    for document in list_claims():
        file = load_claims(document)
        assert file.document == document and file.title and file.network in dict(symbackprop.list_networks())
        for network in {claim.network for claim in file.claims}:
            assert symbackprop.load(network).title


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('document = "notes"', 'documant = "notes"', "line 1, documant: unknown key 'documant'; did you mean 'document'?"),
        ('title = "Lecture notes"', "title = 3", "line 2, title: expected text in quotes, found 3"),
        ('"../net.toml"', '"../nut.toml"', "line 3, network: there is no network and no file '../nut.toml'"),
        ('"chain"', '"chian"', "line 14, claims[1].network: there is no network and no file 'chian'; did you mean 'chain'?"),
        ('"chain"', '"002"', "line 14, claims[1].network: '002' names several networks: 002-base, 002-two-units; give one of them"),
        ("states =", "state =", "line 8, claims[0].state: unknown key 'state'; did you mean 'states'?"),
        ("holds = true", 'holds = "yes"', "line 9, claims[0].holds: expected true or false, found 'yes'"),
        ('says = "the partial"\nstates = "dE_dw = delta_o*x"\n', "", "line 5, claims[0]: the key 'says' is missing or empty"),
        ("[[claims]]", "[[claim]]", "line 5, claim: unknown key 'claim'; did you mean 'claims'?"),
        ("[[claims]]", "[claims]", "line 5, claims: expected an array of tables; write [[claims]] with two brackets"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(folder: Path, old: str, new: str, message: str) -> None:
    path = folder / "claims" / "notes.toml"
    text = CLAIMS if new != "[claims]" else CLAIMS[: CLAIMS.rindex("\n[[claims]]")]
    path.write_text(text.replace(old, new, -1 if old == "[[claims]]" else 1))
    with pytest.raises(InputError) as caught:
        load_claims(path)
    assert str(caught.value).removeprefix(f"{path}, ").startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty; claims are [[claims]] tables"),
        (b'document = "x"\n', "there are no claims; add [[claims]]"),
        (b"\xff", "not UTF-8 text"),
        (b"a = [", "not valid TOML"),
        (b'[[claims]]\nsays = "a"\n' * 5001, "there are 5001 claims; the limit is 5000"),
    ],
)
def test_files_that_are_none(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "claims.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_claims(path)
    assert message in str(caught.value) and str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("03", "there are no claims and no file '03'; did you mean '003'?"),
        ("nowhere/003.toml", "nowhere/003.toml: cannot be read: No such file or directory"),
        (".", ".: cannot be read: Is a directory"),
        ("a\0b.toml", "'a\\x00b.toml' is no file name: embedded null byte"),
        (3, "expected the name of a document or a file, found something of type int"),
    ],
)
def test_what_is_not_there(source: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_claims(source)
    assert str(caught.value) == message


@pytest.mark.parametrize("path", ["../claims.toml", f"{os.sep}etc{os.sep}claims.toml"])
def test_a_network_file_names_claims_beside_it_only(folder: Path, path: str) -> None:
    (folder / "net.toml").write_text(NETWORK.replace("claims/notes.toml", path))
    with pytest.raises(InputError, match=r"document\.claims: the claims '.*' must lie beside the network file"):
        symbackprop.load(folder / "net.toml")


def test_the_text_of_a_network_leaves_its_claims_out(folder: Path) -> None:
    assert "claims" not in symbackprop.load(folder / "net.toml").to_toml()


def test_a_formula_alone_is_a_claim(tmp_path: Path) -> None:
    """It is called what it states, and expected to hold where nothing is put in its place."""
    path = tmp_path / "notes.toml"
    path.write_text('network = "chain"\n[[claims]]\nstates = "E >= 0"\n[[claims]]\nstates = "E = 0"\ncorrect = "E >= 0; why"\n')
    first, second = load_claims(path).claims
    assert (first.says, first.holds) == ("E >= 0", True)
    assert (second.says, second.holds) == ("E = 0", False)
