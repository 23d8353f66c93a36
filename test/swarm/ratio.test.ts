import { slice } from './slice.ts'

slice('ratio')
