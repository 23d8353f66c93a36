import t from 'tap'
import { event } from '../../../agent/wire/eventModel.ts'
import { checkValue } from '../../../agent/wire/problems.ts'

const wet = { id: 'wet', when: 'moisture > 60', probGivenTrue: 0.9, probGivenFalse: 0.2 }
const humid = {
  id: 'humid',
  value: 'hum',
  givenTrue: { mean: 85, deviation: 8 },
  givenFalse: { mean: 50, deviation: 12 },
}
const problems = (change: object): string[] => {
  const checked = checkValue(event, { type: 'event', prior: 0.01, evidence: [wet], ...change })
  return 'value' in checked
    ? []
    : checked.problems.map(({ path, text }) => `${path.join('.')}: ${text}`)
}

t.test('evidence is a condition or a value', async (t) => {
  t.strictSame(problems({}), [])
  t.strictSame(problems({ evidence: [humid, wet] }), [])
  t.match(problems({ evidence: [{ ...wet, value: 'hum' }] }), [/^evidence\.0/])
  t.match(problems({ evidence: [{ id: 'wet' }] }), [/^evidence\.0: .*wanted a map with id, when/])
})

t.test('an item is judged by the keys that it has', async (t) => {
  t.strictSame(problems({ evidence: [{ ...wet, wen: 1 }] }), [
    'evidence.0.wen: unknown key. "when" is there already; delete this one.',
  ])
  t.match(problems({ evidence: [{ ...humid, givenFalse: undefined }] }), [
    /^evidence\.0\.givenFalse: missing/,
  ])
  t.strictSame(problems({ evidence: [{ ...wet, when: 60 }] }), [
    'evidence.0.when: found 60, wanted a condition over sensor ids, such as moisture > 60.',
  ])
  t.strictSame(problems({ evidence: [{ ...wet, otherwise: 'ignore' }] }), [])
  t.match(problems({ evidence: [{ ...wet, otherwise: 'evidence' }] }), [/wanted "ignore"/])
})

t.test('evidence that weighs nothing is refused', async (t) => {
  t.match(problems({ evidence: [{ ...wet, probGivenTrue: 0.2 }] }), [
    /^evidence\.0\.probGivenFalse: found 0\.2, as probGivenTrue: seen as often either way/,
  ])
  t.match(problems({ evidence: [{ ...humid, givenFalse: humid.givenTrue }] }), [
    /^evidence\.0\.givenFalse: the same as givenTrue/,
  ])
  t.strictSame(problems({ evidence: [{ ...humid, givenFalse: { mean: 85, deviation: 9 } }] }), [])
})

t.test('nothing is certain or impossible', async (t) => {
  for (const p of [0, 1]) t.match(problems({ prior: p }), [/no evidence can ever change; try 0\./])
  t.match(problems({ prior: 30 }), [/not a percentage/])
  t.match(problems({ evidence: [{ ...wet, probGivenTrue: 1 }] }), [/probGivenTrue/])
  t.strictSame(problems({ prior: 1e-300 }), [])
})
