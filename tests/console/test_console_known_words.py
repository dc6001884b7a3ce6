"""English words of agents and scanners are said in the language of the desk; unknown ones as they came."""

from __future__ import annotations

import pytest

from mr_contract.findings import finding
from mr_contract.reasons import Reason
from remote_console import texts
from remote_console.core.known_words import known, known_privileges
from remote_console.core.phrases import ReasonWords


@pytest.mark.parametrize(
    ("said", "french"),
    [
        ("T2 TSE ax is running", "T2 TSE ax est en cours"),
        ("The scanner is stopping", "L’IRM est occupée\u00a0: arrêt en cours"),
        ("waived by the site's policy", "levée par le règlement du site"),
        ("0 of 1 running", "0 en cours sur 1"),
        ("The link has not been measured yet", "La liaison n’a pas encore été mesurée"),
        ("first level to 2.5 W/kg", "premier niveau jusqu’à 2.5 W/kg"),
        ("start FLAIR ax", "démarrer FLAIR ax"),
        ("no console has control", "aucune console n’a le contrôle"),
        ("the console has not said it yet", "la console ne l’a pas encore dit"),
        ("no fresh word from South", "pas de nouvelle récente de South"),
        ("weight, height, position", "poids, taille, position"),
        ("spoken_name, birth_date", "nom prononcé, date de naissance"),
        ("Echo time goes in steps of 0.1 ms", "Temps d’écho\u00a0: par pas de 0.1 ms"),
        (
            "83 ms is not available: 80 or 90 ms (echo spacing 10 ms, 16 echoes)",
            "83 ms n’est pas disponible\u00a0: 80 ou 90 ms (espacement des échos 10 ms, 16 échos)",
        ),
    ],
)
def test_what_an_agent_says_in_english_is_said_in_french(said: str, french: str) -> None:
    texts.use("fr")
    assert texts.say(known(said)) == french


def test_what_the_amplifier_refuses_is_said_in_french() -> None:
    texts.use("fr")
    said = known(
        "TR 2000 ms is too short for the RF amplifier, on for 46 % of it (35 % are allowed): at least 2 ms"
    )
    assert texts.say(said).endswith("actif pendant 46 % de ce temps (35 % sont permis)\u00a0: au moins 2 ms")


def test_words_that_nobody_knows_are_shown_as_they_came() -> None:
    texts.use("de")
    assert texts.say(known("gradient amplifier {too} warm")) == "gradient amplifier {too} warm"


def test_privileges_are_said_word_by_word_but_never_guessed() -> None:
    texts.use("de")
    assert texts.say(known_privileges("view talk edit start")) == "sehen, sprechen, ändern, starten"
    assert texts.say(known_privileges("view quench")) == "view quench"


def test_the_figures_of_a_reason_are_said_in_the_same_language_as_the_reason() -> None:
    texts.use("de")
    words = ReasonWords(finding(Reason.SCANNER_BUSY, activity="T2 TSE ax is running"), "text")
    assert texts.say(words) == "T2 TSE ax läuft"
