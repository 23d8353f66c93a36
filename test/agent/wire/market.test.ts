import t from 'tap'
import {
  encodePacked,
  getCreate2Address,
  type Hex,
  hashTypedData,
  keccak256,
  parseEther,
} from 'viem'
import { hexOf, hexToBytes } from '../../../agent/wire/hash.ts'
import {
  escrowAt,
  jobAddress,
  MARKET_TYPES,
  type MarketType,
  marketDigest,
  packTerms,
} from '../../../agent/wire/market.ts'
import { marketSamples, sampleTerms } from '../../../docs/generator/marketSamples.ts'

const vault = new Uint8Array(20).fill(0x11)

t.test('digests of all messages equal those of viem', async (t) => {
  for (const name of Object.keys(MARKET_TYPES) as MarketType[]) {
    const message = marketSamples[name]
    const fields = Object.entries(MARKET_TYPES[name]).map(([field, type]) => ({
      name: field,
      type,
    }))
    const values = Object.fromEntries(
      Object.entries(message).map(([field, value]) => [
        field,
        typeof value === 'bigint' ? value : hexOf(value as Uint8Array), // the other of the two kinds
      ]),
    )
    const theirs = hashTypedData({
      domain: { name: 'Hypernet', version: '1', chainId: 31_337, verifyingContract: hexOf(vault) },
      types: { [name]: fields },
      primaryType: name,
      message: values,
    })
    t.equal(hexOf(marketDigest({ chainId: 31_337n, vault }, name, message as never)), theirs, name)
  }
})

t.test('terms are packed in the order of the contract, most significant bits first', async (t) => {
  const terms = sampleTerms
  t.equal(
    hexOf(packTerms(terms)),
    encodePacked(
      [
        'address',
        'uint88',
        'uint8',
        'address',
        'uint88',
        'uint8',
        'bytes32',
        'uint88',
        'uint32',
        'uint32',
        'uint40',
        'uint16',
        'uint8',
        'uint8',
        'uint32',
      ],
      [
        hexOf(terms.buyer),
        terms.price,
        Number(terms.feeBps),
        hexOf(terms.relay),
        terms.collateral,
        Number(terms.replicas),
        hexOf(terms.spec),
        terms.relayFee,
        Number(terms.period),
        Number(terms.window),
        Number(terms.joinBy),
        Number(terms.sellers),
        Number(terms.checkpoints),
        Number(terms.payEvery),
        Number(terms.nonce),
      ],
    ),
  )
})

t.test('the address of a job is that of CREATE2 for its proxy', async (t) => {
  const factory = new Uint8Array(20).fill(0x22)
  const escrow = new Uint8Array(20).fill(0x33)
  const args = packTerms(sampleTerms)
  // 0x2d bytes of proxy and 0x80 of terms.
  const bytecode: Hex = `0x6100ad3d81600a3d39f3363d3d373d3d3d363d73${'33'.repeat(20)}5af43d82803e903d91602b57fd5bf3${hexOf(args).slice(2)}`
  const salt = keccak256('0x7b7d')
  t.equal(
    hexOf(jobAddress(sampleTerms, factory, escrow, '{}')),
    getCreate2Address({ from: hexOf(factory), salt, bytecode }).toLowerCase(),
  )
  const other = { ...sampleTerms, price: sampleTerms.price + 1n }
  const address = jobAddress(sampleTerms, factory, escrow, '{}')
  t.notSame(jobAddress(other, factory, escrow, '{}'), address)
  t.notSame(jobAddress(sampleTerms, factory, escrow, ''), address)
})

t.test('an escrow covers all sellers, the fee on what they get, and the relays', async (t) => {
  const terms = { ...sampleTerms, sellers: 3n, feeBps: 50n, relayFee: 7n }
  t.equal(escrowAt(terms, parseEther('2')), parseEther('6.03') + 7n)
  t.equal(escrowAt(terms, 1n), 3n + 7n, 'a fee below the smallest unit is none')
})

t.test('a value that does not fit is refused', async (t) => {
  t.throws(() => packTerms({ ...sampleTerms, sellers: 65_536n }), /sellers is no uint16/)
  t.throws(() => packTerms({ ...sampleTerms, spec: hexToBytes('00') }), /spec is no bytes32/)
  t.ok(keccak256(hexOf(packTerms(sampleTerms))))
})
