"""A device that is this machine: stages into a folder and really starts the program."""

import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from harness.device.base import DeviceKind, JobResult, Profile


@dataclass
class HostDevice:
    folder: Path
    id: str = "HOST1"
    kind: DeviceKind = DeviceKind.ADB
    profile: Profile = field(default_factory=lambda: Profile(abis=("x86_64",), fingerprint="f/1"))
    jobs: list = field(default_factory=list)

    def stage(self, bundle, deadline):
        place = self.folder / bundle.key
        place.mkdir(parents=True, exist_ok=True)
        for name, file in bundle.files.items():
            shutil.copyfile(file.path, place / name)
            (place / name).chmod(0o755 if file.executable else 0o644)
        return str(place)

    def run(self, job, into, deadline):
        self.jobs.append(job)
        done = subprocess.run(
            job.argv,
            env=dict(job.env),
            capture_output=True,
            check=False,
            timeout=deadline.remaining,
        )
        output = into / "output"
        output.write_bytes(done.stdout + done.stderr)
        return JobResult(done.returncode, output, {}, datetime.now(UTC), 0.1)
