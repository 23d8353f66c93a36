import { decodeErrorResult, type Hex, toFunctionSelector } from 'viem'
import type { Artifacts } from './artifacts.ts'

/** Names the errors of reverted calls. */
export function errorNames(artifacts: Artifacts): (data: string | undefined) => string {
  const abi = Object.values(artifacts).flatMap((each) =>
    each.abi.filter(({ type }) => type === 'error'),
  )
  const names = new Map(
    abi.flatMap((each) =>
      each.type === 'error' ? [[toFunctionSelector(signatureOf(each)), each.name]] : [],
    ),
  )
  return (data = '0x') => {
    const selector = data.slice(0, 10)
    if (selector === '0x4e487b71') return 'Panic'
    const name = names.get(selector as Hex) // ten characters of it
    if (name !== 'JobFactoryBadTerms') return name ?? `unknown error ${data}`
    const { args } = decodeErrorResult({ abi, data: data as Hex }) // its selector is in the ABI
    return `${name} ${args?.[0]}`
  }
}

const signatureOf = ({ name, inputs }: { name: string; inputs: readonly { type: string }[] }) =>
  `${name}(${inputs.map(({ type }) => type).join(',')})`
