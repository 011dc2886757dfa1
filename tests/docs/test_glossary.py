"""The glossary is in alphabetical order, and each term has one line with a link and an end."""

import re
from pathlib import Path

LINES = (Path(__file__).parents[2] / "docs/tour/10-glossary.md").read_text(encoding="utf-8").splitlines()
ENTRIES = [line for line in LINES if line.startswith("- ")]
TERMS = [re.match(r"- \*\*([^*]+)\*\*: ", entry)[1] for entry in ENTRIES]


def test_terms_are_in_alphabetical_order_and_occur_once():
    assert len(TERMS) > 50
    folded = [re.sub(r"[^a-z0-9]", "", term.lower()) for term in TERMS]
    assert folded == sorted(set(folded))


def test_each_term_has_one_line_with_a_link():
    assert [entry for entry in ENTRIES if not re.search(r"\]\([^)]+\)\)\.$", entry)] == []


def test_terms_in_italics_are_explained():
    known = {term.lower() for term in TERMS}
    italics = {word.lower() for entry in ENTRIES for word in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", entry)}
    assert [word for word in sorted(italics) if word not in known and word.removesuffix("s") not in known] == []
