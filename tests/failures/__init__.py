"""Failure cases that other sites of this kind met, each as a test whose name begins with its code.

`test_named.py` has the list of the cases and holds that each has a test, here or beside what it is about:
`grep -rn "def test_a7" tests` finds them. The other modules here try the cases through the site's own addresses.
"""
