import * as z from 'zod/mini'
import { bytes, float64s, integer, matching, text, uint, uintUpTo } from './fields.ts'
import { Gate } from './gateMessages.ts'
import { ID_PATTERN, type JobId, type NodeId, SENSOR_PATTERN, type SensorId } from './ids.ts'
import { LIMITS } from './limits.ts'
import { Offer } from './marketMessages.ts'
import { Model } from './modelMessage.ts'
import { RatioBody } from './ratioMessages.ts'
import { type Of, record } from './record.ts'
import { Resources } from './resources.ts'
import { SIGNATURE } from './signature.ts'
import { Standing } from './standing.ts'
import { PROTOCOL } from './version.ts'

/** The protocol's messages. All that is CBOR below `hn/1/<fleet>/net/` is described here and in hello.ts. */

const node = matching<NodeId>(ID_PATTERN)
const job = matching<JobId>(ID_PATTERN)
const sensor = matching<SensorId>(SENSOR_PATTERN)
const hash = bytes(32)
const bitset = bytes(1, LIMITS.roster / 8)
const index = uintUpTo(LIMITS.roster - 1)
/** A COSE_Sign1 array as it was transmitted (signature.ts). */
const signed = bytes(70, LIMITS.message)

/** Sensors that the expressions read, with the SenML unit that each must have (empty: any). */
export const SensorNeed = record('sensor-need', { id: [1, sensor], unit: [2, text(16)] })
export type SensorNeed = Of<typeof SensorNeed>

/**
 * Times in milliseconds. `every` absent: one epoch only. `size` absent: the latest reading. `follow`: the
 * epoch takes in readings for so long before its sum is agreed on. `paced`: an epoch opens once the one before has ended,
 * and not before `every` has passed. `resample`: rows are means of so many milliseconds each, counted back from the
 * window's end; with `hold` a sensor that was not read in one has its last value before it, at most `size` older.
 */
export const Window = record('window', {
  size: [1, z.optional(uint)],
  every: [2, z.optional(integer(1, Number.MAX_SAFE_INTEGER))],
  late: [3, uint],
  follow: [4, z.optional(integer(1, Number.MAX_SAFE_INTEGER))],
  paced: [5, z.optional(z.boolean())],
  resample: [6, z.optional(integer(1, Number.MAX_SAFE_INTEGER))],
  hold: [7, z.optional(z.boolean())],
})
export type Window = Of<typeof Window>

/**
 * Rows that travel with a job, dealt to its devices: the roster says who gets which shard. With replicas,
 * so many devices get the same one, and a shard counts once, with what more than half of them found.
 */
export const Data = record('data', {
  columns: [1, z.array(text(32)).check(z.minLength(1), z.maxLength(LIMITS.terms))],
  replicas: [2, integer(1, LIMITS.replicas)],
  /** Row after row, each in the order of the columns. */
  shards: [
    3,
    z.array(float64s(1, LIMITS.blob / 8)).check(z.minLength(1), z.maxLength(LIMITS.shards)),
  ],
})
export type Data = Of<typeof Data>

/** What devices obey, signed by the buyer or operator. */
export const Order = record('order', {
  version: [0, z.literal(PROTOCOL)],
  job: [1, job],
  fleet: [2, job],
  /** Grows with each change of the same job; a lower one than seen is ignored. */
  generation: [3, uint],
  model: [4, Model.schema],
  sensors: [5, z.array(SensorNeed.schema).check(z.maxLength(LIMITS.subscriptions))],
  window: [6, Window.schema],
  method: [7, z.enum(['flood', 'tree', 'ratio', 'laplacian', 'commit'])],
  /** Consensus period and time limit of one epoch, milliseconds. */
  period: [8, integer(10, 60_000)],
  timeout: [9, uint],
  /** Epochs after which a repeating job ends; absent: until cancelled. */
  epochs: [10, z.optional(uint)],
  cancelled: [11, z.optional(z.boolean())],
  /** Of a paid job. Its terms hold the SHA-256 of this order's payload without the offer. */
  offer: [12, z.optional(Offer.schema)],
  /** What is summed in place of readings. */
  data: [13, z.optional(Data.schema)],
  /** What it needs of each device. */
  resources: [14, z.optional(Resources.schema)],
  /** What it asks of those whom it hires. */
  standing: [15, z.optional(Standing.schema)],
})
export type Order = Of<typeof Order>

