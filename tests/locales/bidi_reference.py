"""How a phone orders a line: the Unicode bidirectional algorithm (UAX #9), written out plainly.

It knows what our texts hold: letters, numbers, neutrals, brackets and isolates; not embeddings, overrides or
marks, which no text of ours has, save the right-to-left mark of some date forms, a strong character. It
follows the rules one by one, by their names, and is not made to be quick.
"""

import unicodedata

ISOLATES = {"LRI": 0, "RLI": 1}
BRACKETS = {"(": ")", "[": "]"}
MIRRORED = {"(": ")", ")": "(", "[": "]", "]": "[", "«": "»", "»": "«"}
NEUTRAL = {"B", "S", "WS", "ON", "FSI", "LRI", "RLI", "PDI"}


def seen(text: str) -> str:
    """The line as it stands on the screen, from left to right, without the invisible characters."""
    return "".join(
        MIRRORED.get(text[position], text[position]) if level % 2 else text[position]
        for position, level in arranged(text)
        if unicodedata.category(text[position]) != "Cf"
    )


def arranged(text: str) -> list[tuple[int, int]]:
    """The positions of the characters from left to right, each with its level."""
    types = [unicodedata.bidirectional(character) for character in text]
    base = max(first_strong(types, 0, len(types)), 0)
    levels = [base] * len(text)
    _resolve(text, types, range(len(text)), base, levels)
    return [(position, levels[position]) for position in _reordered(levels)]


def first_strong(types: list[str], start: int, end: int) -> int:
    """P2, P3: the direction of the first strong character outside isolates; -1 where there is none."""
    depth = 0
    for kind in types[start:end]:
        if kind in {"LRI", "RLI", "FSI"}:
            depth += 1
        elif kind == "PDI":
            depth = max(depth - 1, 0)
        elif depth == 0 and kind in {"L", "R", "AL"}:
            return int(kind != "L")
    return -1


def _resolve(text: str, types: list[str], span: range, level: int, levels: list[int]) -> None:
    """Levels within one isolate; what is isolated inside it is a neutral here and resolved by itself."""
    here: list[int] = []
    position = span.start
    while position < span.stop:
        here.append(position)
        levels[position] = level
        if types[position] in {"LRI", "RLI", "FSI"}:
            closing = _closing(types, position, span.stop)
            inner = range(position + 1, closing)
            rtl = ISOLATES.get(types[position], max(first_strong(types, inner.start, inner.stop), 0))
            _resolve(text, types, inner, level + 1 + (level % 2 == rtl), levels)
            position = closing
        else:
            position += 1
    sequence = [_as_neutral(types[position]) for position in here]
    edge = "R" if level % 2 else "L"
    _weak(sequence, edge)
    _brackets([text[position] for position in here], sequence, edge)
    _neutral(sequence, edge)
    for position, kind in zip(here, sequence, strict=True):
        # I1, I2
        if level % 2 == 0:
            levels[position] += {"L": 0, "R": 1, "EN": 2, "AN": 2}[kind]
        else:
            levels[position] += {"L": 1, "R": 0, "EN": 1, "AN": 1}[kind]


def _closing(types: list[str], opening: int, end: int) -> int:
    depth = 0
    for position in range(opening, end):
        depth += (types[position] in {"LRI", "RLI", "FSI"}) - (types[position] == "PDI")
        if depth == 0:
            return position
    return end


def _as_neutral(kind: str) -> str:
    return "ON" if kind in {"LRI", "RLI", "FSI", "PDI", "BN"} else kind


def _weak(kinds: list[str], edge: str) -> None:
    strong = edge
    for i, kind in enumerate(kinds):
        if kind == "NSM":  # W1
            kinds[i] = kinds[i - 1] if i else edge
        elif kind in {"L", "R", "AL"}:
            strong = kind
        elif kind == "EN" and strong == "AL":  # W2
            kinds[i] = "AN"
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for i in range(1, len(kinds) - 1):  # W4
        before, kind, after = kinds[i - 1 : i + 2]
        if before == after and (
            (kind in {"ES", "CS"} and before == "EN") or (kind == "CS" and before == "AN")
        ):
            kinds[i] = before
    for ordered in (range(len(kinds)), reversed(range(len(kinds)))):  # W5
        beside = ""
        for i in ordered:
            if kinds[i] == "ET" and beside == "EN":
                kinds[i] = "EN"
            beside = kinds[i]
    strong = edge
    for i, kind in enumerate(kinds):
        if kind in {"ES", "ET", "CS"}:  # W6
            kinds[i] = "ON"
        elif kind in {"L", "R"}:
            strong = kind
        elif kind == "EN" and strong == "L":  # W7
            kinds[i] = "L"


def _brackets(text: list[str], kinds: list[str], edge: str) -> None:
    """N0."""
    for opening, closing in sorted(_pairs(text, kinds)):
        inside = {_strength(kind) for kind in kinds[opening + 1 : closing]} - {""}
        if edge in inside:
            kinds[opening] = kinds[closing] = edge
        elif inside:
            before = next((s for k in reversed(kinds[:opening]) if (s := _strength(k))), edge)
            kinds[opening] = kinds[closing] = before if before in inside else edge


def _pairs(text: list[str], kinds: list[str]) -> list[tuple[int, int]]:
    pairs, open_ones = [], []
    for i, character in enumerate(text):
        if kinds[i] == "ON" and character in BRACKETS:
            open_ones.append((BRACKETS[character], i))
        elif kinds[i] == "ON" and character in BRACKETS.values():
            while open_ones:
                expected, opening = open_ones.pop()
                if expected == character:
                    pairs.append((opening, i))
                    break
    return pairs


def _strength(kind: str) -> str:
    return {"L": "L", "R": "R", "EN": "R", "AN": "R"}.get(kind, "")


def _neutral(kinds: list[str], edge: str) -> None:
    i = 0
    while i < len(kinds):
        if kinds[i] not in NEUTRAL:
            i += 1
            continue
        end = next((j for j in range(i, len(kinds)) if kinds[j] not in NEUTRAL), len(kinds))
        before = _strength(kinds[i - 1]) if i else edge
        after = _strength(kinds[end]) if end < len(kinds) else edge
        kinds[i:end] = [before if before == after else edge] * (end - i)  # N1, N2
        i = end


def _reordered(levels: list[int]) -> list[int]:
    """L2: from the highest level down, turn each run of that level or more around."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            if levels[order[start]] < level:
                start += 1
                continue
            end = start
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end
    return order
