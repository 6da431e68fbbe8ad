"""A CSV as rows: any dialect, any encoding, and what is broken never takes the rest with it."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.feeds.encoding import encoding_of
from gateway.feeds.rows import BadRow, CannotRead, Row, Shape, open_table

AS_IT_IS = Shape()
COLUMNS = ("id", "time", "nature")


def _read(content: bytes, shape: Shape = AS_IT_IS, wanted: tuple[str, ...] = COLUMNS) -> list[Row | BadRow]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        with open_table(Path(file.name), shape, wanted) as table:
            return list(table)


def _values(rows: list[Row | BadRow]) -> list[tuple[str, ...]]:
    return [tuple(row.values[name] for name in COLUMNS) for row in rows if isinstance(row, Row)]


def _told(rows: list[Row | BadRow]) -> list[tuple[int, str]]:
    return [(row.line, row.reason if isinstance(row, BadRow) else row.values["id"]) for row in rows]


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_CELL = _TEXT | st.sampled_from(
    ['say "x"', "a,b;c|d\te", "two\nlines", "\r\n", "'", "\\", "çé ت \U0001f693", "="]
)
_ROWS = st.lists(
    st.tuples(_CELL, _CELL, _CELL).filter(lambda row: any(cell.strip() for cell in row)), max_size=8
)
_WRITERS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([",", ";", "\t", "|"]),
        "quotechar": st.sampled_from(['"', "'"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        "lineterminator": st.sampled_from(["\n", "\r\n", "\r"]),
    }
)
_ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])


@given(_ROWS, _WRITERS, _ENCODINGS, st.booleans(), st.booleans())
def test_any_writer_is_read_back(
    rows: list[tuple[str, ...]], writer: dict[str, Any], encoding: str, declared: bool, preamble: bool
) -> None:
    if writer["lineterminator"] != "\r\n":
        writer["quoting"] = csv.QUOTE_ALL  # else the writer leaves a lone \r or \n in a cell bare
    file = io.StringIO(newline="")
    if preamble:
        file.write(f"Calls for service{writer['lineterminator']}{writer['lineterminator']}")
    csv.writer(file, **writer).writerows([COLUMNS, *rows])
    shape = Shape(
        encoding="utf-8" if encoding == "utf-8" else "auto",
        delimiter=writer["delimiter"] if declared else None,
        quote=writer["quotechar"],
        skip_lines=(2 if preamble else 0) if declared else None,
    )
    content = file.getvalue().encode(encoding)
    if encoding in ("utf-16-le", "utf-16-be"):
        shape = Shape(encoding, shape.delimiter, shape.quote, None, shape.skip_lines)  # type: ignore[arg-type]
    assert _values(_read(content, shape)) == rows


@given(
    _ROWS,
    st.sampled_from([chr(code) for code in range(1, 127) if chr(code) not in '\r\n"idtmenaur'])
    | st.sampled_from("¦§·"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-32-be"]),
    st.integers(0, 3),
)
def test_any_delimiter_that_is_declared_is_read(
    rows: list[tuple[str, ...]], delimiter: str, encoding: str, preamble: int
) -> None:
    file = io.StringIO(newline="")
    file.write("Calls for service of May\r\n" * preamble)
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([COLUMNS, *rows])
    content = file.getvalue().encode(encoding)
    shape = Shape(encoding if encoding == "utf-32-be" else "auto", delimiter)
    assert _values(_read(content, shape)) == [row for row in rows if any(cell.strip() for cell in row)]


_WESTERN = st.text(st.characters(codec="cp1252", exclude_categories=["Cc"]), min_size=1, max_size=8)


@given(
    _WESTERN.filter(lambda text: text.strip() == text),
    st.sampled_from(["cp1252", "iso-8859-15", "mac_roman"]),
)
def test_any_encoding_that_is_declared_is_read(word: str, encoding: str) -> None:
    try:
        content = f'id,time,nature\n1,t,"{word.replace(chr(34), chr(34) * 2)}"\n'.encode(encoding)
    except UnicodeEncodeError:
        return
    assert _values(_read(content, Shape(encoding))) == [("1", "t", word)]


@given(_ROWS.filter(lambda rows: not any("\n" in cell or "\r" in cell for row in rows for cell in row)))
def test_backslashes_may_escape_instead_of_quotes(rows: list[tuple[str, ...]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, doublequote=False, escapechar="\\").writerows([COLUMNS, *rows])
    assert _values(_read(file.getvalue().encode(), Shape(encoding="utf-8", escape="\\"))) == rows


@given(st.binary(max_size=300), st.sampled_from(["auto", "utf-8", "utf-16", "cp1252"]), st.booleans())
@example(b'"\n' * 50, "auto", True)
@example(b"\xff\xfe\x00", "auto", True)
@example(b"\x00" * 99, "auto", True)
def test_random_bytes_raise_nothing_but_the_named_error(content: bytes, encoding: Any, header: bool) -> None:
    content = b"id,time,nature\r\n" + content if header else content
    try:
        rows = _read(content, Shape(encoding=encoding))
    except CannotRead:
        return
    assert all(row.text for row in rows)
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))


@given(
    st.lists(
        st.sampled_from(["1,2,3", '1,"2', 'x"y', '"a","b",c', '4,"5\r\n6",7', "\0,1,2", "1,2", ""]),
        max_size=30,
    )
)
def test_nothing_is_lost_but_blank_lines(lines: list[str]) -> None:
    content = "".join(line + "\n" for line in lines)
    rows = _read(("id,time,nature\n" + content).encode())
    assert "".join(row.text for row in rows) == "".join(line + "\n" for line in lines if line)


def test_line_numbers_are_those_of_the_file() -> None:
    content = b'Report of\r\n\r\nid,time,nature\r\n1,t,"two\r\nlines"\r\n\r\n2,t,x\r\n'
    assert _told(_read(content)) == [(4, "1"), (7, "2")]


def test_a_broken_quote_takes_its_own_row_only() -> None:
    content = b'id,time,nature\n1,t,"open\n2,t,x\n3,t,"a"b\n4,t,"""whole"""\n5,t,"open\n'
    quotes = "expected quotes around whole fields; found one that is not closed, or text after it"
    assert _told(_read(content)) == [(2, quotes), (3, "2"), (4, quotes), (5, "4"), (6, quotes)]


def test_a_quote_left_open_early_in_a_long_file_costs_one_row() -> None:
    rows = b"".join(b"%d,t,x\n" % number for number in range(5000))
    told = _read(b'id,time,nature\n0,t,"open\n' + rows)
    assert [row.line for row in told if isinstance(row, BadRow)] == [2]
    assert len(told) == 5001


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"1,2", "expected 3 fields, as the header has, found 2"),
        (b"1,2,3,4", "expected 3 fields, as the header has, found 4"),
        (b"1,\0,3", "expected text, found a NUL byte"),
        (b"1,\xff,\xc3\xa9", "expected utf-8 text, found a byte that is not"),
        (b'1,2,"' + b"x" * 140_000 + b'"', "expected fields below 131,072 characters"),
    ],
)
def test_a_bad_row_is_told_and_its_neighbours_are_kept(row: bytes, reason: str) -> None:
    told = _read(b"id,time,nature\n0,t,x\n" + row + b"\n9,t,\xc3\xa9\n")
    assert _told(told) == [(2, "0"), (3, reason), (4, "9")]


def test_empty_cells_beyond_the_header_and_empty_rows_are_nothing() -> None:
    assert _told(_read(b"id,time,nature\n1,t,x,,\n,,\n,,,,\n  \n2,t,x\n")) == [(2, "1"), (6, "2")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"caf\xe9,x", "cp1252"),
        ("café,x".encode(), "utf-8"),
        (b"plain", "utf-8"),
        (b"", "utf-8"),
        ("plain text".encode("utf-16-le"), "utf-16-le"),
        ("plain text".encode("utf-16-be"), "utf-16-be"),
        ("é".encode() * 3 + b"\xff", "utf-8"),
    ],
)
def test_the_encoding_is_found_out(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert encoding_of(path) == expected


def test_letters_that_cross_a_block_do_not_spoil_the_guess(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * ((1 << 20) - 1) + "é".encode())
    assert encoding_of(path) == "utf-8"


def test_a_mark_is_believed_before_a_declaration(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("é".encode("utf-8-sig"))
    assert encoding_of(path, "cp1252") == "utf-8"


def test_cp1252_is_read_with_its_quotes_and_dashes() -> None:
    rows = _read("id,time,nature\n1,t,“no” – é\n".encode("cp1252"))
    assert _values(rows) == [("1", "t", "“no” – é")]


def test_a_missing_column_is_told_with_file_and_header(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("Calls\n\nid;when;nature\n1;2;3\n")
    with pytest.raises(CannotRead) as error, open_table(path, Shape(), COLUMNS):
        pass
    assert str(error.value) == f"{path}:3: expected column 'time'; found the header 'id', 'when', 'nature'"


def test_a_column_that_is_there_twice_is_told(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("id,time,nature,time\n")
    with pytest.raises(CannotRead, match="expected column 'time' once"), open_table(path, Shape(), COLUMNS):
        pass


def test_an_empty_file_and_one_that_is_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    for content in (b"", b"\n\n", b"x" * 2_000_000):
        path.write_bytes(content)
        with pytest.raises(CannotRead, match="expected"), open_table(path, Shape(), COLUMNS):
            pass
    with (
        pytest.raises(CannotRead, match="can't be read"),
        open_table(tmp_path / "none.csv", Shape(), COLUMNS),
    ):
        pass


def test_a_mark_in_front_of_a_later_header_is_no_part_of_its_name() -> None:
    assert _told(_read("Calls\n\ufeffid,time,nature\n1,t,x\n".encode())) == [(3, "1")]


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"PK\x03\x04", "Excel"),
        (b"\xd0\xcf\x11\xe0", "Excel"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_what_is_no_text_is_named(tmp_path: Path, start: bytes, what: str) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(start + b"\0" * 99)
    with (
        pytest.raises(CannotRead, match=f"expected a CSV file; found .*{what}"),
        open_table(path, Shape(), COLUMNS),
    ):
        pass


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("id,Time,nature", "('time' is perhaps 'Time')"),
        ("call_id,time,natur", "('nature' is perhaps 'natur')"),
        ("id,zzz,nature", "found the header 'id', 'zzz', 'nature'"),
    ],
)
def test_a_column_that_was_renamed_is_guessed(tmp_path: Path, header: str, hint: str) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(header + "\n")
    with pytest.raises(CannotRead) as error, open_table(path, Shape(), COLUMNS):
        pass
    assert str(error.value).endswith(hint)
