"""Strict YAML: plain values with the line of every key, and nothing that can surprise.

Duplicate keys, tabs, aliases that explode and tags that make objects are refused with file and line.
``${NAME}`` in a value is the environment variable of that name (``$${NAME}`` is the text itself). It is
filled in after parsing, so what a variable holds can never add a key.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from crm_ml.base.exceptions import ConfigError, FileError
from crm_ml.base.validation import nearest

__all__ = ["MOST_BYTES", "MOST_NODES", "Key", "YamlText", "read_yaml"]

Key = tuple[str | int, ...]

MOST_BYTES = 1_000_000
MOST_NODES = 10_000
_DEEPEST = 20
_PLAIN = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_VARIABLE = re.compile(r"(\$?)\$\{(\w*)\}")


@dataclass
class YamlText:
    """What a YAML file says and where it says it.

    Parameters
    ----------
    path : Path
        The file.
    values : dict
        Plain values.
    lines : dict
        Line number (from 1) of each key, by its place such as ``("data", "path")``.
    """

    path: Path
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)

    def line_of(self, place: Key) -> int:
        """Return the line of a key, or of the nearest key around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_yaml(path: str | os.PathLike[str]) -> YamlText:
    """Read a YAML file whose root is a mapping; an empty file is an empty mapping.

    Raises
    ------
    FileError
        When the file is missing, a folder, unreadable or too large.
    ConfigError
        When the text is not plain YAML; the message names file and line.
    """
    path = Path(path)
    loader = _loader(path)
    try:
        root = loader.get_single_node()
        result = YamlText(path)
        if root is not None:
            if not isinstance(root, yaml.MappingNode):
                raise ConfigError(
                    f"{path}: a config is a mapping",
                    got=root.tag.rpartition(":")[2],
                    do="write it as `key: value` lines",
                )
            result.values = _Walk(loader, result).value(root, ())
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(path, error) from error
    finally:
        loader.dispose()
    return result


def _loader(path: Path) -> yaml.SafeLoader:
    try:
        return yaml.SafeLoader(_content(path))
    except yaml.reader.ReaderError as error:
        raise ConfigError(
            f"{path}: holds a character that YAML does not allow", got=repr(error.character)
        ) from error


def _content(path: Path) -> str:
    if not path.exists():
        beside = [one.name for one in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        near = nearest(path.name, beside, most=1)
        hint = f"did you mean {path.parent / near[0]}?" if near else "check the name"
        raise FileError("the config file does not exist", got=str(path), do=hint)
    if not path.is_file():
        raise FileError("a config is a file", got=f"the folder {path}", do="name the file in it")
    if path.stat().st_size > MOST_BYTES:
        raise FileError(f"{path} is larger than a config can be", got=f"{path.stat().st_size:,} bytes")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(
            f"{path} is not UTF-8 text", got=f"byte {error.start}", do="save it as UTF-8"
        ) from error
    except OSError as error:
        raise FileError(f"{path} cannot be read", got=error.strerror) from error


def _syntax_error(path: Path, error: yaml.MarkedYAMLError) -> ConfigError:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    problem = error.problem or "not YAML"
    do = "indent with spaces, not with tabs" if "'\\t'" in problem else "check quotes and indentation there"
    return ConfigError(f"{path}, line {line}: not readable as YAML", got=problem, do=do)


class _Walk:
    """One walk over the node tree, which counts what it visits."""

    def __init__(self, loader: yaml.SafeLoader, result: YamlText) -> None:
        self.loader = loader
        self.result = result
        self.visited = 0

    def value(self, node: yaml.Node, place: Key) -> Any:
        """Return the plain value of a node; record the lines of its keys."""
        # An alias is one node seen again: counting visits is what stops "a billion laughs".
        self.visited += 1
        if self.visited > MOST_NODES or len(place) > _DEEPEST:
            raise self._error(
                node, "the config is too large or too deep", do="write it without nested aliases"
            )
        if not isinstance(node, yaml.ScalarNode) and node.tag not in _PLAIN:
            raise self._error(node, "a tag is not allowed here", do=f"leave {node.tag!r} out")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            for position, item in enumerate(node.value):
                self.result.lines[(*place, position)] = item.start_mark.line + 1
            return [self.value(item, (*place, position)) for position, item in enumerate(node.value)]
        plain = self._scalar(node)
        return self._filled(plain, node, place) if isinstance(plain, str) else plain

    def _scalar(self, node: yaml.Node) -> Any:
        # Dates stay text: the config knows which keys are days and which are ids that look like one.
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value
        return self.loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, place: Key) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key, str) or key_node.tag == "tag:yaml.org,2002:merge":
                raise self._error(key_node, "a key is plain text", do="write the keys out")
            if key in values:
                first = self.result.lines[(*place, key)]
                raise self._error(
                    key_node, f"the key {key!r} stands twice", do=f"it stands in line {first} too"
                )
            self.result.lines[(*place, key)] = key_node.start_mark.line + 1
            values[key] = self.value(value_node, (*place, key))
        return values

    def _filled(self, text: str, node: yaml.Node, place: Key) -> str:
        def fill(match: re.Match[str]) -> str:
            escaped, name = match.groups()
            if escaped:
                return f"${{{name}}}"
            if name not in os.environ:
                where = ".".join(str(part) for part in place)
                do = f"run: export {name}=…" if name else "write ${NAME}"
                raise self._error(node, f"{where}: the environment variable {name!r} is not set", do=do)
            return os.environ[name]

        return _VARIABLE.sub(fill, text)

    def _error(self, node: yaml.Node, what: str, *, do: str) -> ConfigError:
        return ConfigError(f"{self.result.path}, line {node.start_mark.line + 1}: {what}", do=do)
