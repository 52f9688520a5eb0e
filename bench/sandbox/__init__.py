"""What a sandboxed call costs beside what it is made of: run `python -m bench.sandbox` on an idle machine."""
