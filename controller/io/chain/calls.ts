import { encodeFunctionData, type Hex } from 'viem'
import { hexOf } from '../../../agent/wire/hash.ts'
import { joinsHash, type Market, marketDigest, type Terms } from '../../../agent/wire/market.ts'
import { signCompact } from '../../../agent/wire/typedData.ts'
import { jobEscrow } from '../../abi/jobEscrow.ts'
import { jobFactory } from '../../abi/jobFactory.ts'
import type { Call } from '../../core/settlement/seam.ts'
import { pair } from '../../core/settlement/state.ts'

/** What a buyer signs with, and where. */
export interface Buyer extends Market {
  readonly privateKey: Uint8Array
}

/** A call of a settlement as a transaction's data; where the buyer must agree, its signature is added. */
export function encodeCall(call: Call, job: Uint8Array, buyer: Buyer): Hex {
  const { name, args } = call
  switch (name) {
    case 'create': {
      const [terms, amount, wants] = args as [Terms, bigint, string] // as the settlement has it
      const signature = longForm(sign(buyer, 'Fund', { job, amount }))
      return encodeFunctionData({
        abi: jobFactory.abi,
        functionName: 'create',
        args: [termsArgument(terms), wants, signature],
      })
    }
    case 'fill': {
      // As the settlement has it.
      const [minPrice, deadline, joins] = args as [bigint, bigint, readonly Uint8Array[]]
      const hire = longForm(
        sign(buyer, 'Hire', { job, minPrice, deadline, joins: joinsHash(joins) }),
      )
      return encodeFunctionData({
        abi: jobEscrow.abi,
        functionName: 'fill',
        args: [minPrice, deadline, joins.map(pair), hire],
      })
    }
    case 'cancel':
    case 'stop': {
      const signature = longForm(sign(buyer, name === 'stop' ? 'Stop' : 'Cancel', { job }))
      return encodeFunctionData({ abi: jobEscrow.abi, functionName: name, args: [signature] })
    }
    default:
      // The settlement names functions of the ABI, with their arguments.
      return encodeFunctionData({
        abi: jobEscrow.abi,
        functionName: name,
        args,
      } as Parameters<typeof encodeFunctionData>[0])
  }
}

function sign<T extends 'Fund' | 'Hire' | 'Cancel' | 'Stop'>(
  buyer: Buyer,
  type: T,
  message: Parameters<typeof marketDigest<T>>[2],
): Uint8Array {
  return signCompact(marketDigest(buyer, type, message), buyer.privateKey)
}

/** The form of 65 bytes that contracts take of buyers: r, s, v. @param compact 64 bytes (EIP-2098) */
export function longForm(compact: Uint8Array): Hex {
  const long = new Uint8Array(65)
  long.set(compact)
  const vs = compact[32] ?? 0
  long[32] = vs & 0x7f
  long[64] = 27 + (vs >> 7)
  return hexOf(long)
}

/** Terms as the contracts' ABI has them. */
export const termsArgument = (terms: Terms) => ({
  buyer: hexOf(terms.buyer),
  price: terms.price,
  feeBps: Number(terms.feeBps),
  relay: hexOf(terms.relay),
  collateral: terms.collateral,
  replicas: Number(terms.replicas),
  spec: hexOf(terms.spec),
  relayFee: terms.relayFee,
  period: Number(terms.period),
  window: Number(terms.window),
  joinBy: Number(terms.joinBy),
  sellers: Number(terms.sellers),
  checkpoints: Number(terms.checkpoints),
  payEvery: Number(terms.payEvery),
  nonce: Number(terms.nonce),
})
