import type { Order } from '../wire/messages.ts'

/** Picks the method of a job and says why. One is built: it is exact on every graph. */
export function choose(): { method: Order['method']; reason: string } {
  return {
    method: 'flood',
    reason: 'flood: exact on any graph, whatever is lost; each device ends with all contributions',
  }
}
