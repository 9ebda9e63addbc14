"""Rows of a database table without those of one customer, in one transaction."""

from __future__ import annotations

from crm_ml.base.exceptions import InputError
from crm_ml.base.optional import require
from crm_ml.reporting.erasing.person import Person

__all__ = ["erase_from_table"]


def erase_from_table(url: str, name: str, person: Person, *, dry_run: bool = False) -> int:
    """Delete the rows of a customer; return how many there were.

    Parameters
    ----------
    url : str
        SQLAlchemy address.
    name : str
        Table, or ``schema.table``.
    person : Person
        The first of its columns that the table has holds the ids.
    dry_run : bool
        Only count.

    Raises
    ------
    InputError
        When the database or table cannot be reached; the address, which may hold a password, is not shown.
    """
    require("sqlalchemy", extra="sql")
    import sqlalchemy as sa

    schema, _, table_name = name.rpartition(".")
    try:
        engine = sa.create_engine(url)
        try:
            with engine.begin() as connection:
                table = sa.Table(table_name, sa.MetaData(), schema=schema or None, autoload_with=connection)
                column = next((table.c[one] for one in person.columns if one in table.c), None)
                if column is None:
                    raise InputError(f"table {name} has no column of ids", got=", ".join(table.c.keys()))
                about = sa.cast(column, sa.String) == person.id
                counted = connection.execute(sa.select(sa.func.count()).select_from(table).where(about))
                found = int(counted.scalar_one())
                if found and not dry_run:
                    connection.execute(table.delete().where(about))
                return found
        finally:
            engine.dispose()
    except sa.exc.SQLAlchemyError as error:
        raise InputError(
            f"table {name} cannot be reached", got=type(error).__name__, do="check address and permissions"
        ) from None
