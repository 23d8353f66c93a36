import { readSecret } from '../../../agent/io/keys.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { readDeployment } from '../../io/chain/deployment.ts'
import type { Finding } from '../doctor.ts'

/** Where the market of controller.yaml is; the file is an absolute path. */
export interface ChainPlace {
  readonly urls: readonly string[]
  readonly deployment: string
  /** File of the key whose account pays for gas. */
  readonly relayKey?: string | undefined
}

/**
 * Whether each node of the chain answers, has the chain id that the deployment names, and our contracts at its addresses.
 * @param place undefined where the chain lives inside of the controller
 */
export async function chainFindings(place: ChainPlace | undefined): Promise<Finding[]> {
  if (!place)
    return [{ check: 'chain', state: 'ok', found: 'embedded; it starts with the controller.' }]
  // Loaded only where there is a chain: it takes a quarter of a second.
  const { checkDeployment, openClient } = await import('../../io/chain/client.ts')
  const { onChain } = await import('../../io/chain/trouble.ts')
  const { shownUrl } = await import('../../io/chain/rpcUrl.ts')
  const check = async (url: string): Promise<Finding> => {
    try {
      const deployment = await readDeployment(place.deployment)
      const { chainId, vault } = deployment
      const client = openClient(chainId, [url])
      await onChain(client, () => checkDeployment(client, deployment))
      const found = `${shownUrl(url)} is chain ${chainId}, with our contracts; vault ${vault}.`
      return { check: 'chain', state: 'ok', found }
    } catch (error) {
      if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
      const fix = 'Mend chain in controller.yaml, or start the node.'
      return {
        check: 'chain',
        state: 'fail',
        found: `${error.message}.`.replace(/\.\.$/, '.'),
        fix,
      }
    }
  }
  const found = await Promise.all(place.urls.map(check))
  const isThere = found.some(({ state }) => state === 'ok')
  return isThere ? [...found, ...(await gasFindings(place))] : found
}

/** Gas of a job of ten devices and four checkpoints (docs/performance.md has the figures). */
const GAS_OF_A_JOB = 1_100_000n

/** Whether the account that sends can pay for a job. */
async function gasFindings({ urls, deployment, relayKey }: ChainPlace): Promise<Finding[]> {
  if (relayKey === undefined) return []
  const { openClient } = await import('../../io/chain/client.ts')
  const { onChain } = await import('../../io/chain/trouble.ts')
  const { coinsText } = await import('../../io/chain/fees.ts')
  const { addressOfKey } = await import('../../io/chain/gasAccount.ts')
  const { keyIn } = await import('../../io/chain/keyText.ts')
  try {
    const address = addressOfKey(keyIn(await readSecret(relayKey), relayKey))
    const client = openClient((await readDeployment(deployment)).chainId, urls)
    const [coins, price] = await onChain(client, () =>
      Promise.all([client.getBalance({ address }), client.getGasPrice()]),
    )
    const wanted = price * GAS_OF_A_JOB
    const has = `the relay's account ${address} has ${coinsText(coins)} coins of the chain`
    if (coins >= wanted) return [{ check: 'gas', state: 'ok', found: `${has}.` }]
    const found = `${has}, and a job of ten devices takes about ${coinsText(wanted)} for gas.`
    const fix = `Send it about ${coinsText(wanted * 10n)}.`
    return [{ check: 'gas', state: 'fail', found, fix }]
  } catch (error) {
    if (!(error instanceof HypernetError) || error.code === 'INVARIANT') throw error
    return [{ check: 'gas', state: 'fail', found: error.message }]
  }
}
