"""`cs health backtest` and `cs health fit`: what the score was worth, and weights that your own churn proposes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.base.days import parse_day
from cs_cli.commands.desk import Desk, deliver_payload, emit, fixed_or_clock_day, format_for, open_desk, say
from cs_cli.commands.options import AsOfOption, FormatOption, KnownAtOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column, Figure, Report, Section

if TYPE_CHECKING:
    from datetime import date

    from cs_cli.scoring.backtest_stats import Interval
    from cs_cli.scoring.fit import Fit

HorizonOption = Annotated[int, typer.Option("--horizon", metavar="DAYS", help="How far ahead a loss counts.")]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="DAY", help="The first day looked at: 2025-01-31, 1y; else 180 days.")
]
StepOption = Annotated[int, typer.Option("--step", metavar="DAYS", help="Days between the days looked at.")]

CONFUSION = (
    Column("band", "Band", "band"), Column("n", "Account-days", "number"), Column("kept", "Kept", "number"),
    Column("contracted", "Contracted", "number"), Column("churned", "Churned", "number"),
    Column("lost_share", "Lost", "percent"), Column("churns", "Churned accounts", "number"),
    Column("churned_arr", "Their ARR", "money"),
)  # fmt: skip
GREEN = (
    Column("when", "When"), Column("churns", "Churned accounts", "number"), Column("green", "Green", "number"),
    Column("share", "Share", "percent"), Column("low", "From", "percent"), Column("high", "To", "percent"),
    Column("churned_arr", "ARR", "money"), Column("green_arr", "Green ARR", "money"),
    Column("arr_share", "Share of ARR", "percent"),
)  # fmt: skip
ALARMS = (
    Column("alarm", "Alarm"), Column("n", "Alarms", "number"), Column("precision", "Precision", "percent"),
    Column("precision_interval", "95 %"), Column("lost", "Losses", "number"), Column("recall", "Recall", "percent"),
    Column("recall_interval", "95 %"), Column("caught", "Churns seen", "number"), Column("churns", "Of", "number"),
    Column("lead", "Median lead days", "number"),
)  # fmt: skip
DECILES = (
    Column("decile", "Tenth", "number"), Column("n", "n", "number"), Column("from", "Health from", "score"),
    Column("to", "To", "score"), Column("mean", "Mean", "score"), Column("lost", "Lost", "number"),
    Column("lost_share", "Share lost", "percent"),
)  # fmt: skip
SEGMENTS = (
    Column("dimension", "Dimension"), Column("segment", "Segment"), Column("n", "Account-days", "number"),
    Column("accounts", "Accounts", "number"), Column("churns", "Churns", "number"),
    Column("lost_share", "Lost", "percent"), Column("auc", "AUC", "ratio"),
    Column("auc_low", "From", "ratio"), Column("auc_high", "To", "ratio"),
)  # fmt: skip


def earliest(desk: Desk, since: str | None) -> date | None:
    """The day of --since; an age counts back from the day that is looked at."""
    if since is None:
        return None
    return parse_day(since, desk.day if since[:1].isdigit() else fixed_or_clock_day(desk.settings))


def backtest(
    horizon: HorizonOption = 90,
    since: SinceOption = None,
    step: StepOption = 7,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """How often the score was right: every past day as of that day, against churn and contraction after it."""
    from cs_cli.scoring.backtest import look_back
    from cs_cli.scoring.backtest_summary import summary

    with open_desk(workspace, as_of, known_at) as desk:
        past = look_back(
            desk.conn, desk.definitions, desk.day, horizon=horizon, since=earliest(desk, since), step=step,
            known_at=desk.known_at,
        )  # fmt: skip
        found = summary(past, desk.definitions.segments, desk.currency)
        if format_for(output, format) == "json":
            emit_object(found, output)
        else:
            emit(_page(desk, found), format, output)


def _page(desk: Desk, found: dict[str, Any]) -> Report:
    taken = (
        f"{found['n']:,} account-days: {found['accounts']:,} paying accounts on {found['days']} days "
        f"from {found['since']} to {found['until']}, every {found['step']} days, each as of that day. "
        f"Lost: churned or contracted within {found['horizon']} days."
    )
    counts = (
        Figure("churns", "Churned accounts", found["churns"]),
        Figure("contracted", "Contracted accounts", found["contracted"]),
    )
    sections = [Section("taken", "What was looked at", figures=counts, text=taken)]
    if found["unknown_amounts"]:
        left = f"{found['unknown_amounts']:,} account-days are left out: their amount has no rate (fx: in cs.yaml)."
        sections.append(Section("left_out", "Left out", text=left))
    if found["enough"]:
        figures = tuple(
            Figure(
                key,
                label,
                found[key]["value"],
                "ratio",
                note=_worth(found[key]),
            )
            for key, label in (("auc", "AUC, any loss"), ("auc_churn", "AUC, churn"))
        )
        about = "The chance that a lost account had the lower score: 0.5 is a coin, 1.0 perfect."
        sections.append(Section("auc", "Ranking", figures=figures, text=about))
    else:
        sections.append(Section("few", "No rates", text=few(found["churns"])))
    sections.append(Section("confusion", "By band", CONFUSION, tuple(found["confusion"])))
    sections.append(Section("green", "Green before churn", GREEN, tuple(found["green_before_churn"])))
    if found["enough"]:
        sections.append(Section("alarms", "As an alarm", ALARMS, tuple(_alarm(row, found) for row in found["alarms"])))
        sections.append(Section("calibration", "By tenths of the score", DECILES, tuple(found["calibration"])))
    sections.append(Section("segments", "By segment", SEGMENTS, tuple(found["segments"]), empty="No segments."))
    return Report(
        "backtest", f"Health, {found['horizon']} days ahead", desk.day.isoformat(), desk.currency,
        desk.settings.company,
        sections=tuple(sections),
    )  # fmt: skip


def _worth(one: dict[str, Any]) -> str:
    return (
        f"95 %: {_span(one)}; n {one['n']:,} account-days of {one['accounts']:,} accounts, "
        f"lost {one['lost']:,} of {one['lost_accounts']:,}"
    )


def few(churned: int) -> str:
    from cs_cli.scoring.backtest import FEW

    return (
        f"{churned} churned accounts are too few to judge a score by: no precision, recall or AUC under {FEW}. "
        "Look at each of them instead: cs show ACCOUNT --as-of a day before it left."
    )


def _alarm(row: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {
        "alarm": row["alarm"], "n": row["precision"]["n"], "precision": row["precision"]["value"],
        "precision_interval": _span_of(row["precision"]), "lost": row["recall"]["n"], "recall": row["recall"]["value"],
        "recall_interval": _span_of(row["recall"]), "caught": row["churns_caught"]["caught"], "churns": found["churns"],
        "lead": row["lead_days"]["median"],
    }  # fmt: skip


def _span(one: dict[str, Any]) -> str:
    return "–" if one["low"] is None else f"{one['low']:.2f} to {one['high']:.2f}"


def _span_of(one: dict[str, Any]) -> str:
    return f"{_span(one)} (n {one['accounts']} accounts)"


def emit_object(payload: dict[str, Any], output: Path | None) -> None:
    import json

    deliver_payload(json.dumps(payload, indent=2, allow_nan=False, ensure_ascii=False) + "\n", output)


FIT = (
    Column("measure", "Measure"), Column("family", "Family"), Column("weight", "Weight now", "number"),
    Column("proposed", "Proposed", "number"), Column("alone", "AUC alone", "number"), Column("n", "n", "number"),
)  # fmt: skip


def fit(
    horizon: HorizonOption = 90,
    since: SinceOption = "1y",
    step: StepOption = 14,
    card: Annotated[
        str | None, typer.Option("--card", metavar="NAME", help="The scorecard; else the one most churn fell under.")
    ] = None,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="Write health.yaml with the proposed weights here.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Propose weights from your own churn, beside today's; nothing is changed. From about 30 churned accounts on."""
    from cs_cli.scoring import fit as fitting
    from cs_cli.scoring.backtest import churns, look_back

    with open_desk(workspace, as_of) as desk:
        past = look_back(
            desk.conn, desk.definitions, desk.day, horizon=horizon, since=earliest(desk, since), step=step, points=True
        )
        chosen, samples = fitting.card_to_fit(past, desk.definitions.health, card)
        churned = len(churns(samples))
        as_json = format_for(output, format) == "json"
        if churned < fitting.NEEDED:
            why = (
                f"{churned} churned accounts under the card {chosen.name}; weights are proposed from {fitting.NEEDED} "
                "on, below that they would be noise. Learn from each of them: cs report postmortem ACCOUNT."
            )
            if as_json:
                told = {"card": chosen.name, "churns": churned, "needed": fitting.NEEDED, "offered": False}
                emit_object(told | {"why": why}, output)
            else:
                section = Section("fit", "No proposal", text=why)
                emit(_fit_report(desk, (section,)), format, output)
            return
        found = fitting.fit(chosen, samples)
        if write is not None:
            from cs_cli.scoring.fit_write import write_proposal

            write_proposal(desk.ws.root / "health.yaml", write, found)
            say(f"wrote {write}; compare: diff {desk.ws.root / 'health.yaml'} {write}")
        if as_json:
            emit_object(_fit_object(found), output)
        else:
            emit(_fit_report(desk, (_fit_section(found),)), format, output)


