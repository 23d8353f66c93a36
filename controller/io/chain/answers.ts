import type { Hex } from 'viem'
import * as z from 'zod/mini'

/**
 * What nodes answer, checked before it is believed: a proxy's error page, a wrong type or a nonsense number ends here.
 */

const hexOf = (pattern: RegExp) =>
  z.pipe(
    z.string().check(z.regex(pattern)),
    z.transform((text) => text.toLowerCase() as Hex), // the pattern begins with 0x
  )
export const Hash = hexOf(/^0x[0-9a-fA-F]{64}$/)
export const Address = hexOf(/^0x[0-9a-fA-F]{40}$/)
export const Bytes = hexOf(/^0x([0-9a-fA-F]{2})*$/)
/** An amount: at most 256 bits. */
export const Quantity = z.pipe(
  z.string().check(z.regex(/^0x[0-9a-fA-F]{1,64}$/)),
  z.transform((text) => BigInt(text)),
)
/** A number of blocks, transactions or seconds: 13 digits are below 2^53. */
export const Count = z.pipe(
  z.string().check(z.regex(/^0x[0-9a-fA-F]{1,13}$/)),
  z.transform((text) => Number(text)),
)

export const Block = z.object({
  number: Count,
  hash: Hash,
  parentHash: Hash,
  timestamp: Count,
  gasLimit: Quantity,
  /** Chains without it have no EIP-1559 fees. */
  baseFeePerGas: Quantity,
})
export type Block = z.infer<typeof Block>

export const Receipt = z.object({
  transactionHash: Hash,
  blockNumber: Count,
  blockHash: Hash,
  status: z.enum(['0x0', '0x1']),
})
export type Receipt = z.infer<typeof Receipt>

export const RawLog = z.object({
  address: Address,
  topics: z.array(Hash).check(z.maxLength(4)),
  data: Bytes,
  blockNumber: Count,
  blockHash: Hash,
  logIndex: Count,
  transactionHash: Hash,
})
export type RawLog = z.infer<typeof RawLog>

/** A JSON-RPC 2.0 response, section 5. */
export const Response = z.object({
  result: z.optional(z.unknown()),
  error: z.optional(
    z.object({ code: z.number(), message: z.string(), data: z.optional(z.unknown()) }),
  ),
})

/** A number as JSON-RPC wants it. */
export const toQuantity = (value: number | bigint): Hex => `0x${value.toString(16)}`
