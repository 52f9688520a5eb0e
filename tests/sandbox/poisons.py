"""The hostile code of test_poisoned_results: data, and the few helpers the code itself uses."""

from typing import Final

from toolwright.functions import Function

from .conftest import job

HELP: Final = """
import os, stat, sys, time

FORGED = b'{"status":"ok","result":"forged"}\\n'

def channels():
    found = []  # every socket there is: the channel the answer goes through is among them
    for number in range(64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                found.append(number)
        except OSError:
            pass
    return found

def send(*blocks):
    for number in channels():
        for block in blocks:
            while block:
                block = block[os.write(number, block):]

"""


def poison(body: str) -> Function:
    """A function `job` of a body that may use the helpers above."""
    return job(body, before=HELP)


OK_: Final = b'{"status":"ok","result":'

FORGERIES: Final[dict[str, tuple[bytes, str]]] = {
    "an answer": (b'{"status":"ok","result":"forged"}\n', "ok"),
    "many answers": (b'{"status":"ok","result":"forged"}\n' * 1000, "ok"),
    "another ready": (b"ready\n", "crashed"),
    "another ready and an answer": (b'ready\n{"status":"ok","result":"forged"}\n', "crashed"),
    "half a line": (b'{"status":"ok",', "crashed"),
    "an empty line": (b"\n", "crashed"),
    "no text": (b"\xff\xfe\x00\n", "crashed"),
    "UTF-16": ('{"status":"ok","result":"forged"}'.encode("utf-16-le") + b"\n", "crashed"),
    "megabytes without a line's end": (b"x" * 3_000_000, "result"),
    "more than a result may have": (OK_ + b'"' + b"x" * 300_000 + b'"}\n', "result"),
    "NaN": (OK_ + b"NaN}\n", "crashed"),
    "minus infinity": (OK_ + b"-Infinity}\n", "crashed"),
    "a number too large": (OK_ + b"1e999}\n", "crashed"),
    "an integer too long": (OK_ + b"9" * 5000 + b"}\n", "crashed"),
    "one key twice": (b'{"status":"error","result":0,"result":"forged","status":"ok"}\n', "ok"),
    "half a surrogate pair": (OK_ + b'"\\ud800"}\n', "crashed"),
    "half a pair in a key": (OK_ + b'{"\\udfff":1}}\n', "crashed"),
    "half a pair in an error": (b'{"status":"error","error":"\\ud800"}\n', "crashed"),
    "102 levels": (OK_ + b"[" * 102 + b"]" * 102 + b"}\n", "crashed"),
    "10,000 levels": (OK_ + b"[" * 10_000 + b"]" * 10_000 + b"}\n", "crashed"),
    "100,000 levels of objects that do not end": (b'{"a":' * 40_000 + b"\n", "crashed"),
    "a status that is no text": (b'{"status":[]}\n', "crashed"),
    "a status that only the caller gives": (b'{"status":"refused","error":"no"}\n', "crashed"),
    "a field that there is not": (b'{"status":"ok","result":1,"seconds":9}\n', "crashed"),
    "an error that is no text": (b'{"status":"error","error":{}}\n', "crashed"),
    "an error with a result": (b'{"status":"error","result":1,"error":"no"}\n', "error"),
    "no object": (b"[1]\n", "crashed"),
}
"""Bytes on the channel, and the status of their call's outcome."""

