"""The refinancing stress in NumPy, vectorised over issuers and paths: the same random numbers, the same quarters, the same counts.

numpy_peer.py DIR PATHS SEED OWN_SHOCK [BLOCK]: reads DIR/terms.f64 and DIR/paths.f64, writes DIR/peer.u32, prints the seconds.
Work goes through blocks of BLOCK issuers by all paths' chunks so that arrays stay near the cache; one thread, as NumPy is.
"""

import sys
import time

import numpy as np

Q, RATINGS = 12, 15
U = np.uint64
GOLDEN = U(0x9E3779B97F4A7C15)
A = [3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
     45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727]
B = [1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
     21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610]
C = [1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
     1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 7.74545014278341407640e-4]
D = [1.0, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
     0.148103976427480074590, 0.0151986665636164571966, 5.47593808499534494600e-4, 1.05075007164441684324e-9]


def mix(x):
    z = (x ^ (x >> U(30))) * U(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> U(27))) * U(0x94D049BB133111EB)
    return z ^ (z >> U(31))


def rotl(x, k):
    return (x << U(k)) | (x >> U(64 - k))


def polynomial(c, x):
    out = np.full_like(x, c[7])
    for k in c[6::-1]:
        out *= x
        out += k
    return out


def normal(state):
    """The next normal numbers by xoshiro256++ and AS 241."""
    s0, s1, s2, s3 = state
    bits = rotl(s0 + s3, 23) + s0
    t = s1 << U(17)
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    state[3] = rotl(s3, 45)
    p = ((bits >> U(12)) | U(0x3FF0000000000000)).view(np.float64) - (1.0 - 2.0**-53)
    q = p - 0.5
    near = 0.180625 - q * q
    out = q * polynomial(A, near) / polynomial(B, near)
    far = np.abs(q) > 0.425
    r = np.sqrt(-np.log(np.minimum(p[far], 1.0 - p[far]))) - 1.6
    x = polynomial(C, r) / polynomial(D, r)
    out[far] = np.where(q[far] < 0, -x, x)
    return out


def block(t, paths, first, seed, own):
    """Counts of a block of issuers (rows) along a block of paths (columns)."""
    col = lambda i: t[:, i : i + 1]
    key, debt, fl, ebitda, swing, dep, spending, tax, cash0, lines0, e0, i0, closed, years0 = (col(i) for i in range(14))
    at = 14
    due, old_fixed, old_floating, old_margin = (t[:, at + k * Q : at + (k + 1) * Q] for k in range(4))
    least = t[:, at + 4 * Q : at + 4 * Q + RATINGS - 1]
    spreads = t[:, at + 4 * Q + RATINGS - 1 :]
    n, m = t.shape[0], paths.shape[2]
    ones = np.ones((n, m))
    with np.errstate(over="ignore"):
        owner = mix(mix(np.array([seed], U) + GOLDEN) ^ (key.astype(U) + U(1)))
        number = mix(owner + np.arange(first, first + m, dtype=U)[None, :])
        state = [mix(number + GOLDEN * U(w + 1)) for w in range(4)]
    cash, lines, years = cash0 * ones, lines0 * ones, years0 * ones
    nf, nl, nm, deviation = (np.zeros((n, m)) for _ in range(4))
    ring_e, ring_i = [e0 * ones for _ in range(4)], [i0 * ones for _ in range(4)]
    e, i = 4.0 * ring_e[0], 4.0 * ring_i[0]
    failed = np.full((n, m), Q, np.uint8)
    for q in range(Q):
        with np.errstate(over="ignore"):
            deviation += own * normal(state)
        short, tenor, factor, level = (paths[k, q][None, :] for k in range(4))
        place = np.zeros((n, m), np.intp)
        for k in range(RATINGS - 1):
            place += e >= least[:, k : k + 1] * i
        spread = np.take_along_axis(spreads, place, 1) * factor
        rolls = np.where(e >= closed * i, due[:, q : q + 1], 0.0)
        paid = due[:, q : q + 1] - rolls
        fixed, floating = 0.25 * rolls * (1.0 - fl), 0.25 * rolls * fl
        nf += fixed * (tenor + spread)
        nl += floating
        nm += floating * spread
        interest = old_fixed[:, q : q + 1] + (old_floating[:, q : q + 1] + nl) * short + old_margin[:, q : q + 1] + nf + nm
        earned = ebitda + swing * (level - 1.0 + deviation)
        ebit = earned - dep
        cash = cash - paid + (earned - tax * np.maximum(ebit - interest, 0.0) - interest - spending)
        drawn = np.minimum(np.maximum(-cash, 0.0), lines)
        lines -= drawn
        nl += 0.25 * drawn
        nm += 0.25 * drawn * spread
        cash += drawn
        failed = np.where((cash < -1e-9 * debt) & (failed == Q), np.uint8(q), failed)
        ring_e[q % 4], ring_i[q % 4] = ebit, interest
        e = (ring_e[0] + ring_e[1]) + (ring_e[2] + ring_e[3])
        i = (ring_i[0] + ring_i[1]) + (ring_i[2] + ring_i[3])
        if q % 4 == 3:
            years = np.where(failed == Q, np.where(e < i, years + 1.0, 0.0), years)
    alive = failed == Q
    counts = [(failed == q).sum(1) for q in range(Q)]
    counts += [(alive & (years >= 3)).sum(1), (alive & (e < i)).sum(1)]
    return np.stack(counts, 1)


def main():
    directory, n, seed, own = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    rows = int(sys.argv[5]) if len(sys.argv) > 5 else 8
    terms = np.fromfile(f"{directory}/terms.f64").reshape(-1, 14 + 4 * Q + 2 * RATINGS - 1)
    paths = np.fromfile(f"{directory}/paths.f64").reshape(4, Q, n)
    start = time.perf_counter()
    counts = np.zeros((len(terms), Q + 2), np.uint32)
    columns = 2000
    for a in range(0, len(terms), rows):
        for p in range(0, n, columns):
            counts[a : a + rows] += block(terms[a : a + rows], paths[:, :, p : p + columns], p, seed, own).astype(np.uint32)
    print(f"best {time.perf_counter() - start:.4f}")
    counts.tofile(f"{directory}/peer.u32")


main()
