"""`cs accounts match|link|unlink|merge`: which records are one company, said by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_cli.base.errors import UsageError
from cs_cli.commands.desk import Desk, decide_instant, emit, flat_report, open_desk, say
from cs_cli.commands.options import FormatOption, OutputOption, WorkspaceOption
from cs_cli.reports.model import Column

if TYPE_CHECKING:
    from cs_cli.intake.decisions import Decided, Hand
    from cs_cli.intake.propose import Pair

COLUMNS = (
    Column("number", "No.", "number"), Column("score", "Likely", "number"), Column("kind", "What"),
    Column("called", "This"), Column("name", "Name"), Column("rows", "Rows", "number"),
    Column("account_id", "Account ID"), Column("account", "Account"), Column("evidence", "Because"),
    Column("next", "To accept", hidden=True),
)
MinOption = Annotated[int, typer.Option("--min", min=1, max=100, help="Show pairs at least so likely, 1 to 100.")]
AcceptOption = Annotated[
    list[int] | None, typer.Option("--accept", metavar="N", help="Link or merge the pair of this number.")
]
RefuseOption = Annotated[
    list[int] | None, typer.Option("--refuse", metavar="N", help="Never propose or match this pair again.")
]


def add_to(app: typer.Typer) -> None:
    """Hang the four commands under `cs accounts`."""
    app.command("match", epilog="Example: cs accounts match --accept 1 --refuse 2")(match)
    app.command("link", epilog='Example: cs accounts link stripe:cus_Q71Rx "Orchard Nine"')(link)
    app.command("unlink", epilog="Example: cs accounts unlink stripe:cus_Q71Rx")(unlink)
    app.command("merge", epilog="Example: cs accounts merge 8834501607 8834501612")(merge)


def match(
    least: MinOption = 80,
    accept: AcceptOption = None,
    refuse: RefuseOption = None,
    workspace: WorkspaceOption = None, format: FormatOption = None, output: OutputOption = None,
) -> None:
    """List what is likely one company, with the evidence: references without an account, accounts twice, and
    links that no longer fit.

    Likeness only proposes; nothing is ever matched by it. A number keeps its pair for good. "elsewhere" is a link
    that stands although the files point at another account by now.
    """
    from cs_cli.intake.numbering import load_numbers, number
    from cs_cli.intake.propose import propose

    if accept or refuse:
        with open_desk(workspace, write=True, definitions=False) as desk:
            keys = {n: key for key, n in load_numbers(desk.ws.private).items()}
            pairs = {pair.key: pair for pair in propose(desk.conn, 1).pairs}
            for n in accept or []:
                _accept(desk, n, _pair(n, keys, pairs))
            for n in refuse or []:
                _refuse(desk, n, _pair(n, keys, pairs))
        return
    with open_desk(workspace, definitions=False) as desk:
        found = propose(desk.conn, least)
        numbers = number(desk.ws.private, [pair.key for pair in found.pairs])
        rows = [_row(pair, numbers[pair.key]) for pair in found.pairs]
        report = flat_report("match", "Likely the same company", COLUMNS, rows, desk,
                             empty=f"No pair is {least} or more likely.")
    emit(report, format, output)
    if found.pairs:
        say("to accept: cs accounts match --accept N; to be asked no more: cs accounts match --refuse N")
    if found.alone:
        _tell_alone(found.alone)


def _tell_alone(alone: list[tuple[str, str, int]]) -> None:
    from cs_cli.base.safe_text import safe_text

    have = "references have" if alone[1:] else "reference has"
    say(f"{len(alone):,} {have} rows, no account, and nothing that comes near:")
    for called, name, rows in alone[:5]:
        say(f"  {safe_text(called)} {safe_text(name if name != called else '')}: {rows:,} row{'s' * (rows != 1)}")
    if len(alone) > 5:
        say(f"  … and {len(alone) - 5:,} more")
    say("to link one: cs accounts link REF ACCOUNT")


def _row(pair: Pair, number: int) -> dict[str, Any]:
    command = (
        f"cs accounts link {pair.called} {pair.account_id}" if pair.ref is not None
        else f"cs accounts merge {pair.account_id} {pair.called}"
    )
    kind = "twice" if pair.ref is None else "elsewhere" if pair.elsewhere else "no account"
    return {
        "number": number, "score": pair.score, "kind": kind,
        "called": pair.called, "name": pair.name if pair.name != pair.called else None, "rows": pair.rows,
        "account_id": pair.account_id, "account": pair.account, "evidence": pair.evidence, "next": command,
    }


def _pair(number: int, keys: dict[int, str], pairs: dict[str, Pair]) -> Pair:
    key = keys.get(number)
    if key is None or key not in pairs:
        raise UsageError.of("IMP-255", f"there is no open pair {number}", next="cs accounts match lists them")
    return pairs[key]


def _hand(desk: Desk) -> Hand:
    from cs_cli.cases.people import People
    from cs_cli.intake.decisions import Hand

    return Hand(desk.settings, desk.day, decide_instant(desk.settings), People(desk.settings).me)


def _accept(desk: Desk, number: int, pair: Pair) -> None:
    from cs_cli.intake import decisions
    from cs_cli.intake.links import Ref

    if pair.ref is not None:
        row = desk.conn.execute(
            "SELECT id, system, external_id, hint_domain, hint_name FROM ref WHERE id = ?", (pair.ref,)
        ).fetchone()
        done = decisions.link(desk.conn, _hand(desk), Ref(*row), pair.keep)
    else:
        assert pair.other is not None
        done = decisions.merge(desk.conn, _hand(desk), pair.keep, pair.other)
    _tell(f"{number}: {pair.called} belongs to {pair.account_id} {pair.account}", done)


def _refuse(desk: Desk, number: int, pair: Pair) -> None:
    from cs_cli.intake import decisions

    done = decisions.refuse(desk.conn, _hand(desk), pair.key, f"{pair.called} is not {pair.account_id}")
    _tell(f"{number}: {pair.called} is not {pair.account_id} {pair.account}; it will not be proposed again", done)


def _tell(text: str, done: Decided) -> None:
    from cs_cli.base.safe_text import safe_text

    say(safe_text(text))
    if done.change_set is not None:
        say(f"#{done.change_set}; to take it back: cs imports undo {done.change_set}")


RefArgument = Annotated[
    str, typer.Argument(
        metavar="REF", help="system:id as cs accounts match shows it, an id, the name on the rows, or one subscription."
    )
]


def link(
    ref: RefArgument,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id, domain or a unique part of the name.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Say whose rows these are: a billing customer or requester belongs to an account.

    A subscription can be linked by itself, where one customer (an agency, a parent) pays for several accounts: its
    money, invoices and events then count for that account, whoever pays.
    """
    from cs_cli.intake import decisions
    from cs_cli.store.refs import find_account

    with open_desk(workspace, write=True, definitions=False) as desk:
        found = find_account(desk.conn, account)
        apart = decisions.find_subscription(desk.conn, ref)
        if apart is not None:
            done = decisions.link_subscription(desk.conn, _hand(desk), *apart, found.account)
            what, tail = ":".join(apart), f"; {decisions.payer(desk.conn, *apart)[0]} pays for it"
        else:
            named = decisions.find_ref(desk.conn, ref, linked=False)
            done = decisions.link(desk.conn, _hand(desk), named, found.account)
            what, tail = decisions.called(named), ""
    words = "already belongs" if done.again else "belongs"
    _tell(f"{what} {words} to {found.account_id} {found.name}{tail}", done)


