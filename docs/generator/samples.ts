import { MESSAGE, OBJECT } from '../../agent/wire/cborCheck.ts'
import { encodeRecord, SIGNED_RECORDS } from '../../agent/wire/codec.ts'
import { Gate, Refusal } from '../../agent/wire/gateMessages.ts'
import { digest, hexToBytes } from '../../agent/wire/hash.ts'
import { Hello } from '../../agent/wire/hello.ts'
import { type JobId, jobId, type NodeId, nodeId, sensorId } from '../../agent/wire/ids.ts'
import { amountBytes } from '../../agent/wire/market.ts'
import * as messages from '../../agent/wire/messages.ts'
import * as ratio from '../../agent/wire/ratioMessages.ts'
import type { RecordType } from '../../agent/wire/record.ts'
import { Resources } from '../../agent/wire/resources.ts'
import { addressOf, type Purpose, publicKeyOf, signCose } from '../../agent/wire/signature.ts'
import { Standing } from '../../agent/wire/standing.ts'
import { marketRecords, sampleOffer } from './marketRecords.ts'
import { average, fit, MODEL_SAMPLES } from './modelSamples.ts'
import { type Sample, sample } from './sample.ts'

/** An example of a record, for the vectors and as a seed of the fuzzer. */
/** Private key number `n` of the examples: 31 zero bytes and `n`. Worth nothing. */
export const sampleKey = (n: number): Uint8Array => {
  const key = new Uint8Array(32)
  key[31] = n
  return key
}

const hex = hexToBytes
const job: JobId = jobId('soil')
const ids: readonly NodeId[] = ['probe-1', 'probe-2', 'probe-3'].map(nodeId)
const from = nodeId('probe-1')

const order: messages.Order = {
  version: 1,
  job,
  fleet: jobId('demo'),
  generation: 1,
  model: average,
  sensors: [{ id: sensorId('temp'), unit: 'Cel' }],
  window: { late: 0 },
  method: 'flood',
  period: 500,
  timeout: 120_000,
}
const resources: Resources = {
  cpus: 500,
  memory: 33_554_432,
  storage: 10_000_000,
  bandwidth: 20_000,
  runtime: 'builtin',
}
const standing: Standing = { stake: amountBytes(5n * 10n ** 18n), score: 900 }
const roster: messages.Roster = {
  version: 1,
  job,
  order: digest(encodeRecord(messages.Order, order)),
  generation: 1,
  firstEpoch: 0,
  members: ids.map((id, i) => ({ id, key: publicKeyOf(sampleKey(i + 2)), incarnation: i + 1 })),
  degree: 8,
  seed: 4294967296,
}
const rosterHash = digest(encodeRecord(messages.Roster, roster))
/** Two components: 3 * 2^-1 = 1.5 and -1 * 2^4 = -16, one byte each. */
const vector = { exponents: hex('ffff0400'), width: 1, mantissas: hex('03ff') }
const contribution: messages.Contribution = {
  job,
  roster: rosterHash,
  epoch: 0,
  index: 1,
  rows: 1,
  ...vector,
}
const statement: messages.Statement = {
  job,
  roster: rosterHash,
  epoch: 0,
  index: 1,
  incarnation: 2,
  version: 3,
  suspects: [{ index: 2, incarnation: 3, version: 0 }],
}
const seal: messages.Seal = {
  job,
  roster: rosterHash,
  epoch: 0,
  index: 0,
  attempt: 1,
  contributors: hex('03'),
  tombstones: hex('04'),
  rows: 2,
  ...vector,
}

const refusal: Refusal = { index: 1, reason: 'distance', distance: Float64Array.of(87.25) }
const gate: Gate = { refused: [refusal], rows: 1, ...vector }
const failed: messages.SealReport = {
  version: 1,
  job,
  from,
  epoch: 1,
  roster: rosterHash,
  failure: 'TIMEOUT: 2 of 3 devices were heard',
  rounds: 240,
  messages: 480,
  bytesOut: 4294967295,
  bytesIn: 4294967296,
  milliseconds: 120_000,
}

/** Signs a payload with an example key: 1 is the operator's, 2 to 4 are those of the roster's members. */
export function signedSample<P extends Purpose>(
  purpose: P,
  value:
    | messages.Order
    | messages.Roster
    | messages.Contribution
    | messages.Statement
    | messages.Seal,
  key: number,
): Uint8Array {
  const type = SIGNED_RECORDS[purpose] as RecordType<typeof value> // the caller pairs them
  return signCose(purpose, encodeRecord(type, value, OBJECT), sampleKey(key))
}

/** What is signed in the vectors, with the number of the key that signs. */
export const SIGNED_SAMPLES = [
  { purpose: 'order', value: order, key: 1 },
  { purpose: 'roster', value: roster, key: 1 },
  { purpose: 'contribution', value: contribution, key: 3 },
  { purpose: 'statement', value: statement, key: 3 },
  { purpose: 'seal', value: seal, key: 2 },
] as const satisfies readonly { purpose: Purpose; value: unknown; key: number }[]

