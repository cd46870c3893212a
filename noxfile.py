"""Sessions of the project. `nox` alone runs lint, types and tests."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "types", "tests"]

DEV = nox.project.load_toml("pyproject.toml")["dependency-groups"]["dev"]


def _install(session: nox.Session) -> None:
    session.install("-q", "-e", ".", *DEV)


@nox.session
def tests(session: nox.Session) -> None:
    """Unit and product tests: no phone, no root, nothing from outside this machine."""
    _install(session)
    session.run("pytest", "-m", "not adbd and not browser and not local_gpu", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: every rule but those that pyproject.toml names with a reason, and the format."""
    session.install("-q", "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict."""
    _install(session)
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Generated pages are fresh; `nox -s docs -- write` makes them so."""
    _install(session)
    check = [] if "write" in session.posargs else ["--check"]
    for script in GENERATED:
        session.run("python", script, *check)


GENERATED = (
    "docs/generate_android_commands.py",
    "docs/generate_cli.py",
    "docs/generate_controls.py",
    "docs/generate_devices_yaml.py",
    "docs/generate_fallback_causes.py",
    "docs/generate_fallback_modes.py",
    "docs/generate_confusion.py",
    "docs/generate_coverage.py",
    "docs/generate_virtual_lines.py",
)


@nox.session
def demo(session: nox.Session) -> None:
    """The demo as a newcomer runs it, then killed with -9 at twenty points and resumed."""
    _install(session)
    session.run("harness", "demo", "--out", session.create_tmp())
    points = {"HARNESS_KILL_POINTS": "20", "HARNESS_CONTROL_KILLS": "20"}
    kills = ("tests/product/test_kill_and_resume.py", "tests/product/test_controls_survive.py")
    session.run("pytest", *kills, env=points)


@nox.session
def browser(session: nox.Session) -> None:
    """The report in a headless Chromium. Skipped aloud where there is none."""
    _install(session)
    session.run("pytest", "-m", "browser", *session.posargs)


@nox.session(name="local-gpu")
def local_gpu(session: nox.Session) -> None:
    """LiteRT's GPU path on Debian's SwiftShader. Skipped aloud where that cannot be had."""
    _install(session)
    tmp = Path(session.create_tmp())
    driver = _swiftshader(session, tmp)
    environment = {
        "LD_LIBRARY_PATH": str(driver),
        "VK_DRIVER_FILES": str(driver / "vk_swiftshader_icd.json"),
        "HARNESS_MEDIAPIPE_MODELS": str(_mediapipe(session, tmp)),
    }
    session.run("pytest", "-m", "local_gpu", *session.posargs, env=environment)


def _swiftshader(session: nox.Session, tmp: Path) -> Path:
    """Return the folder of a software Vulkan driver with its loader: that of Debian's Chromium."""
    place = Path("usr/lib/chromium")
    for folder in ("/" / place, tmp / place):
        if (folder / "vk_swiftshader_icd.json").is_file() and (folder / "libvulkan.so.1").is_file():
            return folder
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        session.skip("SKIPPED: SwiftShader comes from Debian's chromium-common; there is no apt")
    with session.chdir(tmp):
        session.run("apt-get", "download", "chromium-common", external=True, success_codes=[0, 100])
        packages = sorted(Path().glob("chromium-common_*.deb"))
        if not packages:
            session.skip("SKIPPED: apt has no chromium-common to download here")
        session.run("dpkg", "-x", str(packages[-1]), ".", external=True)
    return tmp / place


def _mediapipe(session: nox.Session, tmp: Path) -> Path:
    """Return a folder with a real model whose outputs LiteRT gets wrong on the GPU."""
    model = "mediapipe/modules/pose_detection/pose_detection.tflite"
    if not (tmp / "pose_detection.tflite").is_file():
        # Of the wheel only the model is read, so that any Python will do.
        which = ("--only-binary=:all:", "--python-version=3.11", "--platform=manylinux_2_28_x86_64")
        session.run(
            *("python", "-m", "pip", "download", "-q", "--no-deps", *which, "-d", str(tmp)),
            "mediapipe==0.10.21",
        )
        (wheel,) = tmp.glob("mediapipe-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (tmp / "pose_detection.tflite").write_bytes(archive.read(model))
    return tmp


@nox.session
def conformance(session: nox.Session) -> None:
    """A real Android adbd with toybox and mksh, in a chroot. Needs root on Debian."""
    _install(session)
    session.run("pytest", "-m", "adbd", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """What the harness itself costs, as ratios within one run; what its intervals cover.

    Parts need root on Debian.
    """
    _install(session)
    session.run("python", "benchmarks/local_overhead.py")
    session.run("python", "benchmarks/explain_speed.py")
    session.run("python", "benchmarks/coverage.py")
    session.run("python", "benchmarks/interleaving.py")
    session.run("python", "benchmarks/sampler_cost.py")
    session.run("python", "benchmarks/undisturbed.py")


@nox.session
def screenshot(session: nox.Session) -> None:
    """Make the picture of the README from a demo of now. Needs a headless Chromium."""
    _install(session)
    session.run("python", "docs/make_screenshot.py")
