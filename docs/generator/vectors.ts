import { encode } from '../../agent/wire/cbor.ts'
import { MESSAGE } from '../../agent/wire/cborCheck.ts'
import { encodeRecord, SIGNED_RECORDS } from '../../agent/wire/codec.ts'
import { bytesToHex, concatBytes, digest, hexToBytes } from '../../agent/wire/hash.ts'
import { fleetId, jobId, nodeId } from '../../agent/wire/ids.ts'
import type { RecordType } from '../../agent/wire/record.ts'
import {
  addressOf,
  checksumAddress,
  openCose,
  publicKeyOf,
  signedBytes,
} from '../../agent/wire/signature.ts'
import { type Topic, topicName } from '../../agent/wire/topics.ts'
import { REFUSED_CBOR, REFUSED_TOPICS } from './refused.ts'
import { boundsOf, SAMPLES, SIGNED_SAMPLES, sampleKey, signedSample } from './samples.ts'
import { exactVectors, voteVectors } from './sums.ts'

/** The files of test/vectors by path, as another implementation reads them (test/vectors/README.md). */
export function vectorFiles(): Map<string, string> {
  const files = {
    records: recordVectors(),
    refused: REFUSED_CBOR,
    signatures: signatureVectors(),
    sums: exactVectors(),
    votes: voteVectors(),
    topics: topicVectors(),
  }
  return new Map(
    Object.entries(files).map(([name, content]) => [
      `test/vectors/${name}.json`,
      `${JSON.stringify(content, null, 2)}\n`,
    ]),
  )
}

/** A value in JSON: byte strings as `{"bytes": hex}`, float64 arrays as `{"float64": [...]}`. */
export function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: bytesToHex(value) }
  if (value instanceof Float64Array) return { float64: [...value] }
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toJson(item)]))
}

/** The value that `toJson` spelled. */
export function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson)
  if (typeof value !== 'object' || value === null) return value
  const { bytes, float64 } = value as { bytes?: unknown; float64?: number[] } // looked at below
  if (typeof bytes === 'string') return hexToBytes(bytes)
  if (float64) return new Float64Array(float64)
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fromJson(item)]))
}

function recordVectors() {
  return SAMPLES.map(({ name, type, value }) => ({
    name,
    record: type.name,
    value: toJson(value),
    cbor: bytesToHex(encodeRecord(type, value, boundsOf(type))),
  }))
}

function signatureVectors() {
  const valid = SIGNED_SAMPLES.map(({ purpose, value, key }) => {
    const privateKey = sampleKey(key)
    const publicKey = publicKeyOf(privateKey)
    const payload = encodeRecord(SIGNED_RECORDS[purpose] as RecordType<unknown>, value) // paired in the sample
    return {
      purpose,
      privateKey: bytesToHex(privateKey),
      publicKey: bytesToHex(publicKey),
      address: checksumAddress(addressOf(publicKey)),
      payload: bytesToHex(payload),
      sigStructure: bytesToHex(signedBytes(purpose, payload)),
      digest: bytesToHex(digest(signedBytes(purpose, payload))),
      cose: bytesToHex(signedSample(purpose, value, key)),
    }
  })
  return { valid, refused: refusedSignatures() }
}

/** One signature spoilt in each way that a verifier has to see. */
function refusedSignatures() {
  const cose = signedSample('contribution', SIGNED_SAMPLES[2].value, 3)
  const { payload, signature } = openCose(cose)
  const purpose = 'contribution'
  const publicKey = bytesToHex(publicKeyOf(sampleKey(3)))
  const head = cose.subarray(0, cose.length - 64)
  const wrong = (reason: string, bytes: Uint8Array, change = {}) => ({
    reason,
    purpose,
    publicKey,
    cose: bytesToHex(bytes),
    ...change,
  })
  const array = (...items: Parameters<typeof encode>[0][]) => encode(items, MESSAGE)
  const prot = hexToBytes('a101382e')
  return [
    wrong('signed for another purpose', cose, { purpose: 'seal' }),
    wrong('signed by another key', cose, { publicKey: bytesToHex(publicKeyOf(sampleKey(4))) }),
    wrong('s above half the order', concatBytes(head, highS(signature))),
    wrong('r is zero', concatBytes(head, new Uint8Array(32), signature.slice(32))),
    wrong('s is zero', concatBytes(head, signature.slice(0, 32), new Uint8Array(32))),
    wrong('a payload of one byte less', array(prot, new Map(), payload.slice(1), signature)),
    wrong('another algorithm (ES256)', array(hexToBytes('a10126'), new Map(), payload, signature)),
    wrong('an unprotected header', array(prot, new Map([[4, 1]]), payload, signature)),
    wrong('a signature of 63 bytes', array(prot, new Map(), payload, signature.slice(1))),
    wrong('tagged as COSE_Sign1 (18)', concatBytes(hexToBytes('d2'), cose)),
    wrong('a trailing byte', concatBytes(cose, new Uint8Array(1))),
  ]
}

/** Order of secp256k1 (SEC 2 section 2.4.1). */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

function highS(signature: Uint8Array): Uint8Array {
  const s = BigInt(`0x${bytesToHex(signature.subarray(32))}`)
  const other = (ORDER - s).toString(16).padStart(64, '0')
  return concatBytes(signature.subarray(0, 32), hexToBytes(other))
}

function topicVectors() {
  const fleet = fleetId('lab')
  const job = jobId('soil')
  const node = nodeId('probe-1')
  const hash = bytesToHex(digest(hexToBytes('c0ffee')))
  const topics: readonly Topic[] = [
    ...(['state', 'info', 'health', 'log'] as const).map((kind) => ({ kind, fleet, node })),
    { kind: 'sensor', fleet, node, sensor: 'temp' },
    { kind: 'request', fleet, node, verb: 'ping' },
    { kind: 'response', fleet, node, verb: 'ping' },
    ...(['spec', 'status', 'result', 'order', 'roster', 'anchor'] as const).map((kind) => ({
      kind,
      fleet,
      job,
    })),
    { kind: 'progress', fleet, job, node },
    { kind: 'exchange', fleet, job, node },
    { kind: 'announcement', fleet, job, node },
    { kind: 'hello', fleet, job, node },
    { kind: 'seal', fleet, job, node },
    { kind: 'deal', fleet, job, node },
    { kind: 'edge', fleet, job, node, to: nodeId('probe-2') },
    { kind: 'blob', fleet, job, hash, part: '0' },
  ]
  const valid = topics.map((topic) => ({ name: topicName(topic), topic }))
  return { valid, refused: REFUSED_TOPICS }
}