HOSTILE: Final[dict[str, tuple[str, str]]] = {
    "returns a gigabyte": ("return 'x' * 10**9", "memory"),
    "returns megabytes": ("return 'x' * 2_000_000", "result"),
    "returns 10,000 levels": (
        """
        deep = []
        for _ in range(10_000):
            deep = [deep]
        return deep
        """,
        "depth",
    ),
    "returns what contains itself": ("loop = {}; loop['loop'] = [loop]; return loop", "depth"),
    "returns a million levels of itself by items()": (
        """
        from collections import UserDict
        class Endless(UserDict):
            def items(self):
                return [("deeper", Endless())]
        return Endless()
        """,
        "depth",
    ),
    "returns a mapping without end": (
        """
        from collections import UserDict
        class Endless(UserDict):
            def items(self):
                n = 0
                while True:
                    yield n, n
                    n += 1
        return Endless()
        """,
        "timeout memory",
    ),
    "returns a dict that says one thing and is another": (
        """
        class Liar(dict):
            def items(self): return [("forged", FORGED)]
            def __iter__(self): return iter("forged")
            def __len__(self): return -1
        return Liar(a=1)
        """,
        "ok error",
    ),
    "hostile __reduce__": (
        """
        class Hostile:
            def __reduce__(self):
                return os.system, ("true",)
        return Hostile()
        """,
        "error",
    ),
    "every method hostile": (
        """
        def no(*_, **__):
            raise SystemExit("no")
        names = "str repr eq hash iter len bool int float index getattribute format reduce sizeof del".split()
        return type("Hostile", (), {f"__{name}__": no for name in names})()
        """,
        "error",
    ),
    "a __class__ that raises": ("return type('H', (), {'__class__': property(lambda self: 1 / 0)})()", "error"),
    "a __class__ that lies: text": ("return type('H', (), {'__class__': str})()", "error"),
    "a __class__ that lies: a number": ("return type('H', (), {'__class__': int})()", "error"),
    "a __class__ that lies: a mapping": ("return type('H', (), {'__class__': dict})()", "error"),
    "text that is never equal": (
        """
        class Odd(str):
            def __eq__(self, other): raise KeyboardInterrupt
            def __hash__(self): return 1
            def __str__(self): return "forged"
            def isascii(self): return "forged"
            def encode(self, *_): return b"forged"
        return {Odd("a"): Odd("honest")}["a"] if False else [Odd("honest")]
        """,
        "ok error",
    ),
    "numbers that lie": (
        """
        class Number(int):
            def __int__(self): raise SystemExit
            def __str__(self): return "]forged"
            __repr__ = __str__
            def bit_length(self): return 0
        return Number(7)
        """,
        "ok",
    ),
    "a type whose name raises": (
        """
        class Meta(type):
            @property
            def __name__(cls): raise MemoryError
            __qualname__ = __module__ = __name__
            def __instancecheck__(cls, other): raise MemoryError
            def __getattribute__(cls, name): raise MemoryError
        return Meta("H", (), {})()
        """,
        "error memory crashed",
    ),
    "an exception that cannot be shown": (
        """
        class Hostile(Exception):
            def __str__(self): raise Hostile()
            __repr__ = __str__
        raise Hostile()
        """,
        "error",
    ),
    "an exception whose text ends the process": (
        """
        class Hostile(Exception):
            def __str__(self): os._exit(0)
        raise Hostile()
        """,
        "crashed",
    ),
    "an exception whose type has no name": (
        """
        class Meta(type):
            @property
            def __name__(cls): raise KeyboardInterrupt
        class Hostile(Exception, metaclass=Meta): pass
        raise Hostile()
        """,
        "error crashed",
    ),
    "an exception with half a surrogate pair": ("raise ValueError('\\ud800')", "error"),
    "SystemExit": ("raise type('Exit', (SystemExit,), {'__str__': lambda self: 1 / 0})(lambda: 0)", "error"),
    "KeyboardInterrupt": ("raise type('Stop', (KeyboardInterrupt,), {})([], {}, object())", "error"),
    "GeneratorExit": ("raise GeneratorExit(b'\\xff')", "error"),
    "sys.exit": ("sys.exit(0)", "error"),
    "os._exit": ("os._exit(0)", "crashed"),
    "kills itself": ("os.kill(os.getpid(), 9); time.sleep(9)", "crashed"),
    "stops itself": ("os.kill(os.getpid(), 19); time.sleep(9)", "timeout"),
    "no more recursion limit": (
        """
        sys.setrecursionlimit(10**9)
        def down(n): return [down(n + 1)]
        return down(0)
        """,
        "crashed memory error timeout",
    ),
    "no more limit of digits": ("sys.set_int_max_str_digits(0); return 10**20_000", "crashed error"),
    "closes every descriptor": ("os.closerange(0, 1024); return 1", "crashed"),
    "puts the output over every descriptor": ("[os.dup2(1, n) for n in range(3, 30)]; return 1", "crashed"),
    "puts the channel over the output": ("[os.dup2(n, 1) for n in channels()]; os.write(1, FORGED); return 1", "ok"),
    "shuts the channel": (
        "import socket; [socket.socket(fileno=n).shutdown(2) for n in channels()]; return 1",
        "crashed error",
    ),
    "breaks json": (
        """
        import json
        json.loads = json.dumps = json.JSONEncoder.encode = json.JSONEncoder.iterencode = lambda *_, **__: "forged"
        return 1
        """,
        "crashed",
    ),
    "breaks builtins": (
        """
        import builtins
        for name in ("len", "isinstance", "type", "str", "getattr", "set", "sorted", "enumerate", "zip"):
            setattr(builtins, name, lambda *_, **__: 1 / 0)
        return {"a": [1]}
        """,
        "error crashed",
    ),
    "empties sys.modules": ("sys.modules.clear(); return 1", "ok error crashed"),
    "patches the worker through its frames": (
        """
        frame = sys._getframe()
        while frame := frame.f_back:
            for name in ("encode", "to_json", "describe"):
                if name in frame.f_globals:
                    frame.f_globals[name] = lambda *_, **__: FORGED
        return 1
        """,
        "ok",
    ),
    "patches the worker through the collector": (
        """
        import gc
        gc.unfreeze()
        for one in gc.get_objects():
            if isinstance(one, dict) and "call_function" in one and "_answer" in one:
                one["_answer"] = lambda channel, line: channel.sendall(FORGED)
        return 1
        """,
        "ok",
    ),
    "cannot be ended": ("os._exit = lambda code: None; return 1", "ok"),
    "an atexit hook": ("import atexit; atexit.register(send, FORGED); return 1", "ok"),
    "a thread that goes on": (
        """
        import threading
        threading.Thread(target=time.sleep, args=(60,)).start()
        return 1
        """,
        "ok",
    ),
    "a thread that forges all the while": (
        """
        import threading
        def forge():
            while True:
                send(FORGED)
        for _ in range(4):
            threading.Thread(target=forge, daemon=True).start()
        time.sleep(0.05)
        return 1
        """,
        "ok crashed",
    ),
    "a slow end": (
        """
        global kept
        kept = type("Slow", (), {"__del__": lambda self: time.sleep(60)})()
        return 1
        """,
        "ok",
    ),
    "no output": ("sys.stdout = sys.__stdout__ = None; return 1", "ok"),
    "an output that raises": (
        "sys.stdout = type('Out', (), {'flush': lambda self: sys.exit()})(); return 1",
        "ok crashed",
    ),
    "a closed output": ("sys.stdout.close(); return 1", "ok"),
    "sends its descriptors to the caller": (
        """
        import socket
        for n in channels():
            for _ in range(50):
                socket.send_fds(socket.socket(fileno=os.dup(n)), [b"{"], [0, 1, n])
        return 1
        """,
        "crashed error",
    ),
    "splits itself": ("import os; os.fork(); return 1", "ok error"),
}
"""What a function does, and which statuses its own outcome may have."""

PRINTED: Final = {
    "a fake answer": ("sys.stdout.write(FORGED.decode()); return 1", '{"status":"ok","result":"forged"}\n'),
    "ready": ("print('ready'); return 1", "ready\n"),
    "no UTF-8": (r"os.write(1, b'a\xff\xfeb\n'); return 1", "a\ufffd\ufffdb\n"),
    "half a character": ("os.write(1, '€'.encode()[:2]); return 1", "\ufffd"),
    "half a surrogate pair": (r"print('\ud800'); return 1", "\\ud800\n"),
    "a zero": (r"print('\0'); return 1", "\0\n"),
}
"""What a function prints, and what is read of it."""
