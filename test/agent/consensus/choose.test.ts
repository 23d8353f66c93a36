import t from 'tap'
import {
  type Circumstances,
  choose,
  isShared,
  type MethodName,
} from '../../../agent/consensus/choose.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'

const ALL: MethodName[] = ['flood', 'tree', 'ratio', 'laplacian', 'commit']
const job = (fields: Partial<Circumstances> = {}): Circumstances => ({
  size: 100,
  dimension: 30,
  isDeclared: false,
  isDirected: false,
  isStreaming: false,
  isReplicated: false,
  isPaid: false,
  isGated: false,
  wanted: 'auto',
  ...fields,
})
const chosen = (fields: Partial<Circumstances>) => choose(job(fields))

t.test('a free overlay is flooded by up to eight devices, and a tree beyond', async (t) => {
  for (const size of [1, 2, 8]) t.equal(chosen({ size }).method, 'flood', `${size} devices`)
  for (const size of [9, 64, 10_000]) t.equal(chosen({ size }).method, 'tree', `${size} devices`)
  t.match(chosen({ size: 8 }).reason, 'everyone hears everyone')
  t.match(chosen({ size: 64 }).reason, 'along a tree 64 devices need two messages each')
})

t.test('who is paid for what it signs sees what others signed', async (t) => {
  t.match(chosen({ isPaid: true }), { method: 'flood', reason: /^sellers sign what they find/ })
  t.equal(chosen({ isPaid: true, isReplicated: true }).method, 'commit')
  t.strictSame(ALL.filter(isShared), ['flood', 'commit'])
})

t.test('who refuses devices sees each contribution', async (t) => {
  t.match(chosen({ isGated: true }), { method: 'flood', reason: /^who is refused/ })
  for (const wanted of ['tree', 'ratio'] as const)
    t.match(chosen({ isGated: true, wanted }), {
      method: 'flood',
      reason: /its gate looks at each/,
    })
})

t.test('declared links are flooded, whether they go both ways or not', async (t) => {
  t.match(chosen({ isDeclared: true }), { method: 'flood', reason: /^the links are declared, and/ })
  t.match(chosen({ isDeclared: true, isDirected: true }), {
    method: 'flood',
    reason: /some one-way/,
  })
})

t.test('many numbers on declared links are warned of', async (t) => {
  t.notMatch(chosen({ isDeclared: true, size: 8, dimension: 1024 }).reason, 'much')
  t.match(chosen({ isDeclared: true, size: 9, dimension: 1024 }).reason, '9216 numbers')
})

t.test('readings without epochs are followed by ratio', async (t) => {
  t.equal(chosen({ isStreaming: true }).method, 'ratio')
  t.equal(chosen({ isStreaming: true, isDeclared: true }).method, 'ratio')
})

t.test('what is asked for is taken', async (t) => {
  for (const wanted of ALL) t.strictSame(chosen({ wanted }), { method: wanted, reason: 'as asked' })
  t.equal(chosen({ wanted: 'ratio', isDirected: true, isDeclared: true }).method, 'ratio')
  t.equal(chosen({ wanted: 'tree', size: 2 }).method, 'tree')
})

t.test('what is asked for and cannot work is replaced, with the reason', async (t) => {
  t.match(chosen({ wanted: 'tree', isDeclared: true }), {
    method: 'flood',
    reason: /; tree was asked for, but its tree is assigned/,
  })
  t.match(chosen({ wanted: 'laplacian', isDirected: true, isDeclared: true }), {
    method: 'flood',
    reason: /links that go both ways$/,
  })
  t.match(chosen({ wanted: 'flood', isStreaming: true }), {
    method: 'ratio',
    reason: /followed by ratio alone$/,
  })
})

t.test('a statistic of too many numbers for a tree is flooded', async (t) => {
  t.equal(chosen({ dimension: LIMITS.treeDimension }).method, 'tree')
  t.match(chosen({ dimension: LIMITS.treeDimension + 1 }), {
    method: 'flood',
    reason: /^1001 numbers a device are too many for a tree/,
  })
  t.match(chosen({ wanted: 'tree', dimension: 2000 }), { method: 'flood', reason: /; tree was/ })
})
