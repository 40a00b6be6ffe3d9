"""The random source of SeededGenerator in plain Python, for fixtures of what is drawn."""

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


class Xoshiro:
    """xoshiro256** as published, seeded as SeededGenerator documents, with whole numbers by Lemire's method."""

    def __init__(self, seed, *streams):
        self.mix = seed
        for stream in streams:
            self.mix = self.splitmix() ^ (stream * GOLDEN & MASK)
        self.s = [self.splitmix() for _ in range(4)]

    def splitmix(self):
        self.mix = z = (self.mix + GOLDEN) & MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def next(self):
        rotate = lambda x, k: ((x << k) | (x >> (64 - k))) & MASK
        s = self.s
        result = rotate(s[1] * 5 & MASK, 7) * 9 & MASK
        t = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def below(self, bound):
        product = self.next() * bound
        while product & MASK < (1 << 64) % bound:
            product = self.next() * bound
        return product >> 64
