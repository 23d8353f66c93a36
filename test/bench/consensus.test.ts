import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const script = fileURLToPath(new URL('consensus.ts', import.meta.url))

t.test('the bench prints a line a network and meets the goals of flood', (t) => {
  const given = ['--quick', '--only', 'random-geometric-64', '--method', 'flood']
  const text = execFileSync(process.execPath, [script, ...given], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  t.strictSame(
    lines.map(({ network, goal, met }) => ({ network, goal, met })),
    [
      { network: 'ideal', goal: null, met: null },
      { network: 'loss30', goal: 12, met: true },
      { network: 'bad', goal: 30, met: true },
    ],
  )
  for (const line of lines) {
    t.match(line, { bench: 'consensus', graph: 'random-geometric-64', method: 'flood' })
    t.ok(Number(line.roundsToExact) <= Number(line.rounds))
  }
  // Each of 64 devices passes on 64 signed entries of 29 numbers, which are more than 29 doubles.
  t.ok(Number(lines[0]?.bytesPerDevice) > 64 * 29 * 8)
  t.ok(Number(lines[0]?.roundsToExact) >= Number(lines[0]?.bound), 'no faster than physics')
  t.end()
})

t.test('a method that is not built is refused', (t) => {
  const { status, stderr } = spawnSync(process.execPath, [script, '--method', 'telepathy'], {
    encoding: 'utf8',
  })
  t.equal(status, 2)
  t.match(stderr, 'wanted --method flood')
  t.end()
})
