"""RPC addresses: several in one setting, and what of them may be shown."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_BETWEEN = re.compile(r",\s*(?=[a-z]+://)")
_PARTS = re.compile(r"(?P<scheme>[a-zA-Z]+://)?(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)

_LOOPBACK = re.compile(r"localhost|::1|127(\.\d+){3}")


def split(setting: str) -> list[str]:
    """Return the addresses in a setting; a comma that no address follows is part of one."""
    return [each.strip() for each in _BETWEEN.split(setting)]


def shown(setting: str) -> str:
    """Return where addresses lead, without what may be a secret in them: user, password, path, query."""
    return ", ".join(_host(each) for each in split(setting))


def is_local(setting: str) -> bool:
    """Say whether a setting names one node of this machine, which cannot lag behind itself."""
    host = urlsplit(setting).hostname if len(split(setting)) == 1 else None
    return host is not None and _LOOPBACK.fullmatch(host) is not None


def _host(address: str) -> str:
    parts = _PARTS.fullmatch(address)
    assert parts is not None  # it matches whatever there is
    scheme, authority, rest = parts["scheme"] or "", parts["authority"], parts["rest"]
    if "@" in rest:  # a slash in a password: nobody can say where the host begins
        return f"{scheme}…"
    more = "/…" if rest not in {"", "/"} else rest
    return f"{scheme}{authority.rpartition('@')[2]}{more}"