/** `key` is the compressed secp256k1 public key; `incarnation` the one that the controller last saw. */
export const Member = record('member', {
  id: [1, node],
  key: [2, bytes(33)],
  incarnation: [3, uint],
})
export type Member = Of<typeof Member>

/**
 * Who takes part, signed by the key that signed the order. `degree` and `seed` give the random
 * regular overlay; `links` (from, to, from, to, ...) stands instead where neighbors are declared, with
 * `longLinks` random ones a device beside them. `groups` (a byte a member) says which devices stay
 * together in a tree; absent: all are one group. `shards` (a byte a member) deals the order's data.
 * `started`: of a paid job, when its contract began: seconds since 1970 of that block.
 */
export const Roster = record('roster', {
  version: [0, z.literal(PROTOCOL)],
  job: [1, job],
  /** SHA-256 of the order's payload bytes. */
  order: [2, hash],
  generation: [3, uint],
  firstEpoch: [4, uint],
  members: [5, z.array(Member.schema).check(z.minLength(1), z.maxLength(LIMITS.roster))],
  degree: [6, z.optional(uint)],
  seed: [7, z.optional(uint)],
  links: [8, z.optional(z.array(index))],
  longLinks: [9, z.optional(uintUpTo(LIMITS.longLinks))],
  groups: [10, z.optional(bytes(1, LIMITS.roster))],
  shards: [11, z.optional(bytes(1, LIMITS.roster))],
  started: [12, z.optional(uint)],
})
export type Roster = Of<typeof Roster>

/** One device's share of the sum, signed once by the device, passed on unchanged by everyone. */
export const Contribution = record('contribution', {
  job: [1, job],
  /** SHA-256 of the roster's payload bytes, so that two rosters cannot mix. */
  roster: [2, hash],
  epoch: [3, uint],
  index: [4, index],
  /** Rows of readings that went in. */
  rows: [5, uint],
  /** Exact vector (agent/math): exponents, bytes per component, mantissas. */
  exponents: [6, bytes(0, 2 * LIMITS.dimension)],
  width: [7, uint],
  mantissas: [8, bytes(0, LIMITS.message)],
  /** By the method `commit`: SHA-256 that stands for the contribution, which is not shown yet; no numbers beside it. */
  commitment: [9, z.optional(hash)],
})
export type Contribution = Of<typeof Contribution>

/**
 * What a device says of its neighbors' life, signed; the highest (incarnation, version) counts. A suspicion names the
 * suspect's own statement that was last known: a newer one cancels it.
 */
export const Suspicion = record('suspicion', {
  index: [1, index],
  incarnation: [2, uint],
  version: [3, uint],
  /** Not silent, but bound to an answer that leaves the sender out: nothing that the suspect says cancels it. */
  apart: [4, z.optional(z.boolean())],
})
export type Suspicion = Of<typeof Suspicion>
export const Statement = record('statement', {
  job: [1, job],
  roster: [2, hash],
  epoch: [3, uint],
  index: [4, index],
  incarnation: [5, uint],
  version: [6, uint],
  suspects: [7, z.array(Suspicion.schema).check(z.maxLength(LIMITS.evidence))],
  /** The device takes itself out of this epoch, with the reason for people. */
  leave: [8, z.optional(text(200))],
})
export type Statement = Of<typeof Statement>

/** An entry of the exchange: the contributor's index and its signed contribution. */
export const Entry = record('entry', { index: [1, index], signed: [2, signed] })
export type Entry = Of<typeof Entry>
export const SignedStatement = record('signed-statement', {
  index: [1, index],
  signed: [2, signed],
})
export type SignedStatement = Of<typeof SignedStatement>

/** Why the devices of `set` are taken to be gone: statements that prove it, or two contradictory entries. */
export const Tombstone = record('tombstone', {
  set: [1, bitset],
  statements: [2, z.array(SignedStatement.schema).check(z.maxLength(LIMITS.evidence))],
  entries: [3, z.optional(z.array(Entry.schema).check(z.maxLength(2)))],
})
export type Tombstone = Of<typeof Tombstone>

