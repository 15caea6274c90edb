"""What the machine lacks around the work: room on a disk, rights, files, certificates.

What belongs here: telling that from a fault of ours, and its sentence. What does not: who says it.
"""

import errno
import os
import ssl

from adm_sync.errors import SurroundingsError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM}
_TOO_MANY = {errno.EMFILE, errno.ENFILE}
NO_MEMORY = "This machine has no memory left. End something, then run it again."


def lacking(error: BaseException) -> SurroundingsError | None:
    """What the machine lacks, if that is what an error comes from; None if it may be our fault."""
    seen: set[int] = set()  # a chain of errors may bite its own tail
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, MemoryError):
            return _told(NO_MEMORY, error)
        sentence = _sentence(cause) if isinstance(cause, OSError) else None
        if sentence is not None:
            return _told(sentence, error)
        cause = cause.__cause__ or cause.__context__
    return None


# Of the standard library, when nothing can be written to any of the folders that it tries.
NO_FOLDER = "No usable temporary directory"


def _told(sentence: str, error: BaseException) -> SurroundingsError:
    told = SurroundingsError(sentence)
    told.__cause__ = error
    return told


def _sentence(error: OSError) -> str | None:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in _FULL or NO_FOLDER in str(error):
        return (
            f"A disk is full, or a limit on files is reached{where}. Make room where ADM_SYNC_HOME "
            "and the folder for temporary files are, then run it again."
        )
    if error.errno in _FORBIDDEN:
        return f"A file may not be written or read{where}: {error.strerror}. Let this user do it."
    if error.errno in _TOO_MANY:
        return "Too many files are open at once. Raise the limit (ulimit -n), then run it again."
    if error.errno == errno.ENOMEM:
        return NO_MEMORY
    named = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if name in os.environ]
    # What ssl cannot find has no name; other files have one.
    is_missing = isinstance(error, FileNotFoundError) and error.filename is None
    if named and (is_missing or isinstance(error, ssl.SSLError)):
        return f"The certificates that {named[0]} names cannot be read. Set it right, or unset it."
    return None
