from __future__ import annotations

from rules.offenses import domestic_relationships, offenses, relationships


def test_an_offense_is_found_by_its_code_with_what_to_say_about_it() -> None:
    burglary = offenses()["220"]
    assert (burglary.code, burglary.crime_against, burglary.stance) == ("220", "property", "texted")
    assert burglary.explanation == "offense.220.explanation"
    assert burglary.next_steps


def test_an_offense_that_is_not_texted_has_nothing_to_say() -> None:
    for offense in offenses().values():
        assert (offense.explanation is not None) == (offense.stance == "texted")


def test_every_code_is_a_text_also_one_that_looks_like_a_number() -> None:
    assert all(isinstance(code, str) for code in offenses())
    assert {"100", "220", "09A"} <= offenses().keys()


def test_a_relationship_is_domestic_or_not() -> None:
    assert domestic_relationships() == {code for code, domestic in relationships().items() if domestic}
    assert relationships()["SE"]
    assert not relationships()["ST"]
