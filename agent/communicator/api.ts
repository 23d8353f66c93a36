/**
 * What a program imports as `hypernet/communicator`: the package's one public door, so the one file that
 * passes on the names of others.
 */

export { type Code, HypernetError } from '../wire/errors.ts'
export type { CallOptions } from './collective.ts'
export { Communicator, type Reduction } from './communicator.ts'
export { type ConnectOptions, connect } from './connect.ts'
export type { Consensus, Outcome, Phase, Progress, Watcher } from './consensus.ts'
export { conjugateGradients } from './linear/conjugateGradients.ts'
export { gmres } from './linear/gmres.ts'
export { type Halo, halo } from './linear/halo.ts'
export { blocks, type Layout, rangeOf } from './linear/layout.ts'
export { columnProduct, type Operator, ownRows, rowProduct } from './linear/matrix.ts'
export { newtonKrylov } from './linear/newtonKrylov.ts'
export type { Solution } from './linear/solution.ts'
export { type Sparse, sparse, type Triplet, transposed } from './linear/sparse.ts'
export { type LocalCluster, type LocalOptions, localCluster } from './localCluster.ts'
