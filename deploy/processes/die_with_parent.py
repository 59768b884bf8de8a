"""Start a command that cannot outlive the process that started it: `die_with_parent.py PARENT_PID FD COMMAND…`.

A supervisor killed with SIGKILL cannot stop its parts, and a part that lives on holds the ports and locks
of the next start. So a part is started through this: it ties the process to the parent's life, then becomes
the command (same process id, same open files).

Linux: PR_SET_PDEATHSIG (prctl(2)) kills the command when the parent dies. It is set here and not in a
`preexec_fn`, which may deadlock in a parent with threads. It ends with the *thread* that started this
process, so the parent starts its parts from its main thread.
Elsewhere: a small twin in the command's process group reads the pipe FD, whose other end only the parent
holds, and kills the group when it ends.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(arguments: list[str]) -> None:
    """Tie this process to its parent and become the command. Exits with 127 if there is no such command."""
    parent_pid, fd, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    if sys.platform == "linux":
        die_with_parent(parent_pid)
    else:
        watch(fd)
    os.close(fd)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"cannot start {command[0]!r}: {error.strerror}", flush=True)
        os._exit(127)


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel for SIGKILL at the parent's death, also when it died before this line."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent_pid:
        os._exit(1)


def watch(fd: int) -> None:
    """Leave a twin behind that kills this process group once the pipe `fd` ends."""
    if os.fork():
        return
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the leader's affair
    while os.read(fd, 1):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
