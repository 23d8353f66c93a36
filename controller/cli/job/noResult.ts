import { HypernetError } from '../../../agent/wire/errors.ts'
import type { Client } from '../shell/client.ts'

/**
 * The newest result document of a job, or nothing while there is none.
 * @param path of the job in the API; a job that is not there has no result either
 * @param query what is wanted with it
 */
export async function resultIfAny(client: Client, path: string, query = ''): Promise<unknown> {
  try {
    return await client.get(`${path}/result${query}`)
  } catch (error) {
    if (error instanceof HypernetError && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}
