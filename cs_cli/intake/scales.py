"""On which scale the answers of a survey are: NPS is 0 to 10, and 1 to 5 read as NPS would make everybody a detractor.

A source says it (`scale: 5`), or a person once (--scale 5), which is remembered for the column of the answers. Answers
of 1 to 5 count as satisfaction (CSAT), of 1 to 7 as effort (CES, which no figure counts), as they were written: an
NPS worked out from five steps is comparable with none of ten.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from cs_cli.base.errors import InputRefused
from cs_cli.definitions.words import means
from cs_cli.intake.again import again
from cs_cli.intake.plan import Field, Memory, Plan, Remembered
from cs_cli.intake.recognise import fold_header

if TYPE_CHECKING:
    from cs_cli.intake.results import ImportOptions
    from cs_cli.intake.stage import Staged

WORD = "scale"
SCALES = {5: "csat", 7: "ces", 10: "nps"}
ENOUGH = 10     # answers from which on the lack of high ones says something
_CALLED = {5: "1 to 5, as satisfaction (csat)", 7: "1 to 7, as effort (ces)", 10: "0 to 10, as NPS"}


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


def check_scale(conn: sqlite3.Connection, staged: Staged, options: ImportOptions) -> None:
    """NPS answers of which, with those that the source gave before, ten or more are there and none is high.

    Raises InputRefused IMP-117 unless the scale is said or remembered; says which one is remembered.
    """
    answers = _answers(staged.plan)
    if answers is None or "kind" not in staged.delivered:
        return
    if (scale := _scale(staged.plan)) is not None:
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


def _scale(plan: Plan) -> Remembered | None:
    if plan.source.scale is not None:
        return Remembered(str(plan.source.scale), "its source", said=True)
    answers = _answers(plan)
    return None if answers is None else plan.remembered.get((fold_header(answers.header), WORD))


def _answers(plan: Plan) -> Field | None:
    if plan.source.kind != "survey":
        return None
    return next((field for field in plan.fields if field.column == "score"), None)


def _of_kind(field: Field, kind: str) -> Field:
    """A column of kinds in which NPS is another kind: of a constant, or of the words of a column."""
    spec = field.spec
    if spec.constant is not None:
        spec = msgspec.structs.replace(spec, constant=kind) if means("nps_survey", str(spec.constant)) else spec
    else:
        spec = msgspec.structs.replace(spec, map={
            "nps": kind, **{word: kind if means("nps_survey", str(to)) else to for word, to in spec.map.items()},
        })
    return replace(field, spec=spec, others=tuple(_of_kind(one, kind) for one in field.others))
