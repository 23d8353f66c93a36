import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { BaseError, encodeErrorResult } from 'viem'
import { hyperVault } from '../../../../controller/abi/hyperVault.ts'
import {
  errorName,
  isRevert,
  refusalOf,
  refusalText,
} from '../../../../controller/io/chain/refusal.ts'

const folder = fileURLToPath(new URL('../../../../contracts/src', import.meta.url))
const account = '0x00000000000000000000000000000000000000aa'
const data = encodeErrorResult({
  abi: hyperVault.abi,
  errorName: 'HyperVaultTooLittle',
  args: [account, 5n * 10n ** 17n, 2n * 10n ** 18n],
})

t.test('a custom error is found wherever a node puts it', async (t) => {
  const forms = [
    { code: 3, message: 'execution reverted', data },
    { code: -32000, message: 'execution reverted', data: { data } },
    { code: -32015, message: 'VM execution error', data: `Reverted ${data}` },
    new BaseError('failed', { cause: Object.assign(new Error('reverted'), { data }) }),
  ]
  for (const form of forms) {
    t.equal(errorName(form), 'HyperVaultTooLittle')
    t.equal(isRevert(form), true)
  }
  const refusal = refusalOf(forms[0])
  t.equal(
    refusal && refusalText(refusal),
    `the account 0x00000000000000000000000000000000000000AA has 0.5 HYPER free, wanted 2.0 HYPER; deposit more`,
  )
})

t.test('other failures have no name', async (t) => {
  t.equal(errorName(undefined), undefined)
  t.equal(errorName({ code: 3, message: 'execution reverted', data: '0x' }), undefined)
  t.equal(errorName({ code: 3, message: '', data: '0xdeadbeef' }), undefined, 'none of ours')
  t.equal(isRevert({ code: 3, message: 'execution reverted' }), true)
  t.equal(isRevert({ code: -32005, message: 'limit exceeded' }), false)
  t.equal(isRevert({ code: -32000, message: 'header not found' }), false)
})

t.test('every custom error of the contracts has a sentence', async (t) => {
  const sources = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
  const errors = sources.flatMap((text) =>
    [...text.matchAll(/^ {2}error (\w+)\(([^)]*)\)/gm)].map(([, name = '', fields = '']) => ({
      name,
      args: fields === '' ? [] : fields.split(',').map(() => 7n),
    })),
  )
  t.ok(errors.length >= 35)
  for (const error of errors) {
    const text = refusalText(error)
    t.notMatch(text, /the contract refuses it \(/, error.name)
    t.notMatch(text, /undefined|NaN/, text)
  }
})
