"""`importlib._bootstrap_external`, set up as CPython does when it starts."""

import sys
import _imp
import _frozen_importlib

exec(_imp._code("importlib._bootstrap_external"), globals())
_set_bootstrap_module(_frozen_importlib)
_frozen_importlib._bootstrap_external = sys.modules[__name__]
_install(_frozen_importlib)
