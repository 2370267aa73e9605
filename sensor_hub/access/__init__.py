"""Who may see and do what: rights, accounts, tokens, logins. Knows nothing of HTTP."""

from sensor_hub.access.door import Access, Credentials, Refused, is_loopback
from sensor_hub.access.file import AccessFile
from sensor_hub.access.records import Account, Share, Token
from sensor_hub.access.rights import ROLE_RIGHTS, SCREEN_RIGHTS, Right, Role, Shared, Visitor

__all__ = [
    "ROLE_RIGHTS",
    "SCREEN_RIGHTS",
    "Access",
    "AccessFile",
    "Account",
    "Credentials",
    "Refused",
    "Right",
    "Role",
    "Share",
    "Shared",
    "Token",
    "Visitor",
    "is_loopback",
]
