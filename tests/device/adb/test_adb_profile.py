from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.device.adb import profile
from harness.device.adb.profile import (
    described,
    parse_capacities,
    parse_clusters,
    parse_parts,
)
from harness.device.adb.sections import script, split
from harness.device.base import CpuCluster, Profile

# Forms counted in property dumps of getActivity/AndroidSystemPropertyCollect: a history over three
# lines, brackets in a value, a line garbled by a carriage return. Values are made up.
PROPS = """\
[persist.sys.boot.reason.history]: [reboot,1
shutdown,2
cold,3]
[ro.a]: [has [brackets] inside]
]ro.oplus.storage.super_size]: [11813249024
[ro.b]: [crlf]\r
[ro.empty]: []
[ro.soc.model]: [MT6853V/TNZA]
"""


def test_property_values_span_lines_and_hold_brackets():
    assert profile.parse_getprop(PROPS) == {
        "persist.sys.boot.reason.history": "reboot,1\nshutdown,2\ncold,3",
        "ro.a": "has [brackets] inside",
        "ro.b": "crlf",
        "ro.empty": "",
        "ro.soc.model": "MT6853V/TNZA",
    }


@given(
    st.dictionaries(
        st.from_regex(r"[a-z._]{1,20}", fullmatch=True),
        st.text(st.characters(exclude_characters="\r\n[]", exclude_categories=("Cs",))),
    )
)
def test_properties_come_back_as_they_were_written(props):
    text = "".join(f"[{key}]: [{value}]\n" for key, value in props.items())
    assert profile.parse_getprop(text) == props


@pytest.mark.parametrize(
    ("text", "cpus"),
    [("0-3", (0, 1, 2, 3)), ("4 5 6", (4, 5, 6)), ("0,2-3", (0, 2, 3)), ("", None), ("x", None)],
)
def test_lists_of_cpus_have_three_spellings(text, cpus):
    assert profile.parse_cpus(text) == cpus


def test_policies_are_sorted_and_unreadable_clocks_are_unknown():
    text = (
        "policy7|7|500000|2914000|walt\n"
        "policy0|0 1 2 3 ||1704000|\n"
        "cpufreq_limit|||| \n"
        "policy4||1|2|x\n"
    )
    assert parse_clusters(text) == (
        CpuCluster("policy0", (0, 1, 2, 3), None, 1704000, None),
        CpuCluster("policy7", (7,), 500000, 2914000, "walt"),
    )


@pytest.mark.parametrize(
    ("gles", "gpu"),
    [
        (
            "GLES: Qualcomm, Adreno (TM) 750, OpenGL ES 3.2 V@0762.10 (GIT@1, 2) (Date:02/23/24)",
            "Qualcomm, Adreno (TM) 750",
        ),
        (
            (
                "GLES: Samsung Electronics Co., Ltd., ANGLE (Samsung Xclipse 920) on Vulkan "
                "1.1.179, OpenGL ES 3.2 ANGLE git hash: 1"
            ),
            "Samsung Electronics Co., Ltd., ANGLE (Samsung Xclipse 920) on Vulkan 1.1.179",
        ),
        ("------------RE GLES------------", None),
        ("", None),
    ],
)
def test_the_gpus_name_keeps_its_vendors_commas(gles, gpu):
    assert profile.parse_gpu(gles, "") == gpu


def test_a_phone_without_a_gles_line_is_named_by_vulkan():
    assert profile.parse_gpu("", '   "deviceName" : "Mali-G715",') == "Mali-G715"


@pytest.mark.parametrize(
    ("services", "hals", "api", "drivers"),
    [
        (
            (
                "Found 240 services:\n"
                "52\tandroid.hardware.neuralnetworks.IDevice/mtk-dsp_shim: "
                "[android.hardware.neuralnetworks.IDevice]"
            ),
            "",
            34,
            ("mtk-dsp_shim",),
        ),
        (
            "Found 200 services:",
            "FM    Y android.hardware.neuralnetworks@1.3::IDevice/google-edgetpu  0/1  1234 2345",
            30,
            ("google-edgetpu",),
        ),
        ("Found 240 services:", "", 34, ()),
        ("Found 200 services:", "", 29, None),
        ("", "", 34, None),
    ],
)
def test_no_driver_is_told_from_nobody_could_say(services, hals, api, drivers):
    assert profile.parse_nnapi(services, hals, api) == drivers


def test_a_phone_that_says_nothing_is_unknown_in_every_field():
    assert profile.read_profile({}, {}) == Profile()


@given(st.dictionaries(st.sampled_from(sorted(profile.COMMANDS)), st.text()), st.text())
def test_any_answers_make_a_profile(sections, props):
    profile.read_profile(sections, profile.parse_getprop(props))


def test_sections_are_told_apart_and_lose_carriage_returns():
    text = "noise\n\n@@harness:a\none\r\ntwo\n\n@@harness:b\n\n@@harness:c\nx\n"
    assert split(text) == {"a": "one\ntwo", "b": "", "c": "x"}
    assert "getprop" in script(profile.COMMANDS)


def test_a_policy_of_two_designs_makes_two_clusters():
    policy = "policy0|0 1|300000|1800000|x\npolicy2|2 3 4 5|300000|2800000|x"
    parts = "".join(
        f"processor\t: {cpu}\nCPU implementer\t: 0x41\nCPU part\t: {part}\n"
        for cpu, part in ((0, "0xd46"), (1, "0xd46"), (2, "0xd4d"), (3, "0xd4d"), (4, "0xd47"))
    )
    found = described(parse_clusters(policy), {0: 325, 1: 325}, parse_parts(parts))
    assert [(one.name, one.cpus, one.capacity, one.part) for one in found] == [
        ("policy0", (0, 1), 325, "0x41:0xd46"),
        ("policy2", (2, 3), None, "0x41:0xd4d"),
        ("policy2", (4,), None, "0x41:0xd47"),
        ("policy2", (5,), None, None),
    ]


def test_a_cpu_that_is_off_has_the_design_of_its_neighbours():
    found = described(parse_clusters("policy0|0 1|1|2|x"), {0: 9, 1: 9}, {0: "0x41:0xd46"})
    assert [(one.cpus, one.part) for one in found] == [((0, 1), "0x41:0xd46")]


@given(st.text())
def test_any_text_of_parts_and_capacities_is_read_without_an_error(text):
    parse_parts(text)
    parse_capacities(text)
