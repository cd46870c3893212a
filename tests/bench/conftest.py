import pytest


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    """A store of one's own, and a working folder without a lab."""
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "home"))
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    return tmp_path / "home"