const entry: messages.Entry = { index: 1, signed: signedSample('contribution', contribution, 3) }
const signedStatement = { index: 1, signed: signedSample('statement', statement, 3) }
const lie = signedSample('contribution', { ...contribution, rows: 2 }, 3)
const tombstone: messages.Tombstone = { set: hex('04'), statements: [signedStatement] }
const contradiction: messages.Tombstone = {
  set: hex('02'),
  statements: [],
  entries: [entry, { index: 1, signed: lie }],
}
const vote: messages.Vote = { hash: hex('00112233445566778899aabbccddeeff'), by: hex('05') }
const final: messages.Final = {
  attempt: 1,
  hash: vote.hash,
  contributors: hex('03'),
  tombstones: hex('04'),
  without: hex('04'),
}
const quiet: messages.AgreementBody = { attempt: 0 }
const busy: messages.AgreementBody = {
  evidence: hex('0102030405060708'),
  statements: [signedStatement],
  tombstones: [tombstone, contradiction],
  attempt: 1,
  votes: [vote],
  final,
  finals: hex('01'),
}
const part: messages.TreePart = {
  set: hex('07'),
  rows: 3,
  exponents: hex('00000000'),
  width: 1,
  mantissas: hex('0603'),
  root: digest(hex('01')),
}
const step: messages.TreeStep = {
  level: 0,
  before: { ...part, set: hex('01'), rows: 1 },
  whole: part,
  digests: [digest(hex('02')), digest(hex('03'))],
  place: 1,
  last: digest(hex('04')),
}
const known: messages.FloodBody = { have: hex('01') }
const telling: messages.FloodBody = { have: hex('03'), entries: [entry] }
const scale = hex('0a0b0c0d0e0f1011')
/** Components of 32 bits: a statistic, the number of rows, the weight. */
const counters = hex('01000000feffffff00000080')
const bounds: ratio.RatioBounds = { low: hex('00ff'), span: hex('0100') }
const ratioSetup: ratio.RatioSetup = {
  heard: hex('03'),
  least: hex('ffff0000'),
  top: hex('05000100'),
}
const life: ratio.RatioLife = { index: 2, life: 5, version: 1 }
const opening: ratio.RatioOpening = { to: 2, life: 5, counters }
const windows: ratio.RatioWindows = {
  label: hex('1112131415161718'),
  window: 3,
  bits: hex('05'),
  range: bounds,
  closed: bounds,
  sum: hex('1002'),
}
const total: ratio.RatioTotal = { exponents: hex('ffff0000'), width: 1, mantissas: hex('0301') }
const balancing: ratio.RatioBody = {
  life: 0,
  lives: [life],
  setup: ratioSetup,
  scale,
  counters,
  openings: [opening],
  windows,
  total,
}
/** The doubles 1.5 and -2. */
const averaging: messages.LaplacianBody = {
  values: hex('000000000000f83f00000000000000c0'),
  isDone: false,
}
const envelope = {
  version: 1,
  job,
  from,
  incarnation: 1,
  seq: 17,
  epoch: 0,
  round: 4,
  roster: rosterHash.slice(0, 8),
} as const

