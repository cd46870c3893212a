"""A phone-like machine for tests: Debian's own `adbd`, toybox and mksh in a chroot.

What answers here is the real Android daemon, the real Android shell and the real Android
command-line tools, over a network link of its own that can be cut. Only `getprop`, `dumpsys` and
`service` are stand-ins, and they say in their properties that this is a chroot.

Everything of one phone lives in one process tree with its own mount, pid and network namespace:
when its first process ends, mounts, link and programs are gone with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SUITE = "trixie"
PACKAGES = "adbd,toybox,mksh,libstdc++6,python3-minimal,libpython3-stdlib"
RECIPE = "1"  # a change of what is built below gets another number
ABIS = {"x86_64": "x86_64", "aarch64": "arm64-v8a"}
NEEDED = ("debootstrap", "unshare", "nsenter", "ip", "chroot", "mount")

PROPERTIES = {
    "ro.product.model": "Chroot Phone",
    "ro.product.manufacturer": "Debian",
    "ro.product.device": "chroot",
    "ro.product.brand": "Debian",
    "ro.soc.model": "Chroot SoC",
    "ro.soc.manufacturer": "Debian",
    "ro.board.platform": "chroot",
    "ro.hardware": "chroot",
    "ro.product.cpu.abi": ABIS.get(platform.machine(), platform.machine()),
    "ro.product.cpu.abilist": ABIS.get(platform.machine(), platform.machine()),
    "ro.build.version.release": "14",
    "ro.build.version.sdk": "34",
    "ro.build.fingerprint": "Debian/chroot/chroot:14/TRIXIE/1:user/release-keys",
    "ro.build.type": "user",
    "sys.boot_completed": "1",
}

GETPROP = """#!/system/bin/sh
# Stands in for Android's getprop: answers from /etc/phone.prop.
if [ $# -eq 0 ]; then
  while IFS='=' read -r key value; do echo "[$key]: [$value]"; done </etc/phone.prop
else
  while IFS='=' read -r key value; do
    [ "$key" = "$1" ] && { echo "$value"; exit 0; }
  done </etc/phone.prop
  echo "${2-}"
fi
"""

DUMPSYS = """#!/system/bin/sh
# Stands in for Android's dumpsys: a battery and a thermal service, nothing else.
case $1 in
battery) cat <<'END'
Current Battery Service state:
  AC powered: false
  USB powered: true
  Wireless powered: false
  Max charging current: 500000
  status: 2
  health: 2
  present: true
  level: 87
  scale: 100
  voltage: 4200
  temperature: 284
  technology: Li-ion
END
;;
thermalservice) printf 'IsStatusOverride: false\\nThermal Status: 0\\nHAL Ready: true\\n'
printf 'Current temperatures from HAL:\\n'
printf '\\tTemperature{mValue=31.5, mType=3, mName=skin, mStatus=0}\\n';;
*) echo "Can't find service: $1" >&2; exit 20;;
esac
"""

SERVICE = """#!/system/bin/sh
# Stands in for Android's service: none of them is a neural network driver.
[ "$1" = list ] || exit 255
printf 'Found 1 services:\\n0\\tpower: [android.os.IPowerManager]\\n'
"""

# The first process of the phone. It waits on its standard input until the link is there, mounts
# what a phone has, starts the daemon and reaps what that leaves behind. When its input closes,
# because the test run ended in whatever way, it ends, and the kernel ends all the rest.
INIT = r"""
set -e
root=$1 top=$2 data=$3
read -r _
mount -t overlay overlay -o "lowerdir=$root,upperdir=$top/upper,workdir=$top/work" "$top/root"
cd "$top/root"
mount -t proc proc proc
mount --bind "$top/boot_id" proc/sys/kernel/random/boot_id
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do
  touch "dev/$node"
  mount --bind "/dev/$node" "dev/$node"
