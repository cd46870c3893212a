"""The files of a virtual phone: one writable folder on the host, everything else made up on demand.

Paths are the phone's absolute paths. Links are resolved here, component by component and as the
phone would, and the host is never asked to follow one: nothing that a client of the phone does
reaches a file outside the folder. Every failure is an OSError with the errno that Android gives.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from harness.virtual.nodes import Content, FileStat, Link, Made, Place, Tree

WRITABLE = "/data/local/tmp"
SHELL_UID = 2000
_LINK_LIMIT = 40  # linux/namei.h, MAXSYMLINKS
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_DEVICES = frozenset({"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/full"})


@dataclass
class Filesystem:
    """A phone's view of files.

    Args:
        root: the folder of the host that is the phone's `/data/local/tmp`.
        capacity: bytes that the writable part may hold; beyond it writes fail with ENOSPC.
    """

    root: Path
    capacity: int = 64 << 30
    _made: dict[str, Made | Link] = field(default_factory=dict)
    _trees: dict[str, Tree] = field(default_factory=dict)
    _folders: set[str] = field(default_factory=set)
    _removable: set[str] = field(default_factory=set)
    _used: int | None = None

    def __post_init__(self) -> None:
        for path in (WRITABLE, *_DEVICES):
            self._make_parents(path)

    def provide(
        self, path: str, content: Content, *, mode: int = 0o444, removable: bool = False
    ) -> None:
        """Make a read-only file; a callable is asked at each open."""
        self._made[path] = Made(content, mode)
        if removable:
            self._removable.add(path)
        self._make_parents(path)

    def provide_link(self, path: str, target: str) -> None:
        """Make a symbolic link outside the writable folder."""
        self._made[path] = Link(target)
        self._make_parents(path)

    def provide_tree(self, path: str, tree: Tree) -> None:
        """Hang up files that come and go, such as those of processes below /proc."""
        self._trees[path] = tree
        self._make_parents(path + "/")

    def resolve(self, path: str, *, follow: bool = True) -> Place:
        """Find where an absolute path leads; its last component need not exist.

        Raises:
            OSError: ENOENT, ENOTDIR, ELOOP or EINVAL.
        """
        if not path:
            raise _error(errno.ENOENT, path)
        if "\0" in path or not path.startswith("/"):
            raise _error(errno.EINVAL, path)
        todo = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        must_be_directory = path.endswith(("/", "/."))
        done: list[str] = []
        links = 0
        while todo:
            part = todo.pop()
            if part == "..":
                done[-1:] = []
                continue
            here = "/" + "/".join([*done, part])
            target = self._link_target(here) if (todo or follow or must_be_directory) else None
            if target is not None:
                links += 1
                if links > _LINK_LIMIT:
                    raise _error(errno.ELOOP, path)
                if target.startswith("/"):
                    done = []
                todo += [p for p in reversed(target.split("/")) if p not in ("", ".")]
                continue
            if todo and not self._stat(self._place(here)).is_directory:
                raise _error(errno.ENOTDIR, path)
            done.append(part)
        place = self._place("/" + "/".join(done))
        if must_be_directory and self._is_file(place):
            raise _error(errno.ENOTDIR, path)
        return place

    def stat(self, path: str, *, follow: bool = True) -> FileStat:
        """Return what lies at `path`."""
        return self._stat(self.resolve(path, follow=follow))

    def exists(self, path: str) -> bool:
        """Whether something lies at `path` (links followed)."""
        try:
            self._stat(self.resolve(path))
        except OSError:
            return False
        return True

    def listdir(self, path: str) -> list[str]:
        """Return the sorted names in a directory."""
        place = self.resolve(path)
        if not self._stat(place).is_directory:
            raise _error(errno.ENOTDIR, path)
        if place.host is not None:
            return sorted(os.listdir(place.host))  # noqa: PTH208 - surrogate names stay text
        prefix = place.path.rstrip("/") + "/"
        below = (name for name in self._names() if name.startswith(prefix))
        return sorted({name[len(prefix) :].split("/", 1)[0] for name in below})

    def readlink(self, path: str) -> str:
        """Return the target of a link, as it was written."""
        target = self._link_target(self.resolve(path, follow=False).path)
        if target is None:
            raise _error(errno.EINVAL, path)
        return target

    def made(self, place: Place) -> Made | None:
        """Return the made-up file at a place, or None."""
        node = self._node(place.path) if place.host is None else None
        return node if isinstance(node, Made) else None

    def open_host(self, place: Place, flags: int, mode: int = 0o666) -> int:
        """Open a file of the writable folder and return the host's descriptor.

        Raises:
            OSError: EROFS outside the writable folder, EACCES when the mode forbids it.
        """
        if place.host is None:
            raise _error(errno.EROFS if flags & os.O_CREAT else errno.ENOENT, place.path)
        try:
            self._check_mode(place, flags)
            fresh = False
        except FileNotFoundError:
            fresh = True
        descriptor = os.open(place.host, flags | _NOFOLLOW, mode)
        if fresh:
            place.host.chmod(mode)
        if flags & os.O_TRUNC:
            self._used = None
        return descriptor

    def read(self, path: str) -> bytes:
        """Return a whole file."""
        place = self.resolve(path)
        made = self.made(place)
        if made is not None:
            return made.read()
        if self._stat(place).is_directory:
            raise _error(errno.EISDIR, path)
        with os.fdopen(self.open_host(place, os.O_RDONLY), "rb") as stream:
            return stream.read()

    def read_head(self, path: str, size: int) -> bytes:
        """Return the first `size` bytes of a file of the writable folder."""
        with os.fdopen(self.open_host(self.resolve(path), os.O_RDONLY), "rb") as stream:
            return stream.read(size)

    def write(self, path: str, data: bytes, *, mode: int = 0o666) -> None:
        """Write a whole file."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(self.open_host(self.resolve(path), flags, mode), "wb") as stream:
            if self.reserve(len(data)) < len(data):
                raise _error(errno.ENOSPC, path)
            stream.write(data)

    def mkdir(self, path: str, mode: int = 0o777) -> None:
        """Make a directory."""
        place = self.resolve(path, follow=False)
        if place.host is None:
            raise _error(errno.EEXIST if self.exists(path) else errno.EROFS, path)
        place.host.mkdir()
        place.host.chmod(mode)

    def mkfifo(self, path: str, mode: int = 0o666) -> None:
        """Make a named pipe; its data never touches the host's pipe, only its name does."""
        os.mkfifo(self._writable(path), mode)

    def symlink(self, target: str, path: str) -> None:
        """Make a link; the target is the phone's path and is never followed by the host."""
        self._writable(path).symlink_to(target)

    def unlink(self, path: str) -> None:
        """Remove a file or link."""
        if path in self._removable:
            self._removable.discard(path)
            del self._made[path]
            return
        host = self._writable(path)
        if stat.S_ISDIR(host.lstat().st_mode):
            raise _error(errno.EISDIR, path)
        host.unlink()
        self._used = None

    def rmdir(self, path: str) -> None:
        """Remove an empty directory."""
        host = self._writable(path)
        if host == self.root:
            raise _error(errno.EACCES, path)
        host.rmdir()

    def rename(self, old: str, new: str) -> None:
        """Rename a file or directory, over an existing file if there is one."""
        source, target = self._writable(old), self._writable(new)
        if self.root in (source, target):
            raise _error(errno.EBUSY, old)
        os.replace(source, target)  # noqa: PTH105 - the same call, and no new Path
        self._used = None

    def chmod(self, path: str, mode: int) -> None:
        """Set the permission bits."""
        place = self.resolve(path)
        self._stat(place)
        if place.host is None:
            raise _error(errno.EPERM, path)
        place.host.chmod(mode & 0o7777)

    def touch(self, path: str, mtime: float) -> None:
        """Set the time of last change."""
        os.utime(self._writable(path), (mtime, mtime), follow_symlinks=False)

    def reserve(self, size: int) -> int:
        """Claim room for up to `size` more bytes and return how many there is room for."""
        granted = min(size, self.free)
        self._used = self.used + granted
        return granted

    @property
    def used(self) -> int:
        """Bytes that the writable folder holds; walked again after something was removed."""
        if self._used is None:
            walk = os.walk(self.root)
            files = (Path(folder, name) for folder, _, names in walk for name in names)
            self._used = sum(path.lstat().st_size for path in files)
        return self._used

    @property
    def free(self) -> int:
        """Bytes left."""
        return max(0, self.capacity - self.used)

    def _is_file(self, place: Place) -> bool:
        try:
            return not self._stat(place).is_directory
        except OSError:
            return False

    def _make_parents(self, path: str) -> None:
        while path != "/":
            path = path.rpartition("/")[0] or "/"
            self._folders.add(path)

    def _is_tree_folder(self, path: str) -> bool:
        for top, tree in self._trees.items():
            if path.startswith(top + "/"):
                prefix = path[len(top) + 1 :] + "/"
                return any(name.startswith(prefix) for name in tree())
        return False

    def _place(self, path: str) -> Place:
        if path == WRITABLE:
            return Place(path, self.root)
        if path.startswith(WRITABLE + "/"):
            return Place(path, self.root / path[len(WRITABLE) + 1 :])
        return Place(path, None)

    def _writable(self, path: str) -> Path:
        place = self.resolve(path, follow=False)
        if place.host is None:
            raise _error(errno.EROFS if self.exists(path) else errno.ENOENT, path)
        return place.host

    def _check_mode(self, place: Place, flags: int) -> None:
        found = self._stat(place)
        writes = flags & (os.O_WRONLY | os.O_RDWR)
        if found.is_directory and writes:
            raise _error(errno.EISDIR, place.path)
        needed = stat.S_IWUSR if writes else stat.S_IRUSR
        if not found.mode & needed:
            raise _error(errno.EACCES, place.path)

    def _link_target(self, path: str) -> str | None:
        place = self._place(path)
        if place.host is None:
            node = self._node(path)
            return node.target if isinstance(node, Link) else None
        try:
            return os.readlink(place.host)  # noqa: PTH115 - text, not a Path
        except OSError:
            return None

    def _node(self, path: str) -> Made | Link | None:
        if path in self._made:
            return self._made[path]
        if path in self._folders:
            return None
        for top, tree in self._trees.items():
            if path.startswith(top + "/"):
                found = tree().get(path[len(top) + 1 :])
                if found is not None:
                    return found
        return None

    def _names(self) -> list[str]:
        hung = [f"{top}/{name}" for top, tree in self._trees.items() for name in tree()]
        return [*self._made, *hung, *self._folders - {"/"}, *_DEVICES]

    def _stat(self, place: Place) -> FileStat:
        if place.host is not None:
            found = place.host.lstat()
            return FileStat(
                mode=found.st_mode,
                size=found.st_size,
                mtime=found.st_mtime,
                ino=found.st_ino,
                dev=found.st_dev,
                nlink=found.st_nlink,
                uid=SHELL_UID,
                gid=SHELL_UID,
            )
        node = self._node(place.path)
        if isinstance(node, Link):
            return FileStat(stat.S_IFLNK | 0o777, len(node.target))
        if isinstance(node, Made):
            # Files of /proc and /sys say 0 or 4096; only programs have a size worth asking for.
            return FileStat(stat.S_IFREG | node.mode)
        if place.path in _DEVICES:
            return FileStat(stat.S_IFCHR | 0o666)
        if place.path in self._folders or self._is_tree_folder(place.path):
            return FileStat(stat.S_IFDIR | 0o755, 4096)
        raise _error(errno.ENOENT, place.path)


def _error(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)
