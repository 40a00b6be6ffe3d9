#!/usr/bin/env python3
"""Writes privacy.json: ε of rounds of the Poisson-sampled Gaussian mechanism, as Google's accountants find it. Needs dp-accounting 0.6
and mpmath.

`epsilon` is that of the Rényi accountant, over its default orders; `whole` the same over whole ones, where it is exact (between them it adds
up magnitudes of a series whose terms change their sign, which is a little more); `tight` that of privacy loss distributions, which no bound
is below. `divergences` are those of a round at orders between whole ones, integrated numerically with 40 digits.
"""

import json
import os

import dp_accounting
import mpmath
from dp_accounting import pld, rdp

CASES = [
    (0.01, 1.0, 1000, 1e-5), (0.01, 0.7, 100, 1e-5), (0.1, 1.0, 100, 1e-3), (0.1, 2.0, 500, 1e-5), (0.5, 4.0, 50, 1e-6),
    (0.05, 0.5, 20, 1e-4), (0.001, 1.1, 10000, 1e-6), (1.0, 5.0, 10, 1e-5), (1.0, 1.0, 1, 1e-5), (0.2, 10.0, 3, 1e-2),
    (0.3, 0.3, 2, 1e-3), (0.02, 50.0, 5, 1e-5),
]
ORDERS = [1.1, 2.5, 10.9]


def epsilon(accountant, rate, noise, rounds, delta):
    event = dp_accounting.GaussianDpEvent(noise)
    if rate < 1:
        event = dp_accounting.PoissonSampledDpEvent(rate, event)
    return float(accountant.compose(event, rounds).get_epsilon(delta))


def divergence(rate, noise, order):
    mpmath.mp.dps = 40
    q, variance, alpha = mpmath.mpf(rate), mpmath.mpf(noise) ** 2, mpmath.mpf(order)

    def integrand(z):
        ratio = 1 - q + q * mpmath.exp((2 * z - 1) / (2 * variance))
        return ratio**alpha * mpmath.exp(-z * z / (2 * variance)) / mpmath.sqrt(2 * mpmath.pi * variance)

    reach = 14 * noise
    ends = mpmath.linspace(-reach, order + reach, 60)
    return float(mpmath.log(mpmath.quad(integrand, ends)) / (alpha - 1))


def main():
    whole = [order for order in rdp.rdp_privacy_accountant.DEFAULT_RDP_ORDERS if order == int(order)]
    cases = [
        {
            "samplingRate": rate,
            "noise": noise,
            "rounds": rounds,
            "delta": delta,
            "epsilon": epsilon(rdp.RdpAccountant(), rate, noise, rounds, delta),
            "whole": epsilon(rdp.RdpAccountant(whole), rate, noise, rounds, delta),
            "divergences": {str(order): divergence(rate, noise, order) for order in ORDERS},
            "tight": epsilon(pld.PLDAccountant(), rate, noise, rounds, delta),
        }
        for rate, noise, rounds, delta in CASES
    ]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "privacy.json")
    with open(path, "w") as file:
        json.dump(cases, file, indent=1)
        file.write("\n")


main()
