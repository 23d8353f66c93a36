import { join } from 'node:path'
import { type DeviceKey, loadKey } from '../../agent/io/keys.ts'

/**
 * The operator's key, which signs orders and rosters: `operator.key` in the state folder, mode 600,
 * made at the first start. Devices obey it once agent.yaml names its address.
 * @returns the key, and whether it was made just now
 * @throws HypernetError `KEY_UNSAFE` or `STORE_FAILED` (agent/io/keys.ts)
 */
export const loadOperatorKey = (folder: string): Promise<{ key: DeviceKey; made: boolean }> =>
  loadKey(join(folder, 'operator.key'))
