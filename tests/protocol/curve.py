"""secp256k1 in plain integers, as far as it takes to say who signed: y^2 = x^3 + 7 modulo P."""

from __future__ import annotations

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
Point = tuple[int, int, int]
"""X, Y, Z for x = X/Z^2 and y = Y/Z^3, so that only the last step divides; Z = 0 is nowhere."""

NOWHERE: Point = (1, 1, 0)


def public_key(digest: int, r: int, s: int, odd: int) -> tuple[int, int] | None:
    """Return the point that signed a digest; None where no point did."""
    y = pow(r**3 + 7, (P + 1) // 4, P)
    if (y * y - r**3 - 7) % P:
        return None
    y = y if y % 2 == odd else P - y
    inverse = pow(r, -1, N)
    return _flat(_twice_times(-digest * inverse % N, G, s * inverse % N, (r, y)))


def _twice_times(a: int, one: tuple[int, int], b: int, two: tuple[int, int]) -> Point:
    first, second = (*one, 1), (*two, 1)
    both, total = _added(first, second), NOWHERE
    for bit in range(255, -1, -1):
        total = _doubled(total)
        chosen = (a >> bit & 1) + 2 * (b >> bit & 1)
        if chosen:
            total = _added(total, (first, second, both)[chosen - 1])
    return total


def _doubled(point: Point) -> Point:
    x, y, z = point
    if z == 0 or y == 0:
        return NOWHERE
    square = y * y % P
    s, m = 4 * x * square % P, 3 * x * x % P
    new = (m * m - 2 * s) % P
    return new, (m * (s - new) - 8 * square * square) % P, 2 * y * z % P


def _added(one: Point, two: Point) -> Point:
    (x1, y1, z1), (x2, y2, z2) = one, two
    if z1 == 0 or z2 == 0:
        return one if z2 == 0 else two
    w1, w2 = z1 * z1 % P, z2 * z2 % P
    u1, u2, s1, s2 = x1 * w2 % P, x2 * w1 % P, y1 * w2 * z2 % P, y2 * w1 * z1 % P
    if u1 == u2:
        return _doubled(one) if s1 == s2 else NOWHERE
    h, r = (u2 - u1) % P, (s2 - s1) % P
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x = (r * r - hhh - 2 * v) % P
    return x, (r * (v - x) - s1 * hhh) % P, h * z1 * z2 % P


def _flat(point: Point) -> tuple[int, int] | None:
    x, y, z = point
    if z == 0:
        return None
    inverse = pow(z, -1, P)
    return x * inverse**2 % P, y * inverse**3 % P
