import { bytesToHex, hexOf } from '../../agent/wire/hash.ts'
import {
  jobAddress,
  MARKET_TYPES,
  type MarketType,
  marketDigest,
  packTerms,
} from '../../agent/wire/market.ts'
import { marketSamples, sampleTerms } from './marketSamples.ts'

/** Digests and packed terms as a device works them out, for the Solidity test that compares them. */
export function marketVectorFiles(): Map<string, string> {
  const vault = new Uint8Array(20).fill(0x11)
  const market = { chainId: 31_337n, vault }
  const digests = (Object.keys(MARKET_TYPES) as MarketType[]).map((name) => {
    // Each sample is of its own type; the union of all hides that.
    const digest = marketDigest(market, name, marketSamples[name] as never)
    return `  bytes32 internal constant ${name.toUpperCase()} = ${hexOf(digest)};`
  })
  const factory = new Uint8Array(20).fill(0x22)
  const escrow = new Uint8Array(20).fill(0x33)
  const address = bytesToHex(jobAddress(sampleTerms, factory, escrow, '{}'))
  const text = `// SPDX-License-Identifier: Apache-2.0
// Made from docs/generator/marketSamples.ts by npm run generate; do not edit.
pragma solidity ^0.8.30;

/// @dev What a device signs, for chain 31337 and the vault 0x11...11; forge and viem must come to the same.
library Vectors {
${digests.join('\n')}
  /// @dev Of the sample terms; the job's address is for resources {}, the factory 0x22...22 and the code 0x33...33.
  bytes internal constant TERMS =
    hex"${bytesToHex(packTerms(sampleTerms))}";
  bytes20 internal constant JOB = hex"${address}";
}
`
  return new Map([['test/contracts/Vectors.sol', text]])
}
