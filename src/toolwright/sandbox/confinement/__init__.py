"""The kernel's layers around learned code, each in a file of its own. Linux only; standard library and ctypes only.

| layer | file | takes away |
| --- | --- | --- |
| namespaces | `namespaces.py` | every path but the interpreter's and the packages'; network, other processes, IPC |
| Landlock | `landlock.py` | the same paths once more; TCP, signals and abstract sockets where the kernel knows them |
| seccomp | `seccomp.py` | every system call that computing does not need |
| limits | `worker/rlimits.py` | memory, processor time, files, threads |

`confined_walls.py` puts them together: the base prepares once what every child then needs only to step behind, and
`selftest.py` tries at every start whether they hold.
"""
