"""A sweep over the phones of a lab that runs elsewhere; a program of the tests.

    python sweep_that_dies.py PORT OUT N MODE [IDLE]

It kills itself with SIGKILL at its n-th command to a phone (0: never), `before` it is sent or
`amid` it. Signals from outside are handled as by `harness run`. At its end it prints how many
commands there were. A phone waits for its host for IDLE seconds only (3), launches have short
limits, and a phone that has just booted is not waited for.
"""

from __future__ import annotations

import sys
from pathlib import Path

from harness.bench import runner
from harness.bench.policy import Policy
from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN
from harness.cli.run import conduct
from harness.deadline import Deadline
from harness.demo_models import paths
from harness.device.adb import device as adb_device
from harness.device.adb.controls import phone as on_phone
from harness.device.controls import ControlName, ControlWish
from harness.lab.address import AdbServer
from harness.lab.config import LabConfig
from harness.lab.inventory import list_devices
from harness.sweep import run as sweep_run
from harness.sweep.models import ModelWords, prepare_model
from harness.sweep.prepare import Request
from harness.sweep.session import run_sweep
from harness.virtual.tool.bundle import bundle

sys.path.insert(0, str(Path(__file__).parents[1]))
from dying import die_at

SETTINGS = RunSettings(num_runs=10, min_secs=3, max_secs=5, warmup_min_secs=0.1, rounds=3)


def main(port: str, out: str, number: str, mode: str, idle: str = "3") -> int:
    on_phone.IDLE_S = adb_device.IDLE_S = int(idle)
    sweep_run.INIT_ALLOWANCE_S = runner.MIN_INIT_ALLOWANCE_S = runner.MARGIN_S = 5.0
    config = LabConfig(adb_servers=(AdbServer("127.0.0.1", int(port)),))
    phones = [one for one in list_devices(config, Deadline.after(20)) if one.transports]
    counter = die_at(int(number), mode)
    wish = ControlWish(tuple(ControlName), asked=True)
    request = Request(
        devices=phones,
        models=[prepare_model(str(paths()[0]), None, ModelWords(), seed=0)],
        variants={None: [BUILT_IN["cpu-4t"], BUILT_IN["gpu"]]},
        settings=SETTINGS,
        tools=lambda listed, _dialect: bundle(listed.profile.abis[0]),
        controls={one.id: wish for one in phones},
        policies={one.id: Policy(settle_after_boot=0.0) for one in phones},
    )
    try:
        code = conduct(lambda audience: run_sweep(request, Path(out), audience))
    except KeyboardInterrupt:  # as harness.cli.app does
        return 130
    sys.stdout.write(f"{next(counter) - 1}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
