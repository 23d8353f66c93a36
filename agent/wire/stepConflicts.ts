import { type JobModel, mostSumsOf } from './jobModels.ts'
import type { Path } from './mistake.ts'

/** What of a job matters where its model takes several sums in a row. */
interface Stepping {
  readonly model: JobModel
  readonly consensus: { readonly method: string }
  readonly window: { readonly follow?: number | undefined }
  readonly data?: { readonly replicas: number } | undefined
}

/** What does not go with a model that takes several sums in a row, each of which begins where all hold the one before. */
export function stepConflicts({
  model,
  consensus: { method },
  window: { follow },
  data,
}: Stepping): { path: Path; text: string }[] {
  // A fit is made in steps even where it may take one.
  if (mostSumsOf(model) === 1 && model.type !== 'nonlinearLeastSquares') return []
  const found: { path: Path; text: string }[] = []
  const kind = kindText(model)
  const why = `a model of type ${kind} takes several sums in a row`
  if (follow !== undefined)
    found.push({
      path: ['window', 'follow'],
      text: `stands beside spec.model, wanted window.every: ${why}, and readings that are followed have one.`,
    })
  if (method === 'laplacian')
    found.push({
      path: ['consensus', 'method'],
      text: `found laplacian, wanted auto, flood, tree or ratio: ${why}, and each has to be exact.`,
    })
  if (method === 'commit' || (data?.replicas ?? 1) > 1)
    found.push({
      path: method === 'commit' ? ['consensus', 'method'] : ['data', 'replicas'],
      text: `found ${method === 'commit' ? 'commit' : data?.replicas}, wanted ${method === 'commit' ? 'auto, flood, tree or ratio' : 1}: ${why}, and devices bind themselves to one.`,
    })
  return found
}

function kindText(model: JobModel): string {
  if (model.type !== 'leastSquares') return model.type
  const { robust } = model
  return `${model.type} with ${robust === 'none' ? 'diagnostics: residuals' : `robust: ${robust}`}`
}
