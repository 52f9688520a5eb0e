"""How long it takes before anything happens: `import toolwright` and `toolwright --help`, beside a bare interpreter.

python -m bench.start_up [TIMES]
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

COMMANDS: Final = {
    "python -c pass": (["-c", "pass"], None),
    "python -c 'import toolwright'": (["-c", "import toolwright"], 0.3),
    "toolwright --help": ([str(Path(sys.executable).parent / "toolwright"), "--help"], 0.5),
}
"""What is run with the interpreter, and its target in seconds."""


def seconds(arguments: Sequence[str]) -> float:
    """Wall time of one start."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    """Prints the best and the median of each, in turns, so that a noisy moment meets all alike."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(times):
        for name, (arguments, _) in COMMANDS.items():
            taken[name].append(seconds(arguments))
    print(f"{f'start-up, {times} times each':<36}{'best s':>8}{'median s':>10}")
    for name, (_, target) in COMMANDS.items():
        best, median = min(taken[name]), sorted(taken[name])[times // 2]
        judged = f"   target <= {target:g}: {'meets' if best <= target else 'misses'}" if target else ""
        print(f"{name:<36}{best:>8.3f}{median:>10.3f}{judged}")


if __name__ == "__main__":
    main()
