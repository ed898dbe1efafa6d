"""On which scale the answers of a survey are: NPS is 0 to 10, and 1 to 5 read as NPS would make everybody a detractor.

A source says it (`scale: 5`), or a person once (--scale 5), which is remembered for the column of the answers. Answers
of 1 to 5 count as satisfaction (CSAT), of 1 to 7 as effort (CES, which no figure counts), as they were written: an
NPS worked out from five steps is comparable with none of ten. Satisfaction that was answered from 1 to 7, 0 to 10 or 0
to 100 is laid on 1 to 5, where 4 is satisfied: that is three quarters of any scale.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from cs_cli.base.errors import InputRefused
from cs_cli.definitions.words import means
from cs_cli.intake.again import again
from cs_cli.intake.direct import CannotWrite
from cs_cli.intake.plan import Field, Memory, Plan, Remembered
from cs_cli.intake.recognise import fold_header

if TYPE_CHECKING:
    from cs_cli.intake.results import ImportOptions
    from cs_cli.intake.stage import Staged

WORD = "scale"
SCALES = {5: "csat", 7: "ces", 10: "nps", 100: "csat"}
_LEAST = {5: 1, 7: 1, 10: 0, 100: 0}
_OF_KIND = {"survey": "score", "ticket": "csat"}    # the column of the answers
ENOUGH = 10     # answers from which on the lack of high ones says something
_CALLED = {5: "1 to 5, as satisfaction (csat)", 7: "1 to 7, as effort (ces)", 10: "0 to 10, as NPS",
           100: "0 to 100, as satisfaction (csat)"}


def lay_scale(plan: Plan) -> None:
    """Makes the answers of a survey that are on another scale than NPS what they are, in the plan itself."""
    scale = _scale(plan)
    if scale is None or scale.value == "10" or plan.source.kind != "survey":
        return
    kind = SCALES[int(scale.value)]
    plan.fields = [_of_kind(field, kind) if field.column == "kind" else field for field in plan.fields]


def memory(staged: Staged) -> Memory:
    """What the file's reader was told of the scale, to be remembered with its import."""
    answers = _answers(staged.plan)
    said = staged.source.scale
    if answers is None or said is None:
        return {}
    return {(fold_header(answers.header), WORD): Remembered(str(said), staged.table.name, said=True)}


def check_satisfaction(conn: sqlite3.Connection, staged: Staged, options: ImportOptions) -> None:
    """Answers of satisfaction beyond 1 to 5 are laid on it by the scale that is said or remembered.

    Raises InputRefused IMP-118 where none is: 7 of 10 would be satisfied, and 4 of 10 as well.
    """
    answers = _answers(staged.plan)
    column = _OF_KIND.get(staged.source.kind)
    if answers is None or column is None:
        return
    kinds = [kind for (kind,) in conn.execute(f"SELECT DISTINCT kind FROM {staged.stage}")
             if means("csat_survey", kind)] if column == "score" and "kind" in staged.delivered else []
    of = "1" if column == "csat" else f"kind IN ({', '.join('?' * len(kinds))})"
    count, least, most, line = conn.execute(
        f"SELECT count(*), min({column}), max({column}), min(CASE WHEN NOT {column} BETWEEN 1 AND 5 THEN line END) "
        f"FROM {staged.stage} WHERE {of} AND {column} IS NOT NULL", kinds,
    ).fetchone()
    scale = _scale(staged.plan)
    if scale is not None and count:
        if scale.value != "5" and staged.written is not None:
            raise CannotWrite
        lay_on_five(conn, staged, column, int(scale.value), of, kinds)
    elif line is not None:
        top = 100 if most > 10 else 10 if most > 7 or least < 1 else 7
        told = again(options, staged.table.name, f"--scale {top}")
        (before,) = conn.execute(
            f"SELECT count(*) FROM {staged.source.kind} WHERE source = ? AND retired_by IS NULL "
            f"AND {column} IS NOT NULL AND import_id IS NOT ?", (staged.source.source, staged.written),
        ).fetchone()
        earlier = "; what was imported before stays as it was read then: cs imports undo takes it back" * bool(before)
        raise InputRefused.of(
            "IMP-118", f"{answers.header}: satisfaction from {least:g} to {most:g}, and nothing says of how many",
            file=staged.table.name, line=line, name=answers.header, expected="1 to 5, or the scale that it is on",
            next=f"{told} if {top} is the best answer (5, 7, 10 or 100); it is remembered{earlier}; or write "
            f"`scale: {top}` in a source of your own",
        )


def lay_on_five(
    conn: sqlite3.Connection, staged: Staged, column: str, best: int, of: str, values: Sequence[str] = ()
) -> None:
    """Lay the answers of the rows (SQL condition `of` with its values) on 1 to 5: straight from the scale's ends."""
    least = _LEAST[best]
    if best != 5 and conn.execute(
        f"UPDATE {staged.stage} SET {column} = 1 + 4.0 * ({column} - {least}) / {best - least} "
        f"WHERE {of} AND {column} BETWEEN {least} AND {best}", values,
    ).rowcount:
        staged.notes.append(f"satisfaction of {least} to {best} is laid on 1 to 5, where 4 and more is satisfied")


