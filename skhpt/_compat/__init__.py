"""The seams to other libraries: the only modules that use private parts of scikit-learn, Keras and TensorFlow.

A seam takes the public way where there is one, and says what is lost where a private part is missing, as it may be in
an older or a newer version. Importing a seam never fails for that.
"""

from skhpt._compat._parts import (
    NEWEST_TESTED,
    OLDEST_FUSED,
    tested_versions,
    too_old_to_fuse,
    untested,
    warn_of_lost_parts,
)

__all__ = ["NEWEST_TESTED", "OLDEST_FUSED", "tested_versions", "too_old_to_fuse", "untested", "warn_of_lost_parts"]
