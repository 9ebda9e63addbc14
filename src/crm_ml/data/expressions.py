"""Money as an expression of columns: only columns, numbers, + - * / and brackets."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from crm_ml.base.exceptions import ColumnError

if TYPE_CHECKING:
    import narwhals as nw

__all__ = ["column_names", "parse"]

_DO = "only columns, numbers, + - * / and brackets, such as quantity * unit_price"
_MAX_LENGTH = 1_000


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


def parse(expression: str, *, prefix: str = "") -> nw.Expr:
    """Return the expression over the columns named `prefix` + name.

    Raises
    ------
    ColumnError
        When the text holds anything else: a call, an attribute, an index, a comparison.

    Examples
    --------
    >>> import narwhals as nw, pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"quantity": [2], "price": [3.0]}))
    >>> frame.select(total=parse("quantity * price"))["total"].to_list()
    [6.0]
    """
    return _build(_tree(expression), expression, prefix)


def _tree(expression: str) -> ast.expr:
    if len(expression) > _MAX_LENGTH:
        raise ColumnError("the expression is too long", got=f"{len(expression)} characters", do=_DO)
    try:
        return ast.parse(expression.strip().replace("×", "*").replace("÷", "/"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ColumnError("neither a column nor an expression", got=repr(expression), do=_DO) from error


def _visit_names(node: ast.expr, expression: str, names: dict[str, None]) -> None:
    match node:
        case ast.Name(id=name):
            names[name] = None
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            pass
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            _visit_names(operand, expression, names)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
            _visit_names(left, expression, names)
            _visit_names(right, expression, names)
        case _:
            raise ColumnError("not allowed in an expression", got=repr(expression), do=_DO)


def _build(node: ast.expr, expression: str, prefix: str) -> nw.Expr:
    import narwhals as nw

    match node:
        case ast.Name(id=name):
            return nw.col(prefix + name)
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return nw.lit(float(number))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return nw.lit(0.0) - _build(operand, expression, prefix)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _build(operand, expression, prefix)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _build(left, expression, prefix), _build(right, expression, prefix)
            match op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div():
                    return a / b
    raise ColumnError("not allowed in an expression", got=repr(expression), do=_DO)
