import * as z from 'zod/mini'
// By name: the namespace `z.core` would bring all of zod into an agent's bundle.
import { $constructor, type $ZodRecordKey, type SomeType } from 'zod/v4/core'

const FORBIDDEN = '__proto__'

/** zod's own record leaves the key `__proto__` out and says nothing; here it is a wrong key. */
const NamedMap = $constructor<z.ZodMiniRecord>('NamedMap', (inst, def) => {
  const init: (inst: z.ZodMiniRecord, def: z.ZodMiniRecord['_zod']['def']) => void =
    z.ZodMiniRecord.init
  init(inst, def)
  const { parse } = inst._zod
  inst._zod.parse = (payload, context) => {
    const { value: input } = payload
    const result = parse(payload, context)
    if (typeof input === 'object' && input !== null && Object.hasOwn(input, FORBIDDEN))
      payload.issues.push({
        code: 'invalid_key',
        origin: 'record',
        issues: [],
        path: [FORBIDDEN],
        message: `a name may not be "${FORBIDDEN}". Choose another.`,
        input: FORBIDDEN,
        inst,
      })
    return result
  }
})

/**
 * A map whose keys are names that somebody chose: labels, columns. Nothing of it is dropped unsaid: a
 * selector that lost its only label would select every device.
 */
export function namedMap<K extends $ZodRecordKey, V extends SomeType>(
  keyType: K,
  valueType: V,
): z.ZodMiniRecord<K, V> {
  const schema: unknown = new NamedMap({ type: 'record', keyType, valueType: valueType as never })
  return schema as z.ZodMiniRecord<K, V> // of the types that it was just given, as in z.record
}
