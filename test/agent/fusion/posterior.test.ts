import t from 'tap'
import { betaParameter, gammaParameter, updated } from '../../../agent/fusion/posterior.ts'
import { rational, rationalOfDouble, rationalToDouble } from '../../../agent/math/rational.ts'

t.test('half and half: the arc sine law', async (t) => {
  // Beta(1/2, 1/2): P(X < x) = 2/π arcsin √x.
  const half = rationalOfDouble(0.5)
  const { mean, interval } = betaParameter('p', half, half, 0.9)
  t.equal(mean, 0.5)
  t.ok(Math.abs((interval[0] ?? 0) / Math.sin((Math.PI / 2) * 0.05) ** 2 - 1) < 1e-12)
  t.ok(Math.abs((interval[1] ?? 0) / Math.sin((Math.PI / 2) * 0.95) ** 2 - 1) < 1e-12)
})

t.test('shape 1: the exponential distribution', async (t) => {
  const { mean, interval } = gammaParameter('rate', rational(1n), rational(4n), 0.5)
  t.equal(mean, 0.25)
  t.ok(Math.abs(interval[0] / (-Math.log(0.75) / 4) - 1) < 1e-13)
  t.ok(Math.abs(interval[1] / (-Math.log(0.25) / 4) - 1) < 1e-13)
})

t.test('figures of the prior are taken exactly', async (t) => {
  t.equal(rationalToDouble(updated(2 ** -60, rational(2n ** 60n))), 2 ** 60)
})
