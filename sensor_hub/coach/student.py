"""Student's t: how many standard errors a 95 % interval has to either side."""

_T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""1 to 10 degrees of freedom."""


def t_975(freedom: int) -> float:
    """freedom: degrees, at least 1; with more than 10, that of 10, which is a little too careful."""
    return _T_975[min(freedom, len(_T_975)) - 1]