/** Every record of the protocol, the smallest and a full one where they differ. */
export const SAMPLES: readonly Sample[] = [
  ...MODEL_SAMPLES,
  sample('sensor-need', messages.SensorNeed, { id: sensorId('temp'), unit: 'Cel' }),
  sample('window of one epoch', messages.Window, { late: 0 }),
  sample('window of many epochs', messages.Window, { size: 600_000, every: 60_000, late: 20_000 }),
  sample('resources', Resources, resources),
  sample('standing', Standing, standing),
  sample('order', messages.Order, order),
  sample('order in full', messages.Order, {
    ...order,
    generation: 2,
    model: fit,
    window: { size: 600_000, every: 60_000, late: 20_000 },
    epochs: 10,
    cancelled: false,
    offer: sampleOffer,
    resources,
    standing,
  }),
  sample('data', messages.Data, {
    columns: ['zinc', 'dist'],
    replicas: 3,
    shards: [Float64Array.of(1022, 0.25, 640, 0.5), Float64Array.of(257, 0.75)],
  }),
  ...marketRecords(job, from),
  sample('member', messages.Member, roster.members[0] as messages.Member), // three stand above
  sample('roster with an overlay', messages.Roster, roster),
  sample('roster with links', messages.Roster, {
    version: 1,
    job,
    order: roster.order,
    generation: 1,
    firstEpoch: 3,
    members: roster.members,
    links: [0, 1, 1, 0, 1, 2, 2, 1],
  }),
  sample('roster of a paid job', messages.Roster, {
    version: 1,
    job,
    order: roster.order,
    generation: 1,
    firstEpoch: 0,
    members: roster.members,
    started: 1_798_761_600,
  }),
  sample('contribution', messages.Contribution, contribution),
  sample('contribution of nothing', messages.Contribution, {
    ...contribution,
    rows: 0,
    exponents: hex('00000000'),
    width: 1,
    mantissas: hex('0000'),
  }),
  sample('suspicion', messages.Suspicion, { index: 2, incarnation: 3, version: 0 }),
  sample('statement of suspicion', messages.Statement, statement),
  sample('statement of leave', messages.Statement, {
    ...statement,
    version: 4,
    suspects: [],
    leave: 'going down for maintenance',
  }),
  sample('entry', messages.Entry, entry),
  sample('signed-statement', messages.SignedStatement, signedStatement),
  sample('tombstone by statements', messages.Tombstone, tombstone),
  sample('tombstone by contradiction', messages.Tombstone, contradiction),
  sample('vote', messages.Vote, vote),
  sample('final', messages.Final, final),
  sample('agreement, the smallest', messages.AgreementBody, quiet),
  sample('agreement in full', messages.AgreementBody, { ...busy, lock: final, ready: hex('01') }),
  sample('flood, the smallest', messages.FloodBody, known),
  sample('flood in full', messages.FloodBody, telling),
  sample('tree-part', messages.TreePart, part),
  sample('tree-step', messages.TreeStep, step),
  sample('tree, a question', messages.TreeBody, { lacks: 2 }),
  sample('tree, upwards', messages.TreeBody, { part, lacks: 2 }),
  sample('tree, a vote', messages.TreeBody, { signature: new Uint8Array(64).fill(7), lacks: 0 }),
  sample('tree, downwards', messages.TreeBody, {
    total: part,
    steps: [step],
    holds: hex('0102030405060708'),
  }),
  sample('ratio-bounds', ratio.RatioBounds, bounds),
  sample('ratio-setup', ratio.RatioSetup, ratioSetup),
  sample('ratio-life', ratio.RatioLife, life),
  sample('ratio-opening', ratio.RatioOpening, opening),
  sample('ratio-windows, the smallest', ratio.RatioWindows, { label: windows.label, window: 0 }),
  sample('ratio-windows in full', ratio.RatioWindows, windows),
  sample('ratio-total', ratio.RatioTotal, total),
  sample('ratio, the smallest', ratio.RatioBody, { life: 0 }),
  sample('ratio in full', ratio.RatioBody, balancing),
  sample('laplacian', messages.LaplacianBody, averaging),
  sample('exchange, the smallest', messages.Exchange, envelope),
  sample('exchange in full', messages.Exchange, {
    ...envelope,
    seq: 9007199254740991,
    agreement: busy,
    flood: telling,
  }),
  sample('exchange of commit', messages.Exchange, {
    ...envelope,
    agreement: quiet,
    flood: known,
    pass: hex('0102030405060708'),
  }),
  sample('exchange of the fourth of several sums', messages.Exchange, {
    ...envelope,
    agreement: quiet,
    flood: known,
    pass: hex('0102030405060708'),
    step: 3,
  }),
  sample('exchange of ratio', messages.Exchange, {
    ...envelope,
    agreement: quiet,
    ratio: balancing,
  }),
  sample('exchange of laplacian', messages.Exchange, { ...envelope, laplacian: averaging }),
  sample('hello', Hello, {
    version: 1,
    job,
    from,
    key: publicKeyOf(sampleKey(2)),
    instance: 4_294_967_295,
    size: 16,
  }),
  sample('seal', messages.Seal, seal),
  sample('seal with a gate', messages.Seal, { ...seal, gate }),
  sample('gate', Gate, gate),
  sample('refusal', Refusal, refusal),
  sample('seal-report', messages.SealReport, {
    version: 1,
    job,
    from,
    epoch: 0,
    roster: rosterHash,
    seal: signedSample('seal', seal, 2),
    rounds: 6,
    messages: 12,
    bytesOut: 4096,
    bytesIn: 70_000,
    milliseconds: 3000,
  }),
  sample('seal-report of a failure', messages.SealReport, failed),
  sample('seal-report of a device that left', messages.SealReport, { ...failed, left: true }),
  sample('blob-part', messages.BlobPart, {
    version: 1,
    hash: digest(hex('c0ffee')),
    part: 0,
    of: 1,
    bytes: hex('c0ffee'),
  }),
  sample('signed in place', messages.Signed, {
    version: 1,
    key: addressOf(publicKeyOf(sampleKey(1))),
    signed: signedSample('order', order, 1),
  }),
  sample('signed in a blob', messages.Signed, {
    version: 1,
    key: addressOf(publicKeyOf(sampleKey(1))),
    blob: digest(signedSample('roster', roster, 1)),
    parts: 1,
  }),
]

/** Bounds that a record is read with: an order or roster may come out of a blob. */
export const boundsOf = (type: RecordType<unknown>) =>
  type.name === 'order' || type.name === 'roster' ? OBJECT : MESSAGE