done
mkdir dev/pts
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
[ "$data" = - ] || mount -t tmpfs -o "mode=777,size=$data" tmpfs data/local/tmp
chroot . /usr/bin/env -i PATH=/system/bin:/usr/bin:/bin HOME=/ TMPDIR=/data/local/tmp \
  /usr/sbin/adbd </dev/null >"$top/adbd.log" 2>&1 &
exec 3<&0
(cat <&3 >/dev/null; kill -TERM 1) &
trap 'exit 0' TERM
while :; do wait || :; sleep 1; done
"""


def missing_means() -> str | None:
    """Return why no such phone can be made here, or None when it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux"
    gone = [name for name in NEEDED if shutil.which(name) is None]
    return f"needs {', '.join(gone)} (apt install debootstrap iproute2)" if gone else None


def rootfs() -> Path:
    """Return the phone's file system, built on first use (about two minutes) and kept."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "harness" / "phone"
    cache.mkdir(parents=True, exist_ok=True)
    built = cache / f"{SUITE}-{RECIPE}"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.is_dir():
            fresh = cache / f".{built.name}.part"
            shutil.rmtree(fresh, ignore_errors=True)
            _build(fresh)
            fresh.rename(built)
    return built


def _build(root: Path) -> None:
    mirror = _mirror()
    _call("debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root), *mirror)
    system = root / "system" / "bin"
    system.mkdir(parents=True)
    applets = subprocess.run(
        ["chroot", str(root), "toybox"], check=True, capture_output=True, text=True
    ).stdout.split()
    for applet in applets:
        (system / applet).symlink_to("/usr/bin/toybox")
    for shell in (system / "sh", root / "bin" / "sh"):
        shell.unlink(missing_ok=True)
        shell.symlink_to("/usr/bin/mksh")
    for name, text in {"getprop": GETPROP, "dumpsys": DUMPSYS, "service": SERVICE}.items():
        (system / name).write_text(text)
        (system / name).chmod(0o755)
    temporary = root / "data" / "local" / "tmp"
    temporary.mkdir(parents=True)
    temporary.chmod(0o777)
    _policies(root / "sys" / "devices" / "system" / "cpu" / "cpufreq")
    _litert(root)


def _mirror() -> list[str]:
    """Return the mirror that the host installs from; without one debootstrap uses its own."""
    named = os.environ.get("HARNESS_DEBIAN_MIRROR")
    if named:
        return [named]
    sources = Path("/etc/apt/sources.list.d/debian.sources")
    lines = sources.read_text().splitlines() if sources.is_file() else []
    return [line.split()[1] for line in lines if line.startswith("URIs:")][:1]


def _policies(folder: Path) -> None:
    """Write two cpufreq policies, as a phone with two clusters shows them."""
    for name, cpus, high in (("policy0", "0", 1800000), ("policy1", "1", 2400000)):
        policy = folder / name
        policy.mkdir(parents=True)
        for file, text in {
            "related_cpus": cpus,
            "cpuinfo_min_freq": "300000",
            "cpuinfo_max_freq": str(high),
            "scaling_max_freq": str(high),
            "scaling_governor": "schedutil",
        }.items():
            (policy / file).write_text(text + "\n")


def _litert(root: Path) -> None:
    """Install LiteRT for the phone's own Python, from the host's package registry."""
    version = subprocess.run(
        ["chroot", str(root), "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    target = root / "usr" / "local" / "lib" / f"python{version}" / "dist-packages"
    tags = [f"manylinux_2_{glibc}_{platform.machine()}" for glibc in (28, 27, 17)]
    _call(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--only-binary=:all:"),
        *("--python-version", version, "--implementation", "cp", "--target", str(target)),
        *(part for tag in tags for part in ("--platform", tag)),
        *("--no-compile", "ai-edge-litert", "numpy"),
    )


def _call(*argv: str) -> None:
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


@dataclass
class Phone:
    """A running phone. Two addresses reach it, as if by cable and by air."""

    serial: str
    top: Path
    data: str
    properties: Mapping[str, str]
    number: int = 0
    boot_id: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def addresses(self) -> tuple[str, str]:
        """Where the daemon listens, as `adb connect` wants it."""
        return f"10.78.{self.number}.2:5555", f"10.78.{self.number}.3:5555"

    @property
    def files(self) -> Path:
        """The phone's /data/local/tmp as the host sees it; empty when `data` has a size."""
        return self.top / "upper" / "data" / "local" / "tmp"

    def boot(self) -> None:
        """Start it with a new boot id and a link of its own."""
        self.boot_id = str(uuid.uuid4())
        (self.top / "boot_id").write_text(self.boot_id + "\n")
        for name in ("work", "root"):
            (self.top / name).mkdir(exist_ok=True)
        lines = {**PROPERTIES, "ro.serialno": self.serial, **self.properties}
        etc = self.top / "upper" / "etc"
        etc.mkdir(parents=True, exist_ok=True)
        (etc / "phone.prop").write_text("".join(f"{k}={v}\n" for k, v in lines.items()))
        self._process = subprocess.Popen(
            [
                *("unshare", "--mount", "--pid", "--net", "--fork", "--kill-child"),
                *("/bin/sh", "-c", INIT, "init", str(rootfs()), str(self.top), self.data),
            ],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        self._wire(self._first_process())
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")
        self._process.stdin.flush()

    def shut_down(self) -> None:
        """End it and all that runs on it, at once, as a flat battery does."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._first_process(), signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None
        subprocess.run(["ip", "link", "del", self._link], check=False, capture_output=True)

    def link(self, *, up: bool) -> None:
        """Cut the link or restore it; a cut link is silent, it does not say that it is cut."""
        _call("ip", "link", "set", self._link, "up" if up else "down")

    def forget_connections(self) -> None:
        """Let the phone's side forget its connections; with the link cut, nobody is told."""
        _call("nsenter", "-t", str(self._first_process()), "-n", "ss", "--tcp", "--kill")

    @property
    def _link(self) -> str:
        return f"hphone{self.number}"

    def _first_process(self) -> int:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for _ in range(200):
            pids = children.read_text().split()
            if pids:
                return int(pids[0])
            time.sleep(0.01)
        raise ProcessLookupError("the phone's first process is gone")

    def _wire(self, pid: int) -> None:
        """Lay a cable between host and phone. The kernel refuses a taken name: that is the lock."""
        for number in [self.number] if self.number else range(1, 250):
            made = subprocess.run(
                [
                    *("ip", "link", "add", f"hphone{number}", "type", "veth"),
                    *("peer", "name", "eth0", "netns", str(pid)),
                ],
                check=False,
                capture_output=True,
            )
            if made.returncode == 0:
                self.number = number
                break
        else:
            raise OSError(f"no link for the phone: {made.stderr.decode()}")
        inside = ("nsenter", "-t", str(pid), "-n")
        _call("ip", "addr", "add", f"10.78.{self.number}.1/24", "dev", self._link)
        _call("ip", "link", "set", self._link, "up")
        for last in (2, 3):
            _call(*inside, "ip", "addr", "add", f"10.78.{self.number}.{last}/24", "dev", "eth0")
        _call(*inside, "ip", "link", "set", "eth0", "up")
        _call(*inside, "ip", "link", "set", "lo", "up")


@contextlib.contextmanager
def running_phone(
    serial: str = "CHROOT0001",
    *,
    data: str | None = None,
    properties: Mapping[str, str] | None = None,
) -> Iterator[Phone]:
    """Run a phone for the length of a `with`.

    Args:
        serial: its ro.serialno.
        data: size of /data/local/tmp as tmpfs takes it (`64m`); None is the host's disk.
        properties: what getprop says beside or instead of `PROPERTIES`.
    """
    top = Path(tempfile.mkdtemp(prefix="harness-phone-"))
    phone = Phone(serial, top, data or "-", properties or {})
    try:
        phone.boot()
        yield phone
    finally:
        phone.shut_down()
        shutil.rmtree(top, ignore_errors=True)
