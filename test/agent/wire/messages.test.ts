import t from 'tap'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import type { RecordType } from '../../../agent/wire/record.ts'
import { records } from '../../../docs/generator/cddl.ts'
import { boundsOf, SAMPLES } from '../../../docs/generator/samples.ts'

/** For each record: a change of a field that makes it wrong, or, under `taken`, one at the border that is right. */
const REFUSED: Record<string, Record<string, unknown>[]> = {
  model: [
    { type: 'median' },
    { response: [] },
    { response: Array(LIMITS.expressionNodes + 1).fill(1) },
    { response: ['x'.repeat(33)] },
    { response: [0.5] },
    { response: [['+', -1]] },
    { response: [['+', 2, 3]] },
    { response: [new Float64Array(2)] },
    { terms: [] },
    { terms: Array(LIMITS.terms + 1).fill([1]) },
    { names: ['x'.repeat(257)] },
    { prior: new Float64Array(0) },
    { prior: new Float64Array(257) },
    { values: new Float64Array(258) },
    { credible: new Float64Array(2) },
    { ridge: 1 },
  ],
  'sensor-need': [{ id: 'position.x' }, { id: '' }, { unit: 'x'.repeat(17) }],
  window: [{ late: -1 }, { late: undefined }, { size: 0.5 }, { every: '1s' }],
  order: [
    { job: 'Soil' },
    { fleet: 'a'.repeat(33) },
    { generation: -1 },
    { method: 'gossip' },
    { period: 9 },
    { period: 60_001 },
    { sensors: Array(LIMITS.subscriptions + 1).fill({ id: 'a', unit: '' }) },
    { cancelled: 1 },
  ],
  member: [{ key: new Uint8Array(32) }, { key: new Uint8Array(65) }, { id: 'a_b' }],
  roster: [
    { members: [] },
    { order: new Uint8Array(31) },
    { links: [LIMITS.roster] },
    { seed: 2 ** 53 },
    { started: -1 },
    { started: 1.5 },
  ],
  contribution: [
    { index: LIMITS.roster },
    { roster: new Uint8Array(33) },
    { exponents: new Uint8Array(2 * LIMITS.dimension + 1) },
    { rows: -1 },
    { mantissas: [1] },
  ],
  suspicion: [{ index: -1 }, { version: 0.5 }],
  statement: [{ leave: 'x'.repeat(201) }, { suspects: [{ index: 1, incarnation: 1 }] }],
  entry: [{ signed: new Uint8Array(69) }, { index: '1' }],
  'signed-statement': [{ signed: new Uint8Array(69) }],
  tombstone: [{ set: new Uint8Array(0) }, { set: new Uint8Array(LIMITS.roster / 8 + 1) }],
  vote: [{ hash: new Uint8Array(15) }, { by: new Uint8Array(0) }],
  final: [{ attempt: -1 }, { hash: new Uint8Array(32) }],
  agreement: [
    { attempt: -1 },
    { evidence: new Uint8Array(7) },
    { votes: Array(LIMITS.votes + 1).fill({ hash: new Uint8Array(16), by: new Uint8Array(1) }) },
  ],
  flood: [{ have: new Uint8Array(0) }],
  'tree-part': [{ set: new Uint8Array(0) }, { rows: -1 }, { root: new Uint8Array(31) }],
  'tree-step': [
    { level: LIMITS.treeDepth },
    { place: LIMITS.treeArity + 1 },
    { digests: [new Uint8Array(32)] },
    { digests: Array(LIMITS.treeArity + 2).fill(new Uint8Array(32)) },
    { last: new Uint8Array(8) },
  ],
  tree: [
    { holds: new Uint8Array(7) },
    { lacks: 3 },
    { signature: new Uint8Array(63) },
    { steps: [{}] },
  ],
  laplacian: [{ values: new Uint8Array(7) }, { isDone: 1 }],
  'ratio-bounds': [{ low: new Uint8Array(0) }, { span: new Uint8Array(LIMITS.message + 1) }],
  'ratio-setup': [{ heard: new Uint8Array(0) }, { least: new Uint8Array(1) }],
  'ratio-life': [{ index: LIMITS.roster }, { life: -1 }, { version: 0.5 }],
  'ratio-opening': [{ to: LIMITS.roster }, { counters: new Uint8Array(0) }],
  'ratio-windows': [{ label: new Uint8Array(7) }, { window: -1 }, { range: {} }],
  'ratio-total': [{ width: -1 }, { mantissas: new Uint8Array(0) }],
  ratio: [
    { life: -1 },
    { scale: new Uint8Array(7) },
    { lives: Array(LIMITS.evidence + 1).fill({ index: 1, life: 1, version: 1 }) },
  ],
  exchange: [
    { version: 0 },
    { from: '' },
    { seq: -1 },
    { flood: {} },
    { roster: new Uint8Array(32) },
  ],
  hello: [{ key: new Uint8Array(32) }, { instance: -1 }, { size: 0 }],
  seal: [{ index: LIMITS.roster }, { contributors: new Uint8Array(0) }],
  'seal-report': [{ failure: 'x'.repeat(201) }, { seal: new Uint8Array(1) }, { milliseconds: 0.5 }],
  offer: [{ terms: new Uint8Array(127) }, { vault: new Uint8Array(32) }, { chainId: -1 }],
  bid: [{ minPrice: new Uint8Array(32) }, { deadline: -1 }, { signature: new Uint8Array(65) }],
  finding: [
    { index: 64 },
    { commitment: new Uint8Array(20) },
    { group: 65_536 },
    { signature: new Uint8Array(65) },
    { commit: new Uint8Array(65) },
  ],
  deal: [{ from: '' }, { order: new Uint8Array(20) }, { findings: Array(5).fill({}) }],
  'anchor-list': [
    { index: 64 },
    { commitments: new Uint8Array(31) },
    { commitments: new Uint8Array(32 * 256 + 1) },
  ],
  'blob-part': [
    { bytes: new Uint8Array(0) },
    { bytes: new Uint8Array(LIMITS.blobPart + 1) },
    { hash: new Uint8Array(20) },
  ],
  standing: [{ stake: new Uint8Array(11) }, { score: -1 }],
  resources: [{ runtime: 'Deno' }, { cpus: -1 }, { memory: 0.5 }],
  data: [
    { columns: [] },
    { replicas: 0 },
    { replicas: 17 },
    { shards: [] },
    { shards: [new Float64Array()] },
  ],
  refusal: [{ index: LIMITS.roster }, { reason: 'age' }, { distance: new Float64Array() }],
  gate: [{ rows: -1 }, { exponents: new Uint8Array(2 * LIMITS.dimension + 1) }],
  signed: [{ key: new Uint8Array(33) }, { version: 2 }, { blob: new Uint8Array(20) }],
}
const TAKEN: Record<string, Record<string, unknown>[]> = {
  model: [
    { response: Array(LIMITS.expressionNodes).fill(-1) },
    { terms: Array(LIMITS.terms).fill([1]) },
  ],
  order: [{ period: 10 }, { period: 60_000 }, { job: 'a'.repeat(32) }],
  contribution: [{ index: LIMITS.roster - 1 }],
  'blob-part': [{ bytes: new Uint8Array(LIMITS.blobPart) }],
  'seal-report': [{ failure: 'x'.repeat(200) }],
  tombstone: [{ set: new Uint8Array(LIMITS.roster / 8) }],
}

const badMessage = { name: 'HypernetError', code: 'BAD_MESSAGE' }
const example = (type: RecordType<unknown>) =>
  SAMPLES.find((sample) => sample.type.name === type.name)?.value as object // there is one of each

for (const type of records()) {
  t.test(
    `${type.name} refuses what lies beyond its borders and takes what lies on them`,
    async (t) => {
      const refused = REFUSED[type.name] ?? []
      t.ok(refused.length > 0)
      const sent = (change: object) =>
        encodeRecord(type, { ...example(type), ...change }, boundsOf(type))
      for (const change of refused)
        t.throws(() => sent(change), badMessage, JSON.stringify(change).slice(0, 60))
      for (const change of TAKEN[type.name] ?? []) {
        const value = decodeRecord(type, sent(change), boundsOf(type))
        t.match(value, change)
      }
    },
  )
}

t.test('keys ascend in every record, so that what is written is deterministic', async (t) => {
  for (const { name, fields } of records()) {
    const keys = Object.values(fields).map(([key]) => key)
    t.strictSame(
      keys,
      [...new Set(keys)].sort((a, b) => a - b),
      name,
    )
  }
})
