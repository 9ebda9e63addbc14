"""Money as an expression of columns: only columns, numbers, + - * / and brackets."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import ColumnError

if TYPE_CHECKING:
    import narwhals as nw

__all__ = ["column_names", "parse"]

_DO = "only columns, numbers, + - * / and brackets, such as quantity * unit_price"
_MAX_LENGTH = 1_000
_SIGNS: dict[type[ast.operator], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_QUOTED = "_crm_ml_quoted_"


def column_names(expression: str) -> list[str]:
    """Return the columns that an expression reads, each once, in order.

    Examples
    --------
    >>> column_names("quantity * (unit_price - discount)")
    ['quantity', 'unit_price', 'discount']
    """
    names: dict[str, None] = {}
    _visit_names(_tree(expression), expression, names)
    return list(names)


def parse(expression: str, names: Mapping[str, str]) -> nw.Expr:
    """Return the expression over a frame's columns.

    Parameters
    ----------
    expression : str
        Names with other marks than letters, digits and ``_`` stand between backquotes.
    names : mapping of str to str
        Column of the frame by its name in the expression.

    Raises
    ------
    ColumnError
        When the text holds anything else: a call, an attribute, an index, a comparison.

    Examples
    --------
    >>> import narwhals as nw, pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"quantity": [2], "price": [3.0]}))
    >>> columns = {"quantity": "quantity", "price": "price"}
    >>> frame.select(total=parse("quantity * price", columns))["total"].to_list()
    [6.0]
    """
    return _build(_tree(expression), expression, names)


def _tree(expression: str) -> ast.expr:
    if len(expression) > _MAX_LENGTH:
        raise ColumnError("the expression is too long", got=f"{len(expression)} characters", do=_DO)
    plain = re.sub("`([^`]+)`", lambda quoted: _QUOTED + quoted[1].encode().hex(), expression.strip())
    try:
        return ast.parse(plain.replace("×", "*").replace("÷", "/"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ColumnError("neither a column nor an expression", got=repr(expression), do=_DO) from error


def _unquoted(name: str) -> str:
    return bytes.fromhex(name.removeprefix(_QUOTED)).decode() if name.startswith(_QUOTED) else name


def _visit_names(node: ast.expr, expression: str, names: dict[str, None]) -> None:
    match node:
        case ast.Name(id=name):
            names[_unquoted(name)] = None
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            pass
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            _visit_names(operand, expression, names)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            _visit_names(left, expression, names)
            _visit_names(right, expression, names)
        case _:
            raise ColumnError("not allowed in an expression", got=repr(expression), do=_DO)


def _build(node: ast.expr, expression: str, names: Mapping[str, str]) -> nw.Expr:
    import narwhals as nw

    match node:
        case ast.Name(id=name):
            return nw.col(names[_unquoted(name)])
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return nw.lit(float(number))
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            inner = _build(operand, expression, names)
            return nw.lit(0.0) - inner if isinstance(sign, ast.USub) else inner
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            both: nw.Expr = _SIGNS[type(op)](
                _build(left, expression, names), _build(right, expression, names)
            )
            return both
    raise ColumnError("not allowed in an expression", got=repr(expression), do=_DO)