/** Devices (`by`) known to have voted for the answer with this hash. */
export const Vote = record('vote', { hash: [1, bytes(16)], by: [2, bitset] })
export type Vote = Of<typeof Vote>
/** An answer, and the attempt in which all devices but those of `without` voted for it. */
export const Final = record('final', {
  attempt: [1, uint],
  hash: [2, bytes(16)],
  contributors: [3, bitset],
  tombstones: [4, bitset],
  without: [5, bitset],
})
export type Final = Of<typeof Final>

/** How the devices agree on whom they sum: the same for every method, beside the method's own body. */
export const AgreementBody = record('agreement', {
  /** Digest of the sender's evidence; where it differs, evidence is sent. */
  evidence: [1, z.optional(bytes(8))],
  statements: [2, z.optional(z.array(SignedStatement.schema).check(z.maxLength(LIMITS.evidence)))],
  tombstones: [3, z.optional(z.array(Tombstone.schema).check(z.maxLength(LIMITS.evidence)))],
  attempt: [4, uint],
  votes: [5, z.optional(z.array(Vote.schema).check(z.maxLength(LIMITS.votes)))],
  final: [6, z.optional(Final.schema)],
  /** Devices known to be final. */
  finals: [7, z.optional(bitset)],
  /** The latest answer that some device saw all live devices vote for, and who has seen that. */
  lock: [8, z.optional(Final.schema)],
  ready: [9, z.optional(bitset)],
})
export type AgreementBody = Of<typeof AgreementBody>

/** Body of the method `flood`: entries, and which of them the sender holds. */
export const FloodBody = record('flood', {
  have: [1, bitset],
  entries: [2, z.optional(z.array(Entry.schema))],
  /** Exclusive or of the hashes of the entries that the sender holds, but those of proven liars. */
  digest: [3, z.optional(bytes(8))],
})
export type FloodBody = Of<typeof FloodBody>

/** An exact sum of the method `tree`, the devices in it, and what commits its maker to what went in. */
export const TreePart = record('tree-part', {
  set: [1, bitset],
  rows: [2, uint],
  exponents: [3, bytes(0, 2 * LIMITS.dimension)],
  width: [4, uint],
  mantissas: [5, bytes(0, LIMITS.message)],
  /** SHA-256 over the running sums that led to it; of a single device, over its contribution. */
  root: [6, hash],
})
export type TreePart = Of<typeof TreePart>

/** Shows a device that its part went into the sum of the device above it, unchanged and once. */
export const TreeStep = record('tree-step', {
  /** 0: from the receiver's part to that of its parent; 1: from there to the next above; and so on. */
  level: [1, uintUpTo(LIMITS.treeDepth - 1)],
  /** The running sum before the part was added; its `root` is not looked at. */
  before: [2, TreePart.schema],
  /** The sum that it led to; absent where that is the total. */
  whole: [3, z.optional(TreePart.schema)],
  /** Digests of all running sums, and the one that stands for the part. */
  digests: [4, z.array(hash).check(z.minLength(2), z.maxLength(LIMITS.treeArity + 1))],
  place: [5, uintUpTo(LIMITS.treeArity)],
  /** Label of the part that was added last. */
  last: [6, hash],
})
export type TreeStep = Of<typeof TreeStep>

/** Body of the method `tree`. Upwards: what the sender's subtree sums to. Downwards: the total, and its proof. */
export const TreeBody = record('tree', {
  /** Of the sender's contribution, where it has nobody below it: what its part holds, signed. */
  signature: [1, z.optional(bytes(SIGNATURE))],
  part: [2, z.optional(TreePart.schema)],
  total: [3, z.optional(TreePart.schema)],
  steps: [4, z.optional(z.array(TreeStep.schema).check(z.maxLength(LIMITS.treeDepth)))],
  /** In an answer to a device below: the label of its part that the sender holds, first 8 bytes; zeros for none. */
  holds: [5, z.optional(bytes(8))],
  /** What the sender lacks, from the receiver: 2 the total, 1 the proof, 0 only the others' votes. */
  lacks: [6, z.optional(uintUpTo(2))],
})
export type TreeBody = Of<typeof TreeBody>
/** Body of the method `laplacian`: float64 a component and the rows, little endian; the sender may have ended. */
export const LaplacianBody = record('laplacian', {
  values: [1, bytes(8, LIMITS.message)],
  isDone: [2, z.boolean()],
})
export type LaplacianBody = Of<typeof LaplacianBody>

