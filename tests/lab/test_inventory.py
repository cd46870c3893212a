from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.device.adb.server import Server, Transport
from harness.device.base import Health, Profile
from harness.lab.inventory import Route, _Answer, group_by_phone

SERVER, OTHER = Server(port=5037), Server(port=5038)


def answer(
    name: str,
    serial: str | None = None,
    *,
    boot: str | None = "b1",
    path: str | None = None,
    state: str = "device",
    server: Server = SERVER,
) -> _Answer:
    """An answer of the transport `name`; without a serial it is not online."""
    route = Route(server, Transport(name, state, path), name)
    if serial is None:
        return _Answer(route)
    return _Answer(route, {"ro.serialno": serial}, Profile(), Health(boot_id=boot))


def groups(*answers: _Answer) -> dict[str, list[str]]:
    return {
        name: [str(one.route) for one in group] for name, group in group_by_phone(answers).items()
    }


def test_cable_air_and_two_servers_are_one_phone_and_the_cable_is_first():
    assert groups(
        answer("192.168.1.7:5555", "S1"),
        answer("adb-S1-a1b2c3._adb-tls-connect._tcp", "S1"),
        answer("S1", "S1", path="usb:1-4", server=OTHER),
    ) == {
        "S1": [
            "usb:1-4 at 127.0.0.1:5038",
            "192.168.1.7:5555 at 127.0.0.1:5037",
            "adb-S1-a1b2c3._adb-tls-connect._tcp at 127.0.0.1:5037",
        ]
    }


def test_one_serial_with_two_boots_is_two_phones_by_place():
    found = groups(
        answer("X", "X", path="usb:1-1", boot="b1"), answer("X", "X", path="usb:1-2", boot="b2")
    )
    assert list(found) == ["X@usb:1-1", "X@usb:1-2"]


def test_clones_at_the_same_port_of_two_hosts_stay_two_phones():
    found = groups(
        answer("X", "X", path="usb:1-1", boot="b1"),
        answer("X", "X", path="usb:1-1", boot="b2", server=OTHER),
    )
    assert list(found) == ["X@usb:1-1", "X@usb:1-1@127.0.0.1:5038"]


def test_a_serial_that_boards_share_is_kept_with_its_place_even_when_alone():
    assert list(groups(answer("0123456789ABCDEF", "0123456789ABCDEF", path="usb:1-1"))) == [
        "0123456789ABCDEF@usb:1-1"
    ]


def test_a_transport_that_is_not_online_joins_the_phone_whose_serial_it_bears():
    found = groups(
        answer("10.0.0.2:5555", "S1"),
        answer("S1", state="unauthorized", path="usb:1-1"),
        answer("adb-S1-a1b2c3 (2)._adb-tls-connect._tcp", state="offline"),
    )
    assert {name: len(routes) for name, routes in found.items()} == {"S1": 3}
    assert found["S1"][0] == "10.0.0.2:5555 at 127.0.0.1:5037"


def test_phones_without_a_serial_are_named_by_their_place():
    found = groups(
        answer("(no serial number)", state="offline", path="usb:1-1"),
        answer("(no serial number)", state="offline", path="usb:1-2"),
        answer("????????????", state="no permissions"),
    )
    assert list(found) == ["usb:1-1", "usb:1-2", "????????????"]


@given(
    st.lists(
        st.builds(
            answer,
            st.sampled_from(["A", "B", "10.0.0.1:5555"]),
            st.sampled_from(["A", "B", "unknown", None]),
            boot=st.sampled_from(["b1", "b2", None]),
            path=st.sampled_from([None, "usb:1-1", "usb:1-2"]),
        )
    )
)
def test_every_transport_is_listed_exactly_once(answers):
    listed = [one for group in group_by_phone(answers).values() for one in group]
    assert sorted(map(id, listed)) == sorted(map(id, answers))
