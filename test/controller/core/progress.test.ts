import t from 'tap'
import { jobId, nodeId } from '../../../agent/wire/ids.ts'
import {
  absentIn,
  heardProgress,
  type ProgressBoard,
  progressOf,
} from '../../../controller/core/progress.ts'

const progress = (fields: object = {}) =>
  JSON.stringify({
    phase: 'exchanging',
    epoch: 0,
    round: 2,
    contributions: 1,
    roster: 4,
    gone: 0,
    attempt: 0,
    messages: 2,
    bytesOut: 100,
    bytesIn: 700,
    skippedRows: 0,
    ...fields,
  })
const ids = ['a', 'b', 'c', 'd'].map(nodeId)

t.test('sums up what the devices of the roster said of this epoch', async (t) => {
  const board: ProgressBoard = new Map()
  heardProgress(board, nodeId('a'), progress({ contributions: 1 }), 2)
  heardProgress(board, nodeId('a'), progress({ contributions: 3 }), 2)
  heardProgress(board, nodeId('b'), progress({ contributions: 4, phase: 'final' }), 2)
  heardProgress(board, nodeId('c'), progress({ contributions: 2, error: 'no reading of zinc' }), 2)
  heardProgress(board, nodeId('z'), progress({ contributions: 99 }), 2)
  t.same(progressOf(board, jobId('j'), ids, 0, 1.5), {
    job: 'j',
    epoch: 0,
    roster: 4,
    heard: 3,
    contributions: { min: 2, median: 3, max: 4 },
    phases: { exchanging: 2, final: 1 },
    bytes: 300,
    seconds: 1.5,
    errors: [{ node: 'c', text: 'no reading of zinc' }],
  })
  t.match(progressOf(board, jobId('j'), ids, 1, 0), { heard: 0, contributions: { max: 0 } })
})

t.test('devices that take no part are grouped by the reason that they tell', async (t) => {
  const board: ProgressBoard = new Map()
  const hear = (node: string, fields: object) =>
    heardProgress(board, nodeId(node), progress(fields), 2)
  hear('a', { phase: 'excluded', error: 'its program failed: x is not defined' })
  hear('b', { phase: 'refused', error: 'job j refused: brings the program 00' })
  hear('c', { phase: 'excluded', error: 'its program failed: x is not defined' })
  hear('d', { phase: 'exchanging', error: 'takes part all the same' })
  hear('z', { phase: 'excluded' })
  t.same(absentIn(board, ids), [
    { reason: 'its program failed: x is not defined', devices: ['a', 'c'] },
    { reason: 'refused: brings the program 00', devices: ['b'] },
  ])
  hear('d', { phase: 'excluded' })
  t.match(absentIn(board, ids)[1], { reason: /it is excluded and does not say/ })
})

t.test('what the broker kept of an earlier job of this name is not taken', async (t) => {
  const board: ProgressBoard = new Map()
  t.equal(heardProgress(board, nodeId('a'), progress({ generation: 1 }), 2), false)
  t.equal(board.size, 0)
  t.equal(heardProgress(board, nodeId('a'), progress({ generation: 2 }), 2), true)
  t.equal(heardProgress(board, nodeId('b'), progress(), 2), true, 'an older agent does not say')
})

t.test('what is no progress is not taken', async (t) => {
  const board: ProgressBoard = new Map()
  const wrong = [
    '',
    'x',
    '{}',
    progress({ phase: 'asleep' }),
    progress({ round: -1 }),
    progress({ bytesOut: 0.5 }),
  ]
  for (const payload of wrong)
    t.equal(heardProgress(board, nodeId('a'), payload, 2), false, payload)
  t.equal(board.size, 0)
})
