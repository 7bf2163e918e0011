"""`importlib._bootstrap`, with the machine's own importer in front.

The machine imports by itself; this is what `importlib` and whoever asks
`sys.meta_path` see of that.
"""

import sys
import _imp

exec(_imp._code("importlib._bootstrap"), globals())


class MachineImporter:
    """Finds what `import` would: native modules, files, the packed library."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        found = _imp._find(fullname, path)
        if found is None:
            return None
        kind, filename, package = found
        if kind == "builtin":
            return spec_from_loader(fullname, BuiltinImporter, origin="built-in")
        if kind == "file":
            external = sys.modules.get("importlib._bootstrap_external")
            if external is None:
                import _frozen_importlib_external as external
            loader = external.SourceFileLoader(fullname, filename)
            return external.spec_from_file_location(fullname, filename, loader=loader)
        spec = ModuleSpec(
            fullname, _imp._library_loader(), origin=filename, is_package=package)
        spec._set_fileattr = True
        if package:
            spec.submodule_search_locations.append(filename.rpartition("/")[0])
        return spec

    @staticmethod
    def invalidate_caches():
        """Nothing is cached."""


_setup(sys, _imp)
sys.meta_path.insert(0, MachineImporter)
