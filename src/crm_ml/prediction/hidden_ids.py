"""A stored risk list under pseudonyms, for who may not see whom it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crm_ml.data.pseudonyms import with_pseudonyms
from crm_ml.prediction.stored_list import GROUP_ROWS, ids_in_groups

if TYPE_CHECKING:
    from crm_ml.prediction.stored_list import StoredList

__all__ = ["hide_ids"]


def hide_ids(made: StoredList, key: str) -> StoredList:
    """Return the same list with pseudonyms for ids and without names; as it is when there is no key.

    Parameters
    ----------
    made : StoredList
        Made with ids, so that accounts, suppression and the last list were found.
    key : str
        Key of :func:`crm_ml.data.pseudonyms.with_pseudonyms`.
    """
    if not key:
        return made
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = made.path.with_name("hidden.parquet")  # in the list's own temporary folder, and gone with it
    with (
        pq.ParquetFile(made.path) as file,
        pq.ParquetWriter(path, file.schema_arrow, **ids_in_groups(len(made))) as writer,
    ):
        for batch in file.iter_batches():
            hidden = with_pseudonyms(batch.to_pandas(date_as_object=True), key)
            table = pa.Table.from_pandas(hidden, schema=file.schema_arrow, preserve_index=False)
            writer.write_table(table, row_group_size=GROUP_ROWS)
    return replace(made, path=path)
