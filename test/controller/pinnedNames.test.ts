import t from 'tap'
import { deriveKey } from '../../agent/io/keys.ts'
import { bytesToHex, hexOf } from '../../agent/wire/hash.ts'
import { nodeId } from '../../agent/wire/ids.ts'
import { addressOf } from '../../agent/wire/signature.ts'
import { emptyFleet, unpin } from '../../controller/core/fleet.ts'
import { pinnedNames } from '../../controller/pinnedNames.ts'

const keys = ['a', 'b', 'c'].map((name) => deriveKey('names', name).publicKey)
const addresses = keys.map((key) => hexOf(addressOf(key)))
const pins = ['a', 'b', 'c'].map((name, i) => [nodeId(name), bytesToHex(keys[i]!)] as const)

t.test('devices are found by the addresses of their keys, and keys by devices', (t) => {
  // No point of the curve has this x: a device can say so all the same.
  const junk = [nodeId('junk'), `02${'f'.repeat(64)}`] as const
  const fleet = emptyFleet([junk, ...pins])
  const { keyOf, nodesOf } = pinnedNames(fleet)
  const [a = '', b = '', c = ''] = addresses
  t.strictSame(
    [...nodesOf([c, a, `0x${'0'.repeat(40)}`])].sort(),
    [
      [a, 'a'],
      [c, 'c'],
    ].sort(),
  )
  t.strictSame(keyOf(nodeId('b')), keys[1])
  t.equal(keyOf(nodeId('z')), undefined)
  unpin(fleet, nodeId('b'))
  t.equal(nodesOf([b]).size, 0, 'one that was revoked has no name')
  t.end()
})