/** Envelope of what devices exchange. `seq` grows by one with each publish of an incarnation. */
export const Exchange = record('exchange', {
  version: [0, z.literal(PROTOCOL)],
  job: [1, job],
  from: [2, node],
  incarnation: [3, uint],
  seq: [4, uint],
  epoch: [5, uint],
  round: [6, uint],
  /** First 8 bytes of the roster's hash: what belongs to another roster is dropped. */
  roster: [7, bytes(8)],
  agreement: [8, z.optional(AgreementBody.schema)],
  /** The body of the job's method. */
  flood: [9, z.optional(FloodBody.schema)],
  tree: [10, z.optional(TreeBody.schema)],
  ratio: [11, z.optional(RatioBody.schema)],
  laplacian: [12, z.optional(LaplacianBody.schema)],
  /** By the method `commit`, beside `flood`: names the pass, and, in the second, all that was committed in the first. Of a later one of several sums: names it. */
  pass: [13, z.optional(bytes(8))],
  /** Beside `pass`, of several sums in a row: how many come before it. */
  step: [14, z.optional(uint)],
})
export type Exchange = Of<typeof Exchange>

/** A device's final answer for the controller, buyers and auditors, signed once. */
export const Seal = record('seal', {
  job: [1, job],
  roster: [2, hash],
  epoch: [3, uint],
  index: [4, index],
  attempt: [5, uint],
  contributors: [6, bitset],
  tombstones: [7, bitset],
  rows: [8, uint],
  exponents: [9, bytes(0, 2 * LIMITS.dimension)],
  width: [10, uint],
  mantissas: [11, bytes(0, LIMITS.message)],
  /** Of a paid job: what stands for the contributions in what is signed for its contract. */
  contents: [12, z.optional(hash)],
  /** Where the sum was taken, if not the first of several in a row: figures of the model's own. */
  at: [13, z.optional(float64s(1, LIMITS.stepFigures))],
  /** Of a program: what it ended with, canonical JSON; the sum holds words of its SHA-256. */
  result: [14, z.optional(text(LIMITS.programResult))],
  /** Of a model with a gate. */
  gate: [15, z.optional(Gate.schema)],
})
export type Seal = Of<typeof Seal>

/** How the answer came about, as the device counted it; not signed. `failure` stands where there is none. */
export const SealReport = record('seal-report', {
  version: [0, z.literal(PROTOCOL)],
  job: [1, job],
  from: [2, node],
  epoch: [3, uint],
  roster: [4, hash],
  seal: [5, z.optional(signed)],
  failure: [6, z.optional(text(200))],
  rounds: [7, uint],
  messages: [8, uint],
  bytesOut: [9, uint],
  bytesIn: [10, uint],
  milliseconds: [11, uint],
  /** It has left the epoch, which goes on with the others; the failure says why. */
  left: [12, z.optional(z.boolean())],
})
export type SealReport = Of<typeof SealReport>

/** Part of an object that does not fit one message, found by the SHA-256 of the whole. */
export const BlobPart = record('blob-part', {
  version: [0, z.literal(PROTOCOL)],
  hash: [1, hash],
  part: [2, uint],
  of: [3, uint],
  bytes: [4, bytes(1, LIMITS.blobPart)],
})
export type BlobPart = Of<typeof BlobPart>

/** An order or roster as it travels: COSE_Sign1 in place, or the hash of the blob that holds it. */
export const Signed = record('signed', {
  version: [0, z.literal(PROTOCOL)],
  key: [1, bytes(20)],
  signed: [2, z.optional(signed)],
  blob: [3, z.optional(hash)],
  parts: [4, z.optional(uint)],
})
export type Signed = Of<typeof Signed>
