import t from 'tap'
import { compileModel, contribute, nextOf, resultOf, startOf } from '../../../agent/fusion/model.ts'
import { programCall, programShare } from '../../../agent/fusion/program.ts'
import type { ProgramResult } from '../../../agent/fusion/results.ts'
import { sumVectors } from '../../../agent/math/exactVector.ts'
import type { Model } from '../../../agent/wire/modelMessage.ts'
import type { ProgramEnd } from '../../../agent/wire/programCall.ts'

const model: Model = {
  type: 'program',
  terms: [['x'], ['y']],
  names: ['x', 'y'],
  values: Float64Array.of(2, 3),
  code: 'export function share() { return [0, 0] }',
}
const compiled = compileModel(model)
const sumOf = (ends: readonly ProgramEnd[]) =>
  sumVectors(
    ends.map((end) => programShare(compiled, end)),
    compiled.dimension,
  )
const share = (...numbers: number[]): ProgramEnd => ({
  kind: 'share',
  vector: Float64Array.from(numbers),
})
const ended = (text: string): ProgramEnd => ({ kind: 'result', text })

t.test('a program gets its rows, and the sums so far with the number of devices', async (t) => {
  const rows = [
    new Map([['y', 2]]),
    new Map<string, number | null>([
      ['x', 1],
      ['y', null],
    ]),
  ]
  const first = programCall(compiled, rows, startOf(compiled))
  t.strictSame(first.input, {
    columns: ['x', 'y'],
    rows: [
      [null, 2],
      [1, null],
    ],
    history: [],
    length: 2,
  })
  t.equal(first.code, model.code)
  const later = programCall(compiled, [], Float64Array.of(1.5, -2, 7, 3, 4, 6))
  t.strictSame(later.input.history, [Float64Array.of(1.5, -2), Float64Array.of(3, 4)])
  t.equal(later.input.devices, 6)
})

t.test('each sum is remembered, until all have ended with the same', async (t) => {
  const one = sumOf([share(1, 0.5), share(2, 0.25), share(0, 0)])
  const at = nextOf(compiled, startOf(compiled), one)
  t.strictSame(at, Float64Array.of(3, 0.75, 3))
  const last = sumOf([ended('{"a":1}'), ended('{"a":1}'), ended('{"a":1}')])
  t.equal(nextOf(compiled, at!, last), undefined)
  const found = resultOf(compiled, last, { at, told: '{"a":1}' }) as ProgramResult
  t.strictSame(found, { program: { a: 1 }, sums: 1, devices: 3 })
})

t.test('says where the devices did not end alike', async (t) => {
  const refused = (
    ends: ProgramEnd[],
    told: string | undefined,
    message: RegExp,
    where = Float64Array.of(3, 0.75, ends.length),
  ) => {
    const sum = sumOf(ends)
    t.equal(nextOf(compiled, where, sum), undefined)
    t.throws(() => resultOf(compiled, sum, { at: where, told }), {
      code: 'PROGRAM_OUTPUT',
      message,
    })
  }
  refused([ended('1'), share(1, 2)], '1', /after 1 sums 1 of 2 devices had ended/)
  refused([ended('{"a":1}'), ended('{"a":2}')], '{"a":1}', /ended with different results/)
  refused([ended('{}'), ended('{}')], '{"a":1}', /ended with different results/)
  refused([ended('{}')], undefined, /ended with different results/)
  const full = Float64Array.of(1, 1, 1, 2, 2, 1, 3, 3, 1)
  refused(
    [share(1, 2)],
    undefined,
    /asked for more than 3 sums, the most that the job allows/,
    full,
  )
  const huge = Number.MAX_VALUE
  refused([share(huge, 0), share(huge, 0)], undefined, /beyond the range of doubles/)
})

t.test('where a device leaves those that remain begin again, with sums of their own', async (t) => {
  const three = [share(1, 0.5), share(2, 0.25), share(0, 0)]
  const at = nextOf(compiled, startOf(compiled), sumOf(three))
  for (const ends of [three.slice(0, 2), [ended('{}'), ended('{}')]]) {
    const again = nextOf(compiled, at!, sumOf(ends))
    t.strictSame(again, Float64Array.of(2), 'after two sums')
    t.strictSame(programCall(compiled, [], again!).input.history, [])
  }
  const second = nextOf(compiled, Float64Array.of(2), sumOf(three.slice(0, 2)))
  t.strictSame(second, Float64Array.of(2, 3, 0.75, 2))
  const call = programCall(compiled, [], second!)
  t.strictSame([call.input.history, call.input.devices], [[Float64Array.of(3, 0.75)], 2])
  const last = sumOf([ended('{"a":1}'), ended('{"a":1}')])
  t.equal(nextOf(compiled, second!, last), undefined)
  t.strictSame(resultOf(compiled, last, { at: second!, told: '{"a":1}' }), {
    program: { a: 1 },
    sums: 1,
    devices: 2,
  })
  // The job allows 3 sums a run and one of results, and as many again.
  t.strictSame(
    nextOf(compiled, Float64Array.of(5, 3, 0.75, 2), sumOf([share(1, 2)])),
    Float64Array.of(7),
  )
  const late = Float64Array.of(6, 3, 0.75, 2)
  t.equal(nextOf(compiled, late, sumOf([share(1, 2)])), undefined)
  t.throws(() => resultOf(compiled, sumOf([share(1, 2)]), { at: late, told: undefined }), {
    code: 'PROGRAM_OUTPUT',
    message: /devices left between two sums, and there were none left/,
  })
})

t.test('rows are none of its business, and settings are whole', async (t) => {
  t.throws(() => contribute(compiled, [{ x: 1 }]), { code: 'INVARIANT' })
  for (const values of [[0, 3], [2, 0], [2.5, 3], [2, 5000], [1001, 1], [2]])
    t.throws(() => compileModel({ ...model, values: Float64Array.from(values) }), {
      code: 'BAD_JOB',
    })
  const { code: _, ...without } = model
  t.throws(() => compileModel(without), { code: 'BAD_JOB' })
})
