"""Merging a block into a crontab: whatever stands there, nothing but the block changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cs_cli.deliver.crontab import has, merged, without

BEGIN, END = '# >>> cs schedule "/desk" >>>', '# <<< cs schedule "/desk" <<<'
BLOCK = f"{BEGIN}\n0 7 * * * /cs\n{END}\n"
OTHER = BLOCK.replace("/desk", "/desk 2")
KNOWN = [b"@daily x", b"A=1", b"# >>>", BEGIN[:-1].encode(), b"\r", b""]
LINES = st.lists(st.one_of(st.binary(max_size=12), st.sampled_from(KNOWN)), max_size=6)


def _crontab(lines: list[bytes], ends: bool) -> bytes:
    return b"\n".join(lines) + (b"\n" if ends and lines else b"")


@given(LINES, st.booleans())
def test_in_and_out_again_is_nothing(lines: list[bytes], ends: bool) -> None:
    old = _crontab(lines, ends)
    new = merged(old, BEGIN, BLOCK, END)
    assert has(new, BEGIN) and not has(old, BEGIN)
    assert new.startswith(old)
    assert merged(new, BEGIN, BLOCK, END) == new
    assert without(new, BEGIN, END) == old
    assert without(old, BEGIN, END) == old


@given(LINES, LINES, st.booleans())
def test_in_the_middle_and_beside_another(before: list[bytes], after: list[bytes], ends: bool) -> None:
    head, tail = _crontab(before, True), _crontab(after, ends)
    between = head + BLOCK.encode() + OTHER.encode() + tail
    later = BLOCK.replace("0 7", "30 5")
    assert merged(between, BEGIN, later, END) == head + later.encode() + OTHER.encode() + tail
    assert without(between, BEGIN, END) == head + OTHER.encode() + tail
