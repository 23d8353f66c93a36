import t from 'tap'
import { type OptionTexts, readOptions } from '../../../controller/sim/options.ts'

t.test('nothing given is a fair network, one device a row, seed 1', (t) => {
  t.strictSame(readOptions({}), {
    devices: undefined,
    assign: { kind: 'round-robin' },
    graph: undefined,
    method: undefined,
    conditions: { loss: 0, duplicate: 0, delay: [0, 0] },
    crash: undefined,
    join: undefined,
    liars: 0,
    seed: 1,
    maxRounds: undefined,
  })
  t.end()
})

t.test('reads what the help page shows', (t) => {
  const texts: OptionTexts = {
    devices: '64',
    assign: 'column:site',
    graph: 'regular:4',
    method: 'auto',
    loss: '0.3',
    delay: '0..3',
    duplicate: '.05',
    crash: '0.1@5',
    join: '3@10',
    liars: '0.2',
    seed: '7',
    'max-rounds': '500',
  }
  t.strictSame(readOptions(texts), {
    devices: 64,
    assign: { kind: 'column', name: 'site' },
    graph: { kind: 'regular', degree: 4 },
    method: undefined,
    conditions: { loss: 0.3, duplicate: 0.05, delay: [0, 3] },
    crash: { fraction: 0.1, round: 5 },
    join: { count: 3, round: 10 },
    liars: 0.2,
    seed: 7,
    maxRounds: 500,
  })
  t.strictSame(readOptions({ graph: 'field.CSV' }).graph, { kind: 'file', name: 'field.CSV' })
  t.strictSame(readOptions({ delay: '2' }).conditions.delay, [2, 2])
  t.strictSame(readOptions({ crash: '.25@0' }).crash, { fraction: 0.25, round: 0 })
  for (const kind of ['complete', 'ring', 'grid', 'geometric', 'smallworld'])
    t.strictSame(readOptions({ graph: kind }).graph, { kind })
  t.end()
})

const CHANCE = 'wanted a chance from 0 to below 1, such as 0.3.'
const DELAY = 'wanted rounds as MIN..MAX up to 1000, such as 0..3.'
const CRASH = 'wanted FRACTION@ROUND with a fraction below 1, such as 0.1@5.'
const GRAPH =
  'wanted complete, ring, grid, geometric, smallworld, regular:K with K from 2, or a file FILE.csv.'
const wrong: [option: keyof OptionTexts, text: string, wanted: string][] = [
  ['devices', '0', 'wanted a whole number from 1 to 10000.'],
  ['devices', '10001', 'wanted a whole number from 1 to 10000.'],
  ['devices', '1e3', 'wanted a whole number from 1 to 10000.'],
  ['devices', '-5', 'wanted a whole number from 1 to 10000.'],
  ['seed', '1.5', 'wanted a whole number from 0 to 9007199254740991.'],
  ['max-rounds', '0', 'wanted a whole number from 1 to 1000000.'],
  ['loss', '1', CHANCE],
  ['loss', '-0.1', CHANCE],
  ['loss', '30%', CHANCE],
  ['loss', 'NaN', CHANCE],
  ['duplicate', '2', CHANCE],
  ['delay', '3..0', DELAY],
  ['delay', '0-3', DELAY],
  ['delay', '0..2000', DELAY],
  ['delay', '', DELAY],
  ['liars', '1', 'wanted a part from 0 to below 1, such as 0.3.'],
  ['crash', '1@5', CRASH],
  ['crash', '0.1', CRASH],
  ['crash', '10@5', CRASH],
  ['crash', '0.1@-1', CRASH],
  ['join', '0.5@3', 'wanted COUNT@ROUND, such as 3@10.'],
  ['join', '3', 'wanted COUNT@ROUND, such as 3@10.'],
  ['assign', 'column:', 'wanted round-robin or column:NAME.'],
  ['assign', 'random', 'wanted round-robin or column:NAME.'],
  ['graph', 'star', GRAPH],
  ['graph', 'regular', GRAPH],
  ['graph', 'regular:1', GRAPH],
  ['graph', 'field.txt', GRAPH],
  ['method', 'admm', 'wanted auto, flood, tree, ratio, laplacian or commit.'],
]

t.test('says of a wrong option what was found and what was wanted', (t) => {
  for (const [option, text, wanted] of wrong)
    t.throws(() => readOptions({ [option]: text }), {
      code: 'BAD_USAGE',
      message: `--${option}: found ${JSON.stringify(text)}, ${wanted}`,
    })
  t.end()
})
