"""What honest functions do: the body of each, and the result it must have. Data only.

They import nothing but what is allowed to be imported there: the default packages and `MORE`.
"""

from typing import Final

from pydantic import JsonValue

MORE: Final = (
    *("asyncio", "bz2", "concurrent", "ctypes", "email", "gzip", "inspect", "locale", "logging", "lzma", "os"),
    *("pathlib", "pickle", "queue", "shutil", "signal", "sqlite3", "sys", "tempfile", "threading", "traceback", "xml"),
)

COMPUTES: Final[dict[str, tuple[str, JsonValue]]] = {
    "numpy solves a linear system": (
        "import numpy as np\nreturn np.linalg.solve([[2.0, 1], [1, 3]], [3.0, 5]).round(6).tolist()",
        [0.8, 1.4],
    ),
    "numpy multiplies large matrices and inverts them": (
        """
        import numpy as np
        a = np.random.default_rng(1).random((300, 300))
        return bool(np.allclose(a @ np.linalg.inv(a), np.eye(300))), bool(np.allclose(np.fft.ifft(np.fft.fft(a)), a))
        """,
        [True, True],
    ),
    "numpy takes values apart": (
        "import numpy as np\nu, s, v = np.linalg.svd(np.diag([3.0, 4.0]))\nreturn s.tolist()",
        [4.0, 3.0],
    ),
    "sympy differentiates": (
        "import sympy\nx = sympy.Symbol('x')\nreturn str(sympy.diff(sympy.sin(x) * x**2, x))",
        "x**2*cos(x) + 2*x*sin(x)",
    ),
    "sympy integrates": (
        "import sympy\nx = sympy.Symbol('x')\nreturn str(sympy.integrate(sympy.exp(-x**2), (x, -sympy.oo, sympy.oo)))",
        "sqrt(pi)",
    ),
    "sympy solves": (
        "from sympy import solve, symbols\nx, y = symbols('x y')\nreturn str(solve([x + y - 3, x - y - 1], [x, y]))",
        "{x: 2, y: 1}",
    ),
    "sympy makes numpy functions": (
        "import numpy, sympy\nx = sympy.Symbol('x')\nreturn sympy.lambdify(x, x**2, 'numpy')(numpy.arange(4)).tolist()",
        [0, 1, 4, 9],
    ),
    "sympy reads text and counts": (
        "import sympy\nreturn str(sympy.sympify('2**10 + 1')), sympy.factorint(2**40 - 1)[41], sympy.nextprime(10**12)",
        ["1025", 1, 1000000000039],
    ),
    "pandas groups": (
        """
        import pandas as pd
        frame = pd.DataFrame({"a": [1, 1, 2], "b": [1.5, 2.5, 3.0]})
        return frame.groupby("a").b.sum().tolist(), frame.describe().loc["mean", "b"].round(4)
        """,
        [[4.0, 3.0], 2.3333],
    ),
    "pandas reads and writes text": (
        """
        import io, pandas as pd
        text = pd.read_csv(io.StringIO("day,n\\n2024-02-28,1\\n2024-03-01,2\\n"), parse_dates=["day"])
        return text.to_csv(index=False), int(text.day.diff().dt.days.max()), text.to_json(orient="values")
        """,
        ["day,n\n2024-02-28,1\n2024-03-01,2\n", 2, "[[1709078400000,1],[1709251200000,2]]"],
    ),
    "pandas joins, turns and resamples": (
        """
        import pandas as pd
        left, right = pd.DataFrame({"k": [1, 2], "v": [3, 4]}), pd.DataFrame({"k": [2, 1], "w": [5, 6]})
        days = pd.Series(range(4), index=pd.date_range("2024-01-01", periods=4, tz="Europe/Amsterdam"))
        table = left.merge(right, on="k").pivot_table(values="w", index="k")
        return table.w.tolist(), days.resample("2D").sum().tolist()
        """,
        [[6.0, 5.0], [1, 5]],
    ),
    "scipy minimizes": (
        "from scipy.optimize import minimize\nreturn round(float(minimize(lambda x: (x[0] - 2) ** 2, [0.0]).x[0]), 4)",
        2.0,
    ),
    "scipy integrates": (
        """
        import math
        from scipy import integrate
        area, _ = integrate.quad(math.sin, 0, math.pi)
        decay = integrate.solve_ivp(lambda t, y: -y, (0, 1), [1.0], rtol=1e-8).y[0, -1]
        return round(area, 9), round(float(decay), 4)
        """,
        [2.0, 0.3679],
    ),
    "scipy tests hypotheses": (
        """
        from scipy import stats
        return round(float(stats.norm.cdf(1.96)), 4), round(float(stats.ttest_1samp([1, 2, 3, 4], 2.5).pvalue), 4)
        """,
        [0.975, 1.0],
    ),
    "parts of scipy that nobody imported ahead are there": (
        """
        import numpy as np
        from scipy import interpolate, ndimage, signal, sparse
        from scipy.sparse.linalg import spsolve
        return (
            float(interpolate.CubicSpline([0, 1, 2], [0, 1, 4])(1.5)),
            signal.convolve([1, 2], [1, 1]).tolist(),
            ndimage.label(np.eye(2))[1],
            spsolve(sparse.eye(2, format="csc"), np.ones(2)).tolist(),
        )
        """,
        [2.25, [1, 3, 2], 2, [1.0, 1.0]],
    ),
    "parts of the standard library that nobody imported ahead are there": (
        """
        import concurrent.futures, email.message, json.tool, xml.etree.ElementTree
        tree = xml.etree.ElementTree.fromstring("<a><b>x</b></a>")
        return tree.find("b").text, "é".encode("cp1252").hex(), "bücher".encode("idna").decode()
        """,
        ["x", "e9", "xn--bcher-kva"],
    ),
    "asyncio runs": (
        """
        import asyncio

        async def double(n):
            await asyncio.sleep(0.001)
            return 2 * n

        async def all_():
            async with asyncio.timeout(5):
                return await asyncio.gather(*(double(n) for n in range(5)))

        return asyncio.run(all_())
        """,
        [0, 2, 4, 6, 8],
    ),
    "asyncio hands work to threads": (
        """
        import asyncio

        async def both():
            queue = asyncio.Queue()
            await queue.put(await asyncio.to_thread(sum, [1, 2]))
            loop = asyncio.get_running_loop()
            loop.call_soon_threadsafe(queue.put_nowait, 4)
            return [await queue.get(), await queue.get()]

        return asyncio.run(both())
        """,
        [3, 4],
    ),
    "threads run": (
        """
        from concurrent.futures import ThreadPoolExecutor
        import time
        with ThreadPoolExecutor(4) as pool:
            begun = time.monotonic()
            list(pool.map(time.sleep, [0.1] * 4))
            return list(pool.map(abs, [-1, -2])), time.monotonic() - begun < 0.39
        """,
        [[1, 2], True],
    ),
    "threads tell each other": (
        """
        import queue, threading
        one, done = queue.Queue(), threading.Event()
        thread = threading.Thread(target=lambda: (one.put(threading.current_thread().name), done.set()), name="helper")
        thread.start()
        thread.join()
        return one.get(timeout=1), done.wait(1)
        """,
        ["helper", True],
    ),
    "numpy works in threads": (
        """
        import numpy as np
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(4) as pool:
            return [int(n) for n in pool.map(lambda n: np.linalg.matrix_rank(np.eye(100) * n), [1, 2, 0, 3])]
        """,
        [100, 100, 0, 100],
    ),
    "decimals and fractions are exact": (
        """
        from decimal import Decimal, getcontext
        from fractions import Fraction
        getcontext().prec = 30
        return str(Decimal(1) / 7), str(Fraction(1, 3) + Fraction(1, 6)), str(Decimal("0.1") + Decimal("0.2"))
        """,
        ["0.142857142857142857142857142857", "1/2", "0.3"],
    ),
    "regular expressions match": (
        "import re\nreturn re.findall(r'(?P<y>\\d{4})-(\\d\\d)', '2024-05 to 2025-06'), re.sub(r'\\s+', ' ', 'a  b')",
        [[["2024", "05"], ["2025", "06"]], "a b"],
    ),
    "dates are reckoned": (
        """
        from datetime import date, datetime, timedelta, timezone
        leap = (date(2024, 3, 1) - date(2024, 2, 28)).days
        return leap, datetime(2024, 5, 1, tzinfo=timezone.utc).timestamp(), date(2024, 5, 1).strftime("%A %d %B %Y")
        """,
        [2, 1714521600.0, "Wednesday 01 May 2024"],
    ),
    "times of many zones are known": (
        """
        from datetime import datetime
        from zoneinfo import ZoneInfo, available_timezones
        zones = ["Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]
        offsets = [datetime(2024, 7, 1, tzinfo=ZoneInfo(zone)).utcoffset().total_seconds() / 3600 for zone in zones]
        return offsets, len(available_timezones()) > 400
        """,
        [[2.0, -4.0, 5.5, 10.5, 0.0], True],
    ),
    "dateutil reads dates and rules": (
        """
        from dateutil import parser, rrule, tz
        from dateutil.relativedelta import relativedelta
        start = parser.parse("31 January 2024")
        month = (start + relativedelta(months=1)).date().isoformat()
        days = [day.day for day in rrule.rrule(rrule.WEEKLY, count=3, dtstart=start)]
        return month, days, tz.gettz("Europe/Paris") is not None
        """,
        ["2024-02-29", [31, 7, 14], True],
    ),
    "the local time is that of UTC": (
        """
        import time
        from datetime import datetime
        return time.strftime("%Z"), datetime.now().astimezone().utcoffset().total_seconds()
        """,
        ["UTC", 0.0],
    ),
    "the clock goes": (
        """
        import time
        begun = time.perf_counter(), time.monotonic(), time.process_time()
        time.sleep(0.01)
        return time.perf_counter() > begun[0], time.monotonic() > begun[1], time.time() > 1.7e9
        """,
        [True, True, True],
    ),
    "hashes are right": (
        """
        import hashlib, hmac, zlib
        key = hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1).hex()[:8]
        return hashlib.sha256(b"a").hexdigest()[:8], hashlib.md5(b"a").hexdigest()[:8], key, zlib.crc32(b"a")
        """,
        ["ca978112", "0cc175b9", "120fb6cf", 3904355907],
    ),
    "what is packed unpacks": (
        """
        import bz2, gzip, lzma, pickle
        text = b"word " * 1000
        back = [pack.decompress(pack.compress(text)) == text for pack in (bz2, gzip, lzma)]
        return back, pickle.loads(pickle.dumps([1]))
        """,
        [[True, True, True], [1]],
    ),
    "a database in memory answers": (
        """
        import sqlite3
        with sqlite3.connect(":memory:") as base:
            base.execute("create table t (n integer)")
            base.executemany("insert into t values (?)", [(n,) for n in range(10)])
            return base.execute("select sum(n), max(n) from t where n > 3").fetchone()
        """,
        [39, 9],
    ),
    "identifiers are made": (
        """
        import uuid
        return uuid.uuid5(uuid.NAMESPACE_DNS, "a.org").hex[:8], uuid.uuid4().version, len(uuid.uuid1().hex)
        """,
        ["d47e5b5d", 4, 32],
    ),
    "the locale is the C library's own, and text is UTF-8": (
        """
        import locale, sys
        return locale.setlocale(locale.LC_NUMERIC), locale.getpreferredencoding(), sys.getfilesystemencoding()
        """,
        ["C", "utf-8", "utf-8"],
    ),
    "errors are raised, caught and told": (
        """
        import traceback, logging
        try:
            try:
                {}["missing"]
            except KeyError as error:
                raise ValueError("told") from error
        except* ValueError as group:
            logging.getLogger("job").warning("seen")
            told = "".join(traceback.format_exception(group)), str(group.exceptions[0])
        return "KeyError: 'missing'" in told[0], told[1]
        """,
        [True, "told"],
    ),
    "C is called": (
        "import ctypes\nlibc = ctypes.CDLL(None)\nreturn libc.abs(-3), ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 7)()",
        [3, 7],
    ),
    "the home folder is the working folder": (
        "import os\nreturn os.path.samefile(os.path.expanduser('~'), os.getcwd())",
        True,
    ),
    "a process knows itself": (
        "import os, sys\nreturn os.getpid() > 0, len(os.urandom(8)), sys.version_info >= (3, 11), bool(os.cpu_count())",
        [True, 8, True, True],
    ),
    "it counts the memory it may not have": (
        "try:\n    bytes(1 << 40)\nexcept MemoryError:\n    return 'none left'",
        "none left",
    ),
    "signals to itself arrive": (
        """
        import os, signal
        seen = []
        signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
        os.kill(os.getpid(), signal.SIGUSR1)
        return seen
        """,
        [1],
    ),
}  # fmt: skip