def leave_out_of_five(conn: sqlite3.Connection, child: Staged) -> None:
    """The NPS of a kept sheet is none where ten customers and more answer and nobody gives more than 5."""
    count, most, least = conn.execute(
        f"SELECT count(*), max(score), min(score) FROM {child.stage} WHERE kind = 'nps'"
    ).fetchone()
    if count >= ENOUGH and most <= 5 and least >= 1:
        conn.execute(f"DELETE FROM {child.stage} WHERE kind = 'nps'")
        child.notes.append(
            f"NPS lies from {least:g} to {most:g} in all {count} rows, and an NPS is 0 to 10: all of it is left out; "
            "is it satisfaction of 1 to 5? then call the column CSAT"
        )


def check_scale(conn: sqlite3.Connection, staged: Staged, options: ImportOptions) -> None:
    """NPS answers of which, with those that the source gave before, ten or more are there and none is high.

    Raises InputRefused IMP-117 unless the scale is said or remembered; says which one is remembered.
    """
    answers = _answers(staged.plan)
    if answers is None or "kind" not in staged.delivered:
        return
    if (scale := _scale(staged.plan)) is not None:
        if scale.value != "5" and any(means("csat_survey", kind) for (kind,) in conn.execute(
            f"SELECT DISTINCT kind FROM {staged.stage}"
        )):
            return  # laid on 1 to 5, which has been said
        since = f", as in {scale.since}" if staged.source.scale is None else ""
        staged.notes.append(f"{answers.header!r} counts as {_CALLED[int(scale.value)]}{since}")
        return
    kinds = [kind for (kind,) in conn.execute(f"SELECT DISTINCT kind FROM {staged.stage}") if means("nps_survey", kind)]
    marks = ", ".join("?" * len(kinds))
    count, most, least, line = conn.execute(
        f"SELECT count(*), max(score), min(score), min(line) FROM {staged.stage} "
        f"WHERE kind IN ({marks}) AND score IS NOT NULL", kinds
    ).fetchone()
    if not count:
        return
    before = conn.execute(
        f"SELECT count(*), max(score), min(score) FROM survey WHERE source = ? AND retired_by IS NULL "
        f"AND kind IN ({marks}) AND score IS NOT NULL AND import_id IS NOT ? "
        f"AND key NOT IN (SELECT key FROM {staged.stage})",
        (staged.source.source, *kinds, staged.written),
    ).fetchone()
    if before[0]:
        most, least = max(most, before[1]), min(least, before[2])
    if count + before[0] < ENOUGH or most > 7 or (most > 5 and least < 1):
        return
    file, top = staged.table.name, 5 if most <= 5 else 7
    earlier = f", {before[0]:,} of them imported before" if before[0] else ""
    told = again(options, file, f"--scale {top}")
    way = f"{told} if {top} is the best answer, --scale 10 if 10 is; it is remembered"
    if before[0]:
        way += "; what was imported before stays as it was read then: cs imports undo takes it back"
    raise InputRefused.of(
        "IMP-117", f"{answers.header}: the {count + before[0]:,} answers{earlier} lie from {least:g} to {most:g}: "
        "an NPS is 0 to 10", file=file, line=line, name=answers.header,
        expected=f"{_CALLED[top]}; or {_CALLED[10]}: then nobody is a promoter",
        next=f"{way}; or write `scale: {top}` in a source of your own",
    )


def scale_of(plan: Plan) -> int | None:
    """The best answer that is said of the answers, or remembered."""
    scale = _scale(plan)
    return None if scale is None else int(scale.value)


def _scale(plan: Plan) -> Remembered | None:
    if plan.source.scale is not None:
        return Remembered(str(plan.source.scale), "its source", said=True)
    answers = _answers(plan)
    return None if answers is None else plan.remembered.get((fold_header(answers.header), WORD))


def _answers(plan: Plan) -> Field | None:
    if plan.source.role == "book":
        # of a kept sheet the scale is that of its satisfaction: an NPS is 0 to 10
        satisfaction = (one for one in plan.also if (one.part.kind, one.part.name) == ("survey", "csat"))
        return next((field for one in satisfaction for field in one.fields if field.column == "score"), None)
    column = _OF_KIND.get(plan.source.kind)
    return next((field for field in plan.fields if field.column == column), None)


def _of_kind(field: Field, kind: str) -> Field:
    """A column of kinds in which NPS is another kind: of a constant, or of the words of a column."""
    spec = field.spec
    if spec.constant is not None:
        spec = msgspec.structs.replace(spec, constant=kind) if means("nps_survey", str(spec.constant)) else spec
    else:
        spec = msgspec.structs.replace(spec, map={
            "nps": kind, "csat": "csat", "ces": "ces",
            **{word: kind if means("nps_survey", str(to)) else to for word, to in spec.map.items()},
        })
    return replace(field, spec=spec, others=tuple(_of_kind(one, kind) for one in field.others))
