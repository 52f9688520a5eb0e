"""What the tests of the page may use: a browser, where there is one."""

from browser import chromium, open_page

__all__ = ["chromium", "open_page"]
