"""Makes what the tests of reports share importable from the folders of the rooms."""
