"""Classes of cores, on the clusters of phones that exist (clocks from public device files)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.device.base import CpuCluster
from harness.device.cores import CoreClass, NoClassError, cores_of, cpu_list, mask_of


def cluster(cpus, khz=None, capacity=None, part=None, name="policy0") -> CpuCluster:
    return CpuCluster(name, tuple(cpus), None, khz, None, capacity, part)


PIXEL_8 = (
    cluster(range(4), 1704000, part="0x41:0xd46"),
    cluster(range(4, 8), 2367000, part="0x41:0xd4d"),
    cluster([8], 2914000, part="0x41:0xd4e"),
)


def test_three_kinds_are_little_mid_and_big():
    assert cores_of(PIXEL_8, CoreClass.BIG).cpus == (8,)
    assert cores_of(PIXEL_8, CoreClass.MID).cpus == (4, 5, 6, 7)
    assert cores_of(PIXEL_8, CoreClass.LITTLE).cpus == (0, 1, 2, 3)


def test_cpu_0_may_be_a_big_core():
    turned = (cluster([0, 1], 3000000), cluster([2, 3], 1800000))
    assert cores_of(turned, CoreClass.BIG).cpus == (0, 1)


def test_capacity_outranks_a_clock():
    odd = (cluster([0], 2400000, 400), cluster([1], 2000000, 1024))
    assert cores_of(odd, CoreClass.BIG).cpus == (1,)


def test_a_capacity_that_only_some_have_decides_nothing():
    odd = (cluster([0], 2400000, 400), cluster([1], 2000000, None))
    assert cores_of(odd, CoreClass.BIG).cpus == (0,)


def test_capacities_that_are_all_alike_leave_it_to_the_clock():
    alike = (cluster([0], 2400000, 1024), cluster([1], 2000000, 1024))
    assert cores_of(alike, CoreClass.BIG).cpus == (0,)


def test_two_designs_of_one_clock_are_one_class_of_two_kinds():
    gen2 = (
        cluster(range(3), 2016000, 325, "0x41:0xd46"),
        cluster([3, 4], 2803200, 720, "0x41:0xd4d", "policy3"),
        cluster([5, 6], 2803200, 720, "0x41:0xd47", "policy3"),
        cluster([7], 3187200, 1024, "0x41:0xd4e"),
    )
    mid = cores_of(gen2, CoreClass.MID)
    assert (mid.cpus, mid.kinds) == ((3, 4, 5, 6), 2)


@pytest.mark.parametrize(
    ("clusters", "wanted", "why"),
    [
        ((), CoreClass.BIG, "which cores"),
        ((cluster(range(8), 2000000),), CoreClass.BIG, "alike"),
        ((cluster([0], 2000000), cluster([1], 2000000)), CoreClass.LITTLE, "alike"),
        ((cluster([0], 2000000), cluster([1], None)), CoreClass.BIG, "can be read"),
        (PIXEL_8[:2], CoreClass.MID, "two kinds"),
    ],
)
def test_a_class_that_is_not_known_is_refused_with_the_reason(clusters, wanted, why):
    with pytest.raises(NoClassError, match=why):
        cores_of(clusters, wanted)


def test_all_binds_to_nothing_on_any_phone():
    assert cores_of((), CoreClass.ALL).cpus == ()


CPUS = st.lists(st.integers(0, 63), min_size=1)


@given(CPUS)
def test_a_mask_has_a_bit_for_each_cpu_and_no_prefix(cpus):
    assert int(mask_of(cpus), 16) == sum(1 << cpu for cpu in set(cpus))
    assert "x" not in mask_of(cpus)


@given(CPUS)
def test_a_list_of_cpus_names_each_once(cpus):
    named = []
    for run in cpu_list(cpus).split(","):
        low, _, high = run.partition("-")
        named += range(int(low), int(high or low) + 1)
    assert named == sorted(set(cpus))
