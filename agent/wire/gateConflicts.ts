import type { JobModel } from './jobModels.ts'
import { LIMITS } from './limits.ts'
import type { Path } from './mistake.ts'

/** What of a job matters where devices are refused by what they contribute. */
interface Gating {
  readonly model: JobModel
  readonly consensus: { readonly method: string }
  readonly window: { readonly follow?: number | undefined }
  readonly data?: { readonly replicas: number } | undefined
  readonly market?: object | undefined
}

/** What does not go with a gate, for which each device needs every contribution as it was signed. */
export function gateConflicts({
  model,
  consensus: { method },
  window: { follow },
  data,
  market,
}: Gating): { path: Path; text: string }[] {
  if (!('robust' in model) || model.robust !== 'gate') return []
  const found: { path: Path; text: string }[] = []
  const why = 'robust: gate looks at each contribution'
  if (method !== 'auto' && method !== 'flood')
    found.push({
      path: ['consensus', 'method'],
      text: `found ${method}, wanted auto or flood: ${why}, and only by flood does every device hold all of them.`,
    })
  if (follow !== undefined)
    found.push({
      path: ['window', 'follow'],
      text: `stands beside robust: gate, wanted window.every: ${why}, and readings that are followed are not told one by one.`,
    })
  if (data && data.replicas > 1)
    found.push({
      path: ['data', 'replicas'],
      text: `found ${data.replicas}, wanted 1: ${why}, and replicas are compared already.`,
    })
  if (market)
    found.push({
      path: ['model', 'robust'],
      text: 'found gate beside spec.market, wanted none or huber: what is paid for is the sum over all that sellers signed.',
    })
  if (model.terms.length > LIMITS.gateTerms)
    found.push({
      path: ['model', 'terms'],
      text: `found ${model.terms.length} terms, wanted at most ${LIMITS.gateTerms} beside robust: gate, since every device solves the equations of every other.`,
    })
  return found
}
