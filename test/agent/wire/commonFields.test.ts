import t from 'tap'
import type * as z from 'zod/mini'
import {
  brokerUrl,
  checkPair,
  labelsField,
  nodeField,
  operatorsField,
  pathField,
  secretField,
  sensorField,
} from '../../../agent/wire/commonFields.ts'
import { nodeId, sensorId } from '../../../agent/wire/ids.ts'
import { checkValue } from '../../../agent/wire/problems.ts'

const problem = (schema: z.ZodMiniType, value: unknown): string | undefined =>
  checkValue(schema, value).problems[0]?.text
const throws = (make: () => unknown): boolean => {
  try {
    make()
    return false
  } catch {
    return true
  }
}

t.test('ids of files are the ids of the wire', (t) => {
  for (const id of ['a', 'node-07', 'A', '', 'a_b', 'a'.repeat(32), 'a'.repeat(33), 'a\n'])
    t.equal(
      problem(nodeField('x'), id) !== undefined,
      throws(() => nodeId(id)),
      JSON.stringify(id),
    )
  for (const id of ['temp', '_x1', '1x', 'position', 'position2', 'a-b', '', '__proto__'])
    t.equal(
      problem(sensorField('x'), id) !== undefined,
      throws(() => sensorId(id)),
      JSON.stringify(id),
    )
  t.end()
})

t.test('labels are text of letters and digits', (t) => {
  t.equal(problem(labelsField('x'), { site: 'meuse', 'a.b-c_d': '1.0' }), undefined)
  t.match(problem(labelsField('x'), { 'a b': 'c' }), 'wanted 1-64 letters')
  t.match(problem(labelsField('x'), { a: 1 }), 'Put it in quotes: "1"')
  t.match(problem(labelsField('x'), JSON.parse('{"__proto__":"b"}')), 'a name may not be')
  t.match(problem(labelsField('x'), ['a']), 'found a list of 1, wanted a map')
  t.end()
})

t.test('a secret stands in a file of its own', (t) => {
  t.equal(problem(secretField('x'), { file: 'a' }), undefined)
  const found = problem(secretField('x'), 'hunter2') ?? ''
  t.match(found, 'A secret never stands in YAML')
  t.notMatch(found, /hunter2/)
  t.match(problem(brokerUrl(), 'mqtt://me:hunter2@a'), 'found "mqtt://***@a"')
  t.end()
})

t.test('an operator is an address', (t) => {
  const address = '0x52908400098527886E0F7030069857D2E4169EE7'
  t.equal(problem(operatorsField(), [address]), undefined)
  t.match(
    problem(operatorsField(), [address.slice(0, -1)]),
    'wanted an address: 0x and 40 hexadecimal digits',
  )
  t.match(problem(operatorsField(), []), 'wanted 1 to 16 addresses')
  t.match(problem(operatorsField(), Array(17).fill(address)), 'wanted 1 to 16 addresses')
  t.end()
})

t.test('a path holds no control characters', (t) => {
  t.equal(problem(pathField('x'), '../a b/ä.csv'), undefined)
  for (const path of ['', 'a\u0000b', 'a\nb'])
    t.match(problem(pathField('x'), path), 'wanted a path')
  t.end()
})

t.test('certificate and key come together', (t) => {
  t.equal(checkPair({}), undefined)
  t.equal(checkPair({ cert: 'a', key: 'b' }), undefined)
  t.match(checkPair({ cert: 'a' }), 'stands without "key"')
  t.match(checkPair({ key: 'a' }), 'stands without "cert"')
  t.end()
})
