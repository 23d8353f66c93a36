import { type Hex, isAddressEqual } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { invariant } from '../../../agent/wire/errors.ts'
import { hexOf } from '../../../agent/wire/hash.ts'
import { DEV_MNEMONIC } from './anvil.ts'

/** Accounts of the development mnemonic that tools make rich: anvil and hardhat from 10 to 20. */
const ACCOUNTS = 20

/** Key of the first account of development chains, which everybody knows. */
export function devKey(): Hex {
  const { privateKey } = mnemonicToAccount(DEV_MNEMONIC).getHdKey()
  invariant(privateKey, 'an account of a mnemonic has its key')
  return hexOf(privateKey)
}

/** Whether everybody knows the key of an address. */
export const isDevAddress = (address: Hex): boolean =>
  Array.from({ length: ACCOUNTS }, (_, addressIndex) => addressIndex).some((addressIndex) =>
    isAddressEqual(mnemonicToAccount(DEV_MNEMONIC, { addressIndex }).address, address),
  )
