import t from 'tap'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { Hello } from '../../../agent/wire/hello.ts'
import { jobId, nodeId } from '../../../agent/wire/ids.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'

const hello: Hello = {
  version: 1,
  job: jobId('heat'),
  from: nodeId('solver-1'),
  key: new Uint8Array(33).fill(2),
  instance: 2 ** 32 - 1,
  size: 16,
}

t.test('a hello is read as it was written', async (t) => {
  t.strictSame(decodeRecord(Hello, encodeRecord(Hello, hello)), hello)
})

t.test('a hello that no program says is refused', async (t) => {
  for (const change of [
    { size: 0 },
    { size: LIMITS.roster + 1 },
    { instance: -1 },
    { key: new Uint8Array(32) },
    { from: 'No Name' as Hello['from'] }, // what a stranger may send
  ]) {
    t.throws(() => encodeRecord(Hello, { ...hello, ...change }), { code: 'BAD_MESSAGE' })
  }
})
