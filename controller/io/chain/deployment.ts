import { readFile } from 'node:fs/promises'
import * as z from 'zod/mini'
import { writeAtomically } from '../../../agent/io/atomicFile.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'

const address = z.pipe(
  z.string().check(z.regex(/^0x[0-9a-fA-F]{40}$/)),
  z.transform((text) => text as `0x${string}`),
)

/** Where a market's contracts stand on a chain: contracts/deployments/CHAIN.json. */
export const Deployment = z.strictObject({
  chainId: z.int().check(z.positive()),
  /** Block of the last of its transactions: no event is older. */
  block: z.int().check(z.nonnegative()),
  token: address,
  timelock: address,
  governor: address,
  vault: address,
  escrow: address,
  factory: address,
})
export type Deployment = z.infer<typeof Deployment>

/** @throws HypernetError `BAD_CONFIG` for a file that is none, `NOT_FOUND` without one */
export async function readDeployment(path: string): Promise<Deployment> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new HypernetError(
      'NOT_FOUND',
      `no file ${path} that says where the market's contracts stand; hypernet chain deploy writes one`,
      error,
    )
  }
  try {
    return Deployment.parse(JSON.parse(text))
  } catch (error) {
    throw new HypernetError(
      'BAD_CONFIG',
      `${path} does not say where a market's contracts stand; wanted what hypernet chain deploy wrote`,
      error,
    )
  }
}

export const writeDeployment = (path: string, deployment: Deployment): Promise<void> =>
  writeAtomically(path, `${JSON.stringify(deployment, null, 2)}\n`)
