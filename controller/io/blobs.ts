import { type BlobCollector, blobCollector } from '../../agent/wire/blob.ts'
import { decodeRecord } from '../../agent/wire/codec.ts'
import { bytesToHex } from '../../agent/wire/hash.ts'
import { BlobPart } from '../../agent/wire/messages.ts'

/** Most parts that are kept while nobody has named their object, the newest: some 32 MB. */
const MOST_WAITING = 1024

/** Puts objects together whose parts may come before the message that names them. */
export class Blobs {
  /** By hash, then by number: a broker tells what it retains again after each new connection. */
  readonly #waiting = new Map<string, Map<number, BlobPart>>()
  readonly #wanted = new Map<
    string,
    { readonly collector: BlobCollector; readonly give: (object: Uint8Array) => void }
  >()

  /** Takes the payload of a `blob` topic. @throws HypernetError `BAD_MESSAGE` */
  take(payload: Uint8Array): void {
    const part = decodeRecord(BlobPart, payload)
    const name = bytesToHex(part.hash)
    if (this.#wanted.has(name)) this.#add(name, part)
    else this.#keep(name, part)
  }

  /** Asks for the object of this hash, once. @throws HypernetError `TOO_LARGE`, `BAD_MESSAGE` */
  want(hash: Uint8Array, parts: number, give: (object: Uint8Array) => void): void {
    const name = bytesToHex(hash)
    if (this.#wanted.has(name)) return
    this.#wanted.set(name, { collector: blobCollector(hash, parts), give })
    const known = this.#waiting.get(name)
    this.#waiting.delete(name)
    for (const part of known?.values() ?? []) this.#add(name, part)
  }

  #keep(name: string, part: BlobPart): void {
    const parts = this.#waiting.get(name) ?? new Map<number, BlobPart>()
    this.#waiting.set(name, parts.set(part.part, part))
    // Large rosters travel in parts too, and nobody here names them: room is made for what comes.
    const [oldest] = this.#waiting.keys()
    if (oldest !== undefined && this.#count() > MOST_WAITING) this.#waiting.delete(oldest)
  }

  #add(name: string, part: BlobPart): void {
    const { collector, give } = this.#wanted.get(name) ?? {}
    const object = collector?.add(part)
    if (!object) return
    this.#wanted.delete(name)
    give?.(object)
  }

  #count(): number {
    return [...this.#waiting.values()].reduce((sum, { size }) => sum + size, 0)
  }
}
