"""What the command line accepts as a number or as words."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


def between(low: float, high: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!a} is not a number from {low:g} to {high:g}")
        return value

    return number


def up_to(high: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {high}")
        return int(text)

    return number


def file_name(text: str) -> str:
    """A path, or the name of something shipped."""
    if not text or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!a} is not a file's name in printable characters")
    return text


def language(text: str) -> str:
    if not (text.isascii() and text.isalpha() and text.islower() and len(text) in (2, 3)):
        raise argparse.ArgumentTypeError(f"{text!a} is not a language, as in de")
    return text


def languages(text: str) -> tuple[str, ...]:
    return tuple(language(one) for one in text.split(","))


port = up_to(65535)


def words(text: str) -> str:
    if not 0 < len(text) <= 120 or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!a} is not 1 to 120 printable characters")
    return text
