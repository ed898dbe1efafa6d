"""From the text of a condition to its typed tree: what is not listed here is refused.

Python's `ast` reads the text; nothing is ever evaluated. Faults are collected on the Source, and a
part that is wrong becomes None so that the rest is still looked at.
"""

from __future__ import annotations

import ast
import datetime
import warnings

from cs_cli.definitions.conditions.functions import FUNCTIONS, make_call
from cs_cli.definitions.conditions.names import NUMERIC, WORDS, Names, common_type, result_type
from cs_cli.definitions.conditions.nodes import (
    Among,
    Arithmetic,
    Compare,
    Every,
    Fact,
    Literal,
    Missing,
    Negative,
    Node,
    Not,
    Some,
    weight,
)
from cs_cli.definitions.conditions.source import DEEPEST, Source, syntax_words

_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}
_TRUTHS = {"true": True, "false": False}
LARGEST = 10**15        # numbers beyond this lose pennies in binary
HEAVIEST = 5_000        # size of the SQL in nodes: min and max write each argument three times


class Checker:
    """Builds the typed tree of one Source; `names` are the facts it may use."""

    def __init__(self, source: Source, names: Names) -> None:
        self.source = source
        self.names = names
        self.used: set[str] = set()

    # --- entry -------------------------------------------------------------

    def condition(self) -> Node | None:
        """The tree of a yes-or-no condition; None after recording at least one fault."""
        if self.source.text.strip() == "otherwise":
            return Literal("otherwise", "flag", value=True)
        tree = self._parse()
        return self._finish(self._truth(tree, 0)) if tree is not None else None

    def expression(self) -> Node | None:
        """The tree of an expression of any type; None after recording at least one fault."""
        tree = self._parse()
        return self._finish(self._node(tree, 0)) if tree is not None else None

    def _finish(self, node: Node | None) -> Node | None:
        if self.source.faults or node is None:
            return None
        if weight(node) > HEAVIEST:
            self.source.fault("DEF-045", "min and max are nested too deeply", 0, 0)
            return None
        return node

    def _parse(self) -> ast.expr | None:
        text = self.source.readable()
        if text is None:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                return ast.parse(f"({text}\n)", mode="eval").body
        except SyntaxError as error:
            line, last = (error.lineno or 1) - 1, len(self.source.lines) - 1
            column = max(0, (error.offset or 1) - 1 - (1 if line == 0 else 0))
            if line > last:     # the text ended too early
                line, column = last, len(self.source.lines[last].rstrip())
            self.source.fault("DEF-040", syntax_words(error.msg), line,
                              min(column, len(self.source.lines[line])))
        except (RecursionError, MemoryError, ValueError):
            self.source.fault("DEF-045", "the condition is nested too deeply", 0, 0)
        return None

    # --- places ------------------------------------------------------------

    def _place(self, line: int, offset: int) -> tuple[int, int]:
        """ast counts lines from 1 and bytes of UTF-8, and one bracket was put in front."""
        line -= 1
        if line == 0:
            offset -= 1
        shown = self.source.lines[min(line, len(self.source.lines) - 1)]
        if not shown.isascii():
            offset = len(shown.encode()[:offset].decode(errors="ignore"))
        return line, max(0, offset)

    def text(self, node: ast.expr) -> str:
        """The part of the condition that node stands for, on one line."""
        first = self._place(node.lineno, node.col_offset)
        last = self._place(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
        lines = self.source.lines[first[0]:last[0] + 1]
        lines[-1] = lines[-1][:last[1]]
        lines[0] = lines[0][first[1]:]
        text = " ".join(line.split(" #")[0].strip() for line in lines) if len(lines) > 1 else lines[0]
        return text + "%" if isinstance(node, ast.Constant) and isinstance(node.value, complex) \
            and not text.endswith("%") else text

    def fault(self, ident: str, what: str, node: ast.expr, **more: str | None) -> None:
        line, column = self._place(node.lineno, node.col_offset)
        width = (node.end_col_offset or 0) - node.col_offset if node.end_lineno == node.lineno else 1
        self.source.fault(ident, what, line, column, width, **more)

    # --- conditions --------------------------------------------------------

    def _truth(self, node: ast.expr, depth: int) -> Node | None:
        """The node where yes or no is needed."""
        found = self._node(node, depth)
        if found is not None and found.type != "flag":
            hint = f"write {found.text} > 0" if found.type in NUMERIC else None
            self.fault("DEF-046", f"{found.text} is {WORDS[found.type]}, not yes or no", node,
                       value=found.text, expected="a comparison or a yes-or-no fact", next=hint)
            return None
        return found

    def _node(self, node: ast.expr, depth: int) -> Node | None:
        if depth > DEEPEST:
            if not self.source.faults:
                self.fault("DEF-045", f"more than {DEEPEST} parts inside one another", node)
            return None
        match node:
            case ast.BoolOp():
                parts = [self._truth(part, depth + 1) for part in node.values]
                if any(part is None for part in parts):
                    return None
                whole = tuple(part for part in parts if part is not None)
                make = Every if isinstance(node.op, ast.And) else Some
                return make(self.text(node), "flag", parts=whole)
            case ast.UnaryOp(op=ast.Not()):
                of = self._truth(node.operand, depth + 1)
                return of and Not(self.text(node), "flag", of=of)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                return self._negative(node, depth)
            case ast.BinOp():
                return self._arithmetic(node, depth)
            case ast.Compare():
                return self._compare(node, depth)
            case ast.Call():
                return self._call(node, depth)
            case ast.Name():
                return self._name(node)
            case ast.Constant():
                return self._literal(node)
            case ast.Tuple() | ast.List() | ast.Set():
                self.fault("DEF-042", "a list stands only behind in or not in", node)
            case ast.Attribute():
                self.fault("DEF-042", "facts have no dots in their names", node)
            case _:
                self.fault("DEF-042", f"{self.text(node)[:40]} cannot be used in a condition", node,
                           expected="comparisons, and or not, in (…), is missing, + - * /, "
                                    + " ".join(FUNCTIONS))
        return None

    def _name(self, node: ast.Name) -> Node | None:
        if node.id in _TRUTHS:
            return Literal(node.id, "flag", value=_TRUTHS[node.id])
        found = self.names.get(node.id)
        if found is not None:
            self.used.add(node.id)
            return Fact(node.id, found.type, found.values, found.many, name=node.id)
        if node.id == "missing":
            self.fault("DEF-042", "missing stands behind is or is not, as in nps is missing", node)
        elif node.id == "otherwise":
            self.fault("DEF-042", "otherwise stands alone, as the last entry of a list", node)
        else:
            from cs_cli.base.near import did_you_mean

            hint = did_you_mean(node.id, self.names)
            way = "cs facts list shows every fact"
            if node.id in ("health", "band"):
                way = "health.yaml gives health and band: it is not there"
            self.fault("DEF-041", f"there is no fact called {node.id}{hint}", node, value=node.id,
                       next=way if not hint else None)
        return None

    def _literal(self, node: ast.Constant) -> Node | None:
        value, text = node.value, self.text(node)
        if isinstance(value, bool):
            return Literal(text, "flag", value=value)
        if isinstance(value, complex):
            return Literal(text, "percent", value=float(value.imag) / 100)
        if isinstance(value, int | float):
            if not abs(value) <= LARGEST:
                self.fault("DEF-049", f"{text[:40]} is larger than any number here may be", node)
                return None
            return Literal(text, "plain", value=value)
        if isinstance(value, str):
            return Literal(text, "text", value=value)
        if value is None:
            self.fault("DEF-042", "write is missing or is not missing", node, value=text)
        else:
            self.fault("DEF-042", f"{text[:40]} is neither a number nor a text", node, value=text)
        return None

    def _negative(self, node: ast.UnaryOp, depth: int) -> Node | None:
        of = self._node(node.operand, depth + 1)
        if of is None:
            return None
        if of.type not in NUMERIC:
            self.fault("DEF-043", f"{of.text} is {WORDS[of.type]}; a sign needs a number", node)
            return None
        if isinstance(node.op, ast.UAdd):
            return of
        if isinstance(of, Literal):
            return Literal(f"-{of.text}", of.type, value=-of.value)
        return Negative(self.text(node), of.type, of=of)

    def _arithmetic(self, node: ast.BinOp, depth: int) -> Node | None:
        op = _ARITHMETIC.get(type(node.op))
        if op is None:
            self.fault("DEF-042", "only + - * / calculate here", node)
            return None
        left, right = self._node(node.left, depth + 1), self._node(node.right, depth + 1)
        if left is None or right is None:
            return None
        for side, place in ((left, node.left), (right, node.right)):
            if side.type not in NUMERIC:
                hint = "days between two dates are facts of their own" if side.type == "date" else None
                self.fault("DEF-043", f"{side.text} is {WORDS[side.type]}; {op} needs numbers", place,
                           next=hint)
                return None
        result = result_type(op, left.type, right.type)
        if result is None:
            self.fault("DEF-043", f"{left.text} is {WORDS[left.type]} and {right.text} is "
                       f"{WORDS[right.type]}: {op} of the two means nothing", node)
            return None
        return Arithmetic(self.text(node), result, op=op, left=left, right=right)

    def _call(self, node: ast.Call, depth: int) -> Node | None:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name is None or name not in FUNCTIONS:
            from cs_cli.base.near import did_you_mean

            hint = did_you_mean(name, FUNCTIONS) if name else ""
            self.fault("DEF-042",
                       f"there is no function {name or self.text(node.func)[:40]}{hint}",
                       node, expected=" ".join(FUNCTIONS))
            return None
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            self.fault("DEF-048", f"{name} takes plain values between its brackets", node)
            return None
        args = [self._node(argument, depth + 1) for argument in node.args]
        whole = [argument for argument in args if argument is not None]
        if len(whole) < len(args):
            return None
        return make_call(self, node, name, whole)

    # --- comparisons -------------------------------------------------------

    def _compare(self, node: ast.Compare, depth: int) -> Node | None:
        kinds = {type(op) for op in node.ops}
        if kinds & {ast.Is, ast.IsNot}:
            return self._missing(node, depth)
        if kinds & {ast.In, ast.NotIn}:
            return self._among(node, depth)
        parts = [self._node(part, depth + 1) for part in (node.left, *node.comparators)]
        whole = [part for part in parts if part is not None]
        if len(whole) < len(parts):
            return None
        places = [node.left, *node.comparators]
        ops = [_COMPARE[type(op)] for op in node.ops]
        for i, op in enumerate(ops):
            pair = self._pair(op, whole[i], whole[i + 1], places[i], places[i + 1])
            if pair is None:
                return None
            whole[i], whole[i + 1] = pair
        return Compare(self.text(node), "flag", ops=tuple(ops), parts=tuple(whole))

    def _pair(self, op: str, left: Node, right: Node, left_at: ast.expr, right_at: ast.expr
              ) -> tuple[Node, Node] | None:
        """Both sides of one comparison with their written values made exact; None after a fault."""
        if left.type == "date" or right.type == "date":
            fixed = self.day(left, left_at), self.day(right, right_at)
            return (fixed[0], fixed[1]) if fixed[0] is not None and fixed[1] is not None else None
        if common_type(left.type, right.type) is None:
            self._mismatch(left, right, right_at)
            return None
        if left.type in ("text", "flag") and op not in ("==", "!="):
            self.fault("DEF-043", f"{left.text} is {WORDS[left.type]}; it compares only with == and !=",
                       left_at)
            return None
        if left.type == "text":
            one, two = self.spelled(left, right, left_at), self.spelled(right, left, right_at)
            return (one, two) if one is not None and two is not None else None
        for share, number, place in ((left, right, right_at), (right, left, left_at)):
            if share.type == "ratio" and isinstance(number, Literal) and number.type == "plain" \
                    and abs(number.value) > 10:
                self.fault("DEF-050", f"{share.text} is a share: 0.3 is 30%; did you mean {number.text}%?",
                           place, value=number.text)
                return None
        return left, right

    def _mismatch(self, left: Node, right: Node, at: ast.expr) -> None:
        hint = None
        if "date" not in (left.type, right.type) and "text" in (left.type, right.type):
            text = left if left.type == "text" else right
            if isinstance(text, Literal) and text.value.replace("_", "").replace(".", "").isdigit():
                hint = f"write {text.value} without quotation marks"
        self.fault("DEF-043", f"{left.text} is {WORDS[left.type]} and {right.text} is {WORDS[right.type]}; "
                   "they cannot be compared", at, value=right.text, expected=WORDS[left.type], next=hint)

    def day(self, side: Node, at: ast.expr) -> Node | None:
        """The side of a comparison of days: a fact, or a text that is a day of the calendar."""
        if side.type == "date":
            return side
        if isinstance(side, Literal) and side.type == "text":
            try:
                if len(side.value) == 10:
                    value = datetime.date.fromisoformat(side.value).isoformat()
                    return Literal(side.text, "date", value=value)
            except ValueError:
                pass
        self.fault("DEF-049", f"{side.text} is not a day", at, value=side.text,
                   expected='a day as "2026-01-31"')
        return None

    def spelled(self, side: Node, other: Node, at: ast.expr) -> Node | None:
        """A written text takes the declared spelling of the fact it is compared with."""
        if other.values is None or not isinstance(side, Literal):
            return side
        for value in other.values:
            if value.casefold() == side.value.casefold():
                return Literal(side.text, "text", value=value)
        from cs_cli.base.near import did_you_mean

        hint = did_you_mean(side.value, other.values)
        self.fault("DEF-044", f'{other.text} is never "{side.value}"' + hint, at,
                   value=side.value, expected=", ".join(other.values[:20]))
        return None

    def _missing(self, node: ast.Compare, depth: int) -> Node | None:
        if len(node.ops) > 1 or not (
            isinstance(node.comparators[0], ast.Name) and node.comparators[0].id == "missing"
        ):
            self.fault("DEF-042", "behind is or is not stands only missing", node,
                       next="write == to compare")
            return None
        of = self._node(node.left, depth + 1)
        if of is None:
            return None
        return Missing(self.text(node), "flag", of=of, negated=isinstance(node.ops[0], ast.IsNot))

    def _among(self, node: ast.Compare, depth: int) -> Node | None:
        of = self._node(node.left, depth + 1)
        if len(node.ops) > 1:
            self.fault("DEF-042", "in does not chain; join two with and", node)
            return None
        listed = node.comparators[0]
        if not isinstance(listed, ast.Tuple | ast.List):
            one = self.text(listed)
            fix = f"in ({one},)" if isinstance(listed, ast.Constant) else "in (…, …)"
            self.fault("DEF-047", "behind in stands a list in brackets; a list of one ends with a comma",
                       listed, value=one, expected=fix,
                       next=f"write == {one}" if isinstance(listed, ast.Constant) else None)
            return None
        if not listed.elts:
            self.fault("DEF-047", "the list behind in is empty", listed)
            return None
        if of is None:
            return None
        if of.type == "flag":
            self.fault("DEF-043", f"{of.text} is yes or no; it stands alone or behind not", node)
            return None
        options = [self._option(of, element, depth) for element in listed.elts]
        if any(option is None for option in options):
            return None
        values = tuple(option.value for option in options if option is not None)
        negated = isinstance(node.ops[0], ast.NotIn)
        return Among(self.text(node), "flag", of=of, options=values, negated=negated)

    def _option(self, of: Node, element: ast.expr, depth: int) -> Literal | None:
        option = self._node(element, depth + 1)
        if option is None:
            return None
        if not isinstance(option, Literal):
            self.fault("DEF-047", f"{option.text} is not a written value; a list holds only those", element)
            return None
        fixed = self._pair("==", of, option, element, element)
        return fixed[1] if fixed is not None and isinstance(fixed[1], Literal) else None
