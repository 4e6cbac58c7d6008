"""What the pages say of the protocol is what the code does, name by name."""

from __future__ import annotations

import json
import re
import runpy
from dataclasses import fields
from pathlib import Path

import pytest
from tests.protocol.samples import played

from commonroot.protocol.rules import Rules
from commonroot.protocol.spec import SCHEMA

ROOT = Path(__file__).resolve().parent.parent
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("docs/*.md"), *ROOT.glob("*.md")])


def section(title: str) -> str:
    """Return one section of the protocol's page."""
    return PROTOCOL.split(f"\n## {title}\n")[1].split("\n## ")[0]


def named(title: str) -> list[str]:
    """Return the names in the first column of a section's table, in order."""
    rows = [line.split("|")[1] for line in section(title).splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([\w.]+)`", row)]


def test_rules_are_all_described_in_order() -> None:
    """
    The page's table of rules is the contract's struct.
    """
    assert named("Rules") == [field.name for field in fields(Rules)]


def test_spec_fields_are_all_described() -> None:
    """
    Every field that a spec must have stands on the page, and no other.
    """
    nested = {"validation", "gate"}
    expected = {
        f"{name}.{inner}" for name in nested for inner in SCHEMA["properties"][name]["properties"]
    } | (set(SCHEMA["properties"]) - nested)

    assert set(named("The spec")) == expected


def test_manifest_fields_are_all_described() -> None:
    """
    Every field of a manifest, and of what lies in its lists, stands on the page.
    """
    document = json.loads(played().artifacts.manifest.to_bytes())
    page = section("The manifest")

    assert set(named("The manifest")) == set(document)
    for part in ("close", "base"):
        assert all(f"`{name}`" in page for name in document[part])
    for part in ("contributions", "absent", "payouts"):
        assert all(f"`{name}`" in page for name in document[part][0])


@pytest.mark.parametrize("source", ["receipt", "allowlist", "rows"])
def test_layouts_are_those_of_the_code(source: str) -> None:
    """
    A type string or a layout that the code hashes by stands on the page letter by letter.
    """
    known = {
        "receipt": [
            "Contribution(uint256 program,uint64 round,uint64 epoch,bytes32 baseRoot,"
            "address aggregator,bytes32 dataset,bytes32 deltaRoot,uint32 weight,uint64 deadline)",
            "Ack(bytes32 receiptDigest,uint64 epoch)",
        ],
        "allowlist": ["admitted account"],
        "rows": ["keccak(02 | uint64 c | inputs | sums)"],
    }

    assert all(words in PROTOCOL for words in known[source])


@pytest.mark.parametrize("test", sorted(set(re.findall(r"`(tests/[\w/.]*)`", SECURITY))))
def test_tests_that_are_named_exist(test: str) -> None:
    """
    The security page names no test that is not there.
    """
    assert (ROOT / test).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """
    Every link to a file of ours, and to a heading on one of our pages, leads there.
    """
    text = page.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", text):
        there = page if target == "" else page.parent / target
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there)


def anchors(page: Path) -> set[str]:
    """Return the headings of a page as links name them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def test_commands_are_those_of_the_command_line() -> None:
    """
    The page of commands is what `make docs` writes now.
    """
    write = runpy.run_path(str(ROOT / "docs" / "generate.py"))

    assert write["page"]() == write["PAGE"].read_text(encoding="utf-8")


def test_pages_are_all_in_the_list() -> None:
    """
    Every page of the docs can be found from their list.
    """
    listed = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")

    assert all(
        f"({page.name})" in listed for page in ROOT.glob("docs/*.md") if page.name != "README.md"
    )
