"""A config file is plain values with lines; whatever else YAML can do is refused with file and line."""

import pytest

from crm_ml.base.exceptions import ConfigError, FileError
from crm_ml.jobs.yaml_text import MOST_BYTES, read_yaml


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "train.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_values_and_lines(file):
    """Every key knows its line, inside lists too."""
    read = read_yaml(
        file("# a comment\ndata:\n  path: a.csv\nmodels:\n  - logistic\n  - btyd\ncutoff: 2011-06-01\n")
    )
    assert read.values == {
        "data": {"path": "a.csv"},
        "models": ["logistic", "btyd"],
        "cutoff": "2011-06-01",
    }
    assert read.line_of(("data", "path")) == 3
    assert read.line_of(("models", 1)) == 6
    assert read.line_of(("data", "path", "deeper")) == 3
    assert read.line_of(("nowhere",)) == 1


def test_empty_file_is_an_empty_mapping(file):
    """Every option has a default, so a file without any is a config."""
    assert read_yaml(file("# nothing\n")).values == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' stands twice – it stands in line 1 too"),
        ("data:\n  path: x\n  path: y\n", "line 3: the key 'path' stands twice"),
        ("data:\n\tpath: x\n", "line 2: not readable as YAML"),
        ("data: [1, 2\n", "line 2: not readable as YAML"),
        ("- 1\n- 2\n", "a config is a mapping"),
        ("a: !!python/object:os.system x\n", "line 1: not readable as YAML"),
        ("a: !!python/object/apply:os.system [x]\n", "line 1: a tag is not allowed here"),
        ("? [1, 2]\n: x\n", "line 1: a key is plain text"),
        ("base: &b {x: 1}\nother:\n  <<: *b\n", "line 3: a key is plain text"),
        ("path: ${CRM_ML_NO_SUCH}/x\n", "line 1: path: the environment variable 'CRM_ML_NO_SUCH' is not set"),
    ],
)
def test_refused(file, text, says):
    """What a reader could misread stops with file and line."""
    path = file(text)
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)


def test_tabs_are_named(file):
    """A tab in the indentation is the commonest mistake; the remedy is said."""
    with pytest.raises(ConfigError, match="indent with spaces"):
        read_yaml(file("data:\n\tpath: x\n"))


def test_aliases_cannot_explode(file):
    """A billion laughs ends at a limit, at once, and a loop too."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(ConfigError, match="too large or too deep"):
        read_yaml(file("\n".join(lines)))
    with pytest.raises(ConfigError, match="too large or too deep"):
        read_yaml(file("a: &a [*a]\n"))


def test_an_alias_of_reasonable_size_works(file):
    """Aliases as such are YAML and stay usable."""
    assert read_yaml(file("a: &x [1, 2]\nb: *x\n")).values == {"a": [1, 2], "b": [1, 2]}


def test_environment_variables_are_data(file, monkeypatch):
    """A variable fills a value and cannot add a key."""
    monkeypatch.setenv("CRM_ML_TEST_FOLDER", "x\nseed: 7")
    values = read_yaml(file("path: ${CRM_ML_TEST_FOLDER}/a.csv\n")).values
    assert values == {"path": "x\nseed: 7/a.csv"}
    assert read_yaml(file("path: $${CRM_ML_TEST_FOLDER}\n")).values == {"path": "${CRM_ML_TEST_FOLDER}"}


def test_file_problems(tmp_path):
    """Missing, a folder, binary, too large: the file is named."""
    (tmp_path / "train.yaml").write_text("")
    with pytest.raises(FileError, match=r"did you mean .*train\.yaml"):
        read_yaml(tmp_path / "trian.yaml")
    with pytest.raises(FileError, match="a config is a file"):
        read_yaml(tmp_path)
    (tmp_path / "binary.yaml").write_bytes(b"a: \xff\xfe\x00")
    with pytest.raises(FileError, match="not UTF-8"):
        read_yaml(tmp_path / "binary.yaml")
    (tmp_path / "control.yaml").write_bytes(b"a: \x00")
    with pytest.raises(ConfigError, match="a character that YAML does not allow"):
        read_yaml(tmp_path / "control.yaml")
    (tmp_path / "large.yaml").write_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(FileError, match="larger than a config"):
        read_yaml(tmp_path / "large.yaml")
