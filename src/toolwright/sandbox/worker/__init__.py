"""What runs on the far side of the sandbox: the base process and its children. Standard library only.

The caller's side uses a few of these files too (result conversion, texts of faults, scratch folders).
"""
