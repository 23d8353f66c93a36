import { slice } from './slice.ts'

slice('tree')
