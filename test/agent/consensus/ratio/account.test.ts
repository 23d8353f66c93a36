import t from 'tap'
import { type Adjacency, regular } from '../../../../agent/consensus/overlay.ts'
import { certifiedSum, putIn } from '../../../../agent/consensus/ratio/account.ts'
import { type ExactVector, vectorOf } from '../../../../agent/math/exactVector.ts'
import { type RandomStream, randomStream } from '../../../../agent/math/random.ts'
import {
  accountOf,
  BAD,
  crash,
  falseSums,
  imbalance,
  isAgreed,
  isBalanced,
  living,
  type Network,
  newNetwork,
  restart,
  runRound,
  runToCertificate,
  truth,
} from './network.ts'

/** `RATIO_RUNS=5000` runs as many. */
const RUNS = Number(process.env.RATIO_RUNS ?? 250)
const fraction = (random: RandomStream): number => random.fraction() * 2 - 1
const values = (size: number, random: RandomStream): ExactVector[] =>
  Array.from({ length: size }, () => vectorOf([fraction(random), 1 + random.below(9)]))
const noImbalance = [0n, 0n, 0n]

/** What must hold after every round, whatever has happened. */
function anyFault(network: Network): string | undefined {
  if (!isBalanced(network)) return 'books do not balance'
  if (falseSums(network) > 0) return 'a false sum'
  const isLost = isAgreed(network) && imbalance(network).some((mass) => mass !== 0n)
  return isLost ? 'mass was lost or made' : undefined
}

/** Runs to the certificate of all, and looks for faults after each round. */
function holdsTo(
  network: Network,
  most: number,
  at: (round: number) => void = () => {},
  fault: (network: Network) => string | undefined = anyFault,
): string {
  while (network.round < most) {
    at(network.round)
    runRound(network)
    const wrong = fault(network)
    if (wrong) return `${wrong} in round ${network.round}`
    const isDone = living(network).every((i) => certifiedSum(accountOf(network, i)))
    if (isDone && network.burials.every(({ round }) => round < network.round)) return 'certified'
  }
  return 'stuck'
}

t.test('all devices certify the exact sum', async (t) => {
  const network = newNetwork(regular(16, 4, 1), values(16, randomStream(1)), 1)
  t.ok(runToCertificate(network, 300))
  for (const i of living(network)) t.strictSame(certifiedSum(accountOf(network, i)), truth(network))
})

t.test('mass is conserved bit by bit on a bad network', async (t) => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = randomStream(seed)
    const network = newNetwork(regular(12, 4, seed), values(12, random), seed, BAD)
    t.equal(holdsTo(network, 600), 'certified', `seed ${seed}`)
  }
})

t.test('crashed devices leave the sum of the others, whoever learns of it when', async (t) => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = randomStream(seed)
    const network = newNetwork(regular(16, 6, seed), values(16, random), seed, BAD)
    const first = random.below(40)
    const outcome = holdsTo(network, 900, (round) => {
      if (round === first) crash(network, [1, 5], 20)
      if (round === first + 10) crash(network, [7], 20)
    })
    t.equal(outcome, 'certified', `seed ${seed}`)
    t.strictSame(imbalance(network), noImbalance, `seed ${seed}`)
  }
})

t.test('restarted devices begin anew, several times and neighbors at once', async (t) => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = randomStream(seed)
    const network = newNetwork(regular(12, 4, seed), values(12, random), seed, BAD)
    const near = network.hears[3]?.[0] ?? 0
    const outcome = holdsTo(network, 900, (round) => {
      if (round === 15 || round === 40 || round === 44) restart(network, 3)
      if (round === 15 || round === 41) restart(network, near)
      if (round === 30) crash(network, [[0, 1, 2].find((i) => i !== near) ?? 0], 9)
    })
    t.equal(outcome, 'certified', `seed ${seed}`)
    t.strictSame(imbalance(network), noImbalance, `seed ${seed}`)
  }
})

t.test('the sum follows values that change, and is certified when they rest', async (t) => {
  for (let seed = 1; seed <= 6; seed++) {
    const random = randomStream(seed)
    const network = newNetwork(regular(10, 4, seed), values(10, random), seed, BAD)
    const change = (i: number, value: number): void => {
      network.values[i] = vectorOf([value, 3])
      putIn(accountOf(network, i), vectorOf([value, 3]))
    }
    const outcome = holdsTo(network, 900, (round) => {
      if (round < 60 && round % 4 === 0) change(random.below(10), fraction(random))
      // Finer and larger than anything before: all count in other units from then on.
      if (round === 100) change(2, 2 ** 20 + 2 ** -40)
    })
    t.equal(outcome, 'certified', `seed ${seed}`)
    t.strictSame(imbalance(network), noImbalance, `seed ${seed}`)
  }
})

/** A ring of one-way links, and a few others. */
function oneWay(size: number, random: RandomStream): Adjacency {
  return Array.from({ length: size }, (_, i) => {
    const from = new Set([(i + size - 1) % size, random.below(size), random.below(size)])
    from.delete(i)
    return [...from].sort((a, b) => a - b)
  })
}

t.test('one-way links are enough', async (t) => {
  for (let seed = 1; seed <= 6; seed++) {
    const random = randomStream(seed)
    const network = newNetwork(oneWay(10, random), values(10, random), seed, BAD)
    const outcome = holdsTo(network, 1500, (round) => {
      if (round === 30) restart(network, 4)
    })
    t.equal(outcome, 'certified', `seed ${seed}`)
  }
})

t.test('two devices, and one alone', async (t) => {
  for (const hears of [[[1], [0]], [[]]]) {
    const network = newNetwork(hears, values(hears.length, randomStream(9)), 9)
    t.equal(holdsTo(network, 400), 'certified')
  }
})

t.test('small runs of every kind certify nothing false', async (t) => {
  const wrong: string[] = []
  for (let seed = 1; seed <= RUNS; seed++) {
    const random = randomStream(seed)
    const size = 3 + random.below(6)
    const isOneHot = seed % 3 === 0
    const inputs = Array.from({ length: size }, (_, i) =>
      vectorOf([isOneHot ? (i === 0 ? 1 : 0) : random.below(1000), 1]),
    )
    const faults = { loss: random.fraction() * 0.5, delay: random.below(4), duplicate: 0.05 }
    const hears = seed % 2 ? regular(size, 2 + 2 * random.below(2), seed) : oneWay(size, random)
    const network = newNetwork(hears, inputs, seed, faults)
    const kind = random.below(4)
    const outcome = holdsTo(
      network,
      1200,
      (round) => {
        if (kind === 1 && round === 10) crash(network, [size - 1], 15)
        if (kind === 2 && round === 12) restart(network, size - 1)
      },
      () => (falseSums(network) > 0 ? 'a false sum' : undefined),
    )
    const mayBeCut = kind === 1 && seed % 2 === 0
    if (outcome !== 'certified' && !(mayBeCut && outcome === 'stuck'))
      wrong.push(`${seed} ${outcome}`)
  }
  t.strictSame(wrong, [])
})
