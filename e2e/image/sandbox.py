"""Runs programs as in a pod of the strict kind: another root that is read-only, uid 65532, a network of its own."""

import fcntl
import os
import pathlib
import socket
import struct
import subprocess
import sys
import threading

USER = 65532
READ_ONLY = 'set -e; mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"; '
PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def enter() -> None:
    """Starts this script again in namespaces of its own; who is not root becomes root of a user namespace."""
    if os.environ.get("MKB_IMAGE_SANDBOX") != "1":
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        os.environ["MKB_IMAGE_SANDBOX"] = "1"
        os.execvp("unshare", ["unshare", *user, "--net", "--mount", sys.executable, *sys.argv])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS, up and running


def _is_mapped(user: int) -> bool:
    for line in pathlib.Path("/proc/self/uid_map").read_text().splitlines():
        first, _, count = map(int, line.split())
        if first <= user < first + count:
            return True
    return False


class Sandbox:
    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        as_user = f'exec chroot --userspec={USER}:{USER} "$0" "$@"'
        if not _is_mapped(USER):
            as_user = f'exec unshare --user --map-user={USER} --map-group={USER} --root="$0" "$@"'
        self.command = ["unshare", "--mount", "sh", "-c", READ_ONLY + as_user, str(root)]

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit code, and standard output and error as one text."""
        done = subprocess.run(
            [*self.command, *arguments],
            env=PATH,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout

    def run_until(self, word: str, *arguments: str) -> tuple[bool, str]:
        """Runs until a line of the output has the word, 30 s at most."""
        process = subprocess.Popen(
            [*self.command, *arguments], env=PATH, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        watchdog = threading.Timer(30, process.kill)
        watchdog.start()
        said = ""
        assert process.stdout
        for line in process.stdout:
            said += line
            if word in line:
                break
        watchdog.cancel()
        process.kill()
        process.wait()
        return word in said, said

    def can_write(self) -> bool:
        """Even root cannot, or the runs above show nothing."""
        attempt = [*self.command[:4], READ_ONLY + ': >"$0/usr/written"', str(self.root)]
        return subprocess.run(attempt, env=PATH, stderr=subprocess.DEVNULL).returncode == 0


class NameServer:
    """A DNS server on 127.0.0.1 that knows one name."""

    def __init__(self, name: str, address: str) -> None:
        self.wanted = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
        self.address = socket.inet_aton(address)
        self.asked = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            query, peer = self.socket.recvfrom(512)
            self.asked += 1
            end = query.index(b"\0", 12) + 1
            question = query[12 : end + 4]
            known = question[:-4].lower() == self.wanted
            answer = b""
            if known and question[-4:] == b"\0\1\0\1":  # A, IN
                answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + self.address
            flags = b"\x81\x80" if known else b"\x81\x83"  # or NXDOMAIN
            head = query[:2] + flags + b"\0\1" + (b"\0\1" if answer else b"\0\0") + b"\0\0\0\0"
            self.socket.sendto(head + question + answer, peer)
