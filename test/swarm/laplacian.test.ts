import { slice } from './slice.ts'

slice('laplacian')
