import { HypernetError } from '../../../agent/wire/errors.ts'
import { readDeployment } from '../../io/chain/deployment.ts'
import type { Finding } from '../doctor.ts'

/** Where the market of controller.yaml is; the file is an absolute path. */
export interface ChainPlace {
  readonly urls: readonly string[]
  readonly deployment: string
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
  return Promise.all(place.urls.map(check))
}
