import { slice } from './slice.ts'

slice('commit')