def unlink(ref: RefArgument, workspace: WorkspaceOption = None) -> None:
    """Take a reference away from its account; one that was merged becomes an account of its own again, and a
    subscription that was linked by itself goes back to the account of its customer."""
    from cs_cli.intake import decisions

    with open_desk(workspace, write=True, definitions=False) as desk:
        apart = decisions.find_subscription(desk.conn, ref)
        if apart is not None:
            done, what = decisions.unlink_subscription(desk.conn, _hand(desk), *apart), ":".join(apart)
        else:
            named = decisions.find_ref(desk.conn, ref, linked=True)
            done, what = decisions.unlink(desk.conn, _hand(desk), named), decisions.called(named)
        now = None if done.account is None else desk.conn.execute(
            "SELECT account_id FROM account_registry WHERE account = ?", (done.account,)
        ).fetchone()[0]
    outcome = f"belongs to {now} now" if now else "has no account now; its rows count nowhere"
    _tell(f"{what} {outcome}", done)


def merge(
    keep: Annotated[str, typer.Argument(metavar="KEEP", help="The account that stays, with its id.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The account that becomes part of it.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Make two accounts one: all that is known of OTHER belongs to KEEP, and OTHER leaves the lists."""
    from cs_cli.intake import decisions
    from cs_cli.store.backup import backup as back_up
    from cs_cli.store.refs import find_account

    with open_desk(workspace, write=True, definitions=False) as desk:
        first, second = find_account(desk.conn, keep), find_account(desk.conn, other)
        back_up(desk.ws.db_path, why="before-merge")
        done = decisions.merge(desk.conn, _hand(desk), first.account, second.account)
    _tell(f"{second.account_id} {second.name} is now part of {first.account_id} {first.name}", done)
