"""What stands in the folder of the acceptance tests."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "acceptance"
MARK = "pytestmark = pytest.mark.both_shapes"


def without_shape() -> list[str]:
    """The files of tests that do not run in both shapes as a whole."""
    return sorted(path.name for path in FOLDER.glob("test_*.py") if MARK not in path.read_text(encoding="utf-8"))
