"""The device side of adb, as a phone's adbd speaks it over TCP; made for the real adb server.

    server = await serve_phone(phone)            # a free loopback port
    ...                                          # adb connect 127.0.0.1:{server.port}
    await server.link.drop()                     # faults: the cable is pulled and put back
    await server.link.away(seconds=5)            # offline for a while
    server.link.stall(seconds=5)                 # nothing moves, the connection stays
    server.link.bytes_per_second = 4_000_000     # a slow cable
    await server.close()

All phones of a process share one asyncio loop; a phone costs one listening socket and no thread.
"""

from harness.virtual.adbd.link import Link
from harness.virtual.adbd.server import PhoneServer, serve_phone

__all__ = ["Link", "PhoneServer", "serve_phone"]