def _fit_report(desk: Desk, sections: tuple[Section, ...]) -> Report:
    return Report(
        "fit", "Weights from your own churn", desk.day.isoformat(), desk.currency, desk.settings.company,
        sections=sections,
    )  # fmt: skip


def _fit_object(found: Fit) -> dict[str, Any]:
    return {
        "card": found.card, "churns": found.churns, "offered": True, "n": found.rows, "accounts": found.accounts,
        "ridge": found.ridge, "now": found.now._asdict(), "proposed": found.proposed._asdict(),
        "measures": [
            {
                "measure": one.measure, "family": one.family, "weight": one.weight, "proposed": one.proposed,
                "alone": one.alone._asdict(),
            }
            for one in found.lines
        ],
    }  # fmt: skip


def _fit_section(found: Fit) -> Section:
    now, then = found.now.value or 0.0, found.proposed.value or 0.0
    better = then - now
    told = f"ranks better by {better:.3f}" if better > 0.01 else "ranks no better; keep today's"
    figures = (
        Figure("now", "AUC, today's weights", found.now.value, "number", note=_interval(found.now)),
        Figure("proposed", "AUC, proposed, on accounts not fitted on", found.proposed.value, "number",
               note=_interval(found.proposed)),
    )  # fmt: skip
    rows = tuple(
        {
            "measure": one.measure, "family": one.family, "weight": one.weight, "proposed": one.proposed,
            "alone": one.alone.value, "n": one.alone.n,
        }
        for one in found.lines
    )  # fmt: skip
    text = (
        f"Card {found.card}: {found.churns} churned accounts, {found.rows:,} account-days of {found.accounts:,} "
        f"accounts. The proposed card {told}. A weight of 0: no sign of it in your churn once the others are known; "
        "a measure that is hardly ever known keeps its weight."
    )
    return Section("fit", "Side by side", FIT, rows, figures, text)


def _interval(one: Interval) -> str:
    span = "" if one.low is None else f"95 %: {one.low:.2f} to {one.high:.2f}; "
    return f"{span}n {one.n:,} of {one.accounts:,} accounts, {one.lost:,} of them lost"
